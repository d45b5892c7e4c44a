// The provider against a NAVER Cloud that checks its signatures and polls by itself, over real connections on loopback.
import DCV
import Platform
import Providers
import Rehearsal
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct NAVERRehearsalTests {
    private static let key = RehearsedNAVERKey(accessKey: NAVERSample.accessKey, secretKey: NAVERSample.secretKey)
    private static let subAccount = RehearsedNAVERKey(
        accessKey: NAVERSample.accessKey,
        secretKey: NAVERSample.secretKey,
        isOfSubAccount: true
    )

    /// A provider of one account, and what the rehearsed CA sees of the world.
    private struct World {
        let api: RehearsedNAVER
        let provider: any Provider
        let isShown: CloudflareRehearsalTests.SharedFlag

        var lines: [String] { api.calls.entries.map { "\($0.request.method) \($0.request.target)" } }
    }

    private static let shop = RehearsedNAVERCertificate(
        number: 55332,
        family: .advanced,
        commonName: "shop.example.com"
    )

    private func inWorld(
        _ certificates: [RehearsedNAVERCertificate] = [shop],
        domains: [RehearsedNAVERDomain] = [],
        keys: [RehearsedNAVERKey] = [key],
        skewMilliseconds: Int64 = 0,
        deadlineMilliseconds: Int64 = HTTPRequest.defaultDeadlineMilliseconds,
        _ body: (World) async throws -> Void
    ) async throws {
        let isShown = CloudflareRehearsalTests.SharedFlag()
        let start: Int64 = 1_775_001_600_000
        let api = try await RehearsedNAVER.start(
            certificates: certificates,
            domains: domains,
            keys: keys,
            clock: WalkingClock(start: start),
            look: { _ in isShown.value ? nil : "not there" }
        )
        let http = HTTPTransport()
        do {
            let clock = WalkingClock(start: start + skewMilliseconds)
            let provider = try NAVERSample.provider(
                ImpatientHTTP(http: http, deadlineMilliseconds: deadlineMilliseconds),
                clock: clock,
                ["endpoint": .text(api.endpoint)]
            )
            try await body(World(api: api, provider: provider, isShown: isShown))
        } catch {
            await http.shutdown()
            await api.shutdown()
            throw error
        }
        await http.shutdown()
        await api.shutdown()
    }

    @Test func fromAMissingRecordToAValidCertificate() async throws {
        try await inWorld { world in
            let before = try #require(await world.provider.read().authorizations.first)
            #expect(before.status == .pending && before.method == .txt && before.findings.isEmpty)
            let record = try #require(before.records.first)
            #expect(record.name.text == "_dnsvalidation.shop.example.com" && before.records.count == 1)
            // Published here; seen by the CA, which looks when it likes.
            world.isShown.value = true
            let proved = try await world.provider.refresh(before).get()
            #expect(proved.status == .busy && proved.records.isEmpty, "proved, and not issued yet")
            let after = try await world.provider.refresh(before).get()
            #expect(after.status == .valid)
            let count = world.api.calls.entries.count
            print("calls from a missing record to a valid certificate of one name:", world.lines)
            // A reading: certificates, domains, the name. A fresh look: its page, the name; and once it is valid, its
            // page alone. There is no call that makes the provider look.
            #expect(count == 6, "\(world.lines)")
            #expect(world.api.validations.entries.map { $0.succeeded } == [false, true])
            #expect(world.api.refusals.entries.isEmpty && world.api.surprises.isEmpty)
        }
    }

    @Test func everyShapeIsReadAlike() async throws {
        let certificates = [
            RehearsedNAVERCertificate(
                number: 1,
                family: .advanced,
                commonName: "*.example.com",
                dnsNames: ["example.com", "*.sub.example.com"],
                earlierTimeouts: 2
            ),
            RehearsedNAVERCertificate(number: 2, family: .cloudBasic, commonName: "shop.example.net"),
        ]
        var shapes = [RehearsedNAVERShape](repeating: RehearsedNAVERShape(), count: 6)
        shapes[1].numbersAreText = true
        shapes[1].listsNewestFirst = true
        shapes[2].statusCodeIsNumber = true
        shapes[2].usesOldNames = true
        shapes[3].dnsNames = .array
        shapes[3].targetsEndInDot = true
        shapes[4].dnsNames = .text(separator: " ")
        shapes[4].knowsWildcardsByBase = true
        shapes[5].knowsWildcardsByBase = true
        shapes[5].refusesUnknownNames = true
        for shape in shapes {
            try await inWorld(certificates) { world in
                world.api.write(shape)
                let reading = await world.provider.read()
                #expect(reading.isComplete && reading.findings.isEmpty)
                #expect(reading.authorizations.map { $0.status } == [.pending, .pending])
                #expect(reading.authorizations.allSatisfy { $0.findings.isEmpty }, "\(reading)")
                #expect(reading.authorizations.last?.records.map { $0.purpose } == [.standing])
                #expect(reading.authorizations.first?.identifiers.count == 3)
                let wanted = world.api.certificates.flatMap { $0.tokens }.map { Self.text($0) }
                let read = Set(reading.authorizations.flatMap { $0.tokenGeneration })
                // By the base, one token answers for the apex and its wildcard.
                #expect(read.isSubset(of: wanted) && read.count >= (shape.knowsWildcardsByBase ? 3 : 4), "\(read)")
                #expect(world.api.surprises.isEmpty && world.api.refusals.entries.isEmpty)
            }
        }
    }

    private static func text(_ token: RehearsedToken) -> String {
        switch token {
        case .txt(let name, let value): "\(name) TXT \"\(value)\""
        case .cname(let name, let target): "\(name) CNAME \(target)"
        case .http(let url, let body): "\(url) \"\(body)\""
        }
    }

    @Test func aTimeOutIsForAPersonAndAReissueBringsNewRecords() async throws {
        try await inWorld { world in
            let before = try #require(await world.provider.read().authorizations.first)
            world.api.timeOut(55332)
            let ended = try #require(await world.provider.read().authorizations.first)
            #expect(ended.status == .dead && ended.findings.map { $0.code } == ["validation-timed-out"])
            #expect(ended.findings.first?.advice.contains("reissue") == true)
            world.api.reissue(55332)
            let again = try #require(await world.provider.read().authorizations.first)
            #expect(again.status == .pending && again.findings.isEmpty && again.records.count == 1)
            #expect(again.tokenGeneration != before.tokenGeneration)
        }
    }

    @Test func aSubAccountsKeyIsToldApart() async throws {
        try await inWorld(keys: [Self.subAccount]) { world in
            let reading = await world.provider.read()
            #expect(reading.findings.map { $0.code } == ["provider-unauthorized"])
            #expect(reading.findings.first?.advice.contains("main account") == true)
            #expect(world.api.calls.entries.count == 1)
        }
        try await inWorld(keys: [Self.subAccount]) { world in
            let examination = await world.provider.examine()
            #expect(examination.rights.map { $0.state } == [.missing])
            #expect(examination.rights.first?.detail?.contains("Sub Account") == true)
            #expect(world.api.count(of: .certificates) == 1 && world.api.count(of: .oldCertificates) == 1)
        }
        try await inWorld { world in
            let examination = await world.provider.examine()
            #expect(examination.rights.map { $0.state } == [.granted])
            #expect(examination.scope == "1 certificate, 1 waiting" && world.api.calls.entries.count == 1)
        }
    }

    @Test func aWrongSecretIsSentOnce() async throws {
        let other = RehearsedNAVERKey(accessKey: NAVERSample.accessKey, secretKey: "another")
        try await inWorld(keys: [other]) { world in
            let finding = try #require(await world.provider.read().findings.first)
            #expect(finding.code == "provider-unauthorized" && finding.saw.contains("Invalid signature."))
            _ = await world.provider.read()
            #expect(world.api.calls.entries.count == 1)
        }
    }

    @Test(arguments: [(600_000, "10 minutes ahead of"), (-3_600_000, "60 minutes behind")])
    func aSkewedClockIsSaid(_ skew: Int64, _ words: String) async throws {
        try await inWorld(skewMilliseconds: skew) { world in
            let finding = try #require(await world.provider.read().findings.first)
            #expect(finding.saw.contains("this machine's clock is \(words) NAVER Cloud's"), "\(finding)")
            #expect(world.api.refusals.entries.first?.utf8.starts(with: "Expired timestamp".utf8) == true)
        }
    }

    @Test func theFiveShapesOfAnErrorEndInOneFindingEach() async throws {
        let codes: [RehearsedNAVERError: (code: String, calls: Int)] = [
            .refusedRequest: ("provider-refused", 2), .serviceError: ("provider-refused", 2),
            .gatewayError: ("provider-fault", 4), .responseError: ("provider-fault", 4),
            .emptyForbidden: ("provider-unauthorized", 1),
        ]
        for shape in RehearsedNAVERError.allCases {
            try await inWorld { world in
                world.api.fail(.naver(shape), on: .certificates, times: 9)
                let reading = await world.provider.read()
                let expected = try #require(codes[shape])
                #expect(reading.findings.map { $0.code } == [expected.code], "\(shape)")
                #expect(!reading.isComplete && reading.authorizations.isEmpty)
                #expect(world.api.calls.entries.count == expected.calls, "\(shape): \(world.lines)")
                #expect(world.api.surprises.isEmpty)
            }
        }
    }

    @Test func whatGoesWrongOnTheWayIsSaidAndRepeatedWithAFreshSignature() async throws {
        let faults: [(RehearsedFault, calls: Int, code: String)] = [
            (.internalError, 3, "provider-fault"), (.page(status: 502), 3, "provider-fault"),
            (.resetBeforeEffect, 3, "provider-unreachable"), (.notJSON, 1, "provider-answer-not-understood"),
            (.duplicateKeys, 1, "provider-answer-not-understood"),
            (.rateLimited(retryAfter: "30"), 1, "provider-rate-limited"),
            (.nested(depth: 200), 1, "provider-answer-not-understood"),
            (.huge(bytes: 5 << 20), 1, "provider-answer-not-understood"),
            (.endless, 1, "provider-answer-not-understood"),
            (.gzipBomb(unpackedBytes: 64 << 20), 1, "provider-answer-not-understood"),
        ]
        for (fault, calls, code) in faults {
            try await inWorld { world in
                world.api.fail(fault, on: .certificates, times: 9)
                let reading = await world.provider.read()
                #expect(reading.findings.map { $0.code } == [code], "\(fault)")
                #expect(world.api.count(of: .certificates) == calls, "\(fault)")
                #expect(world.api.refusals.entries.isEmpty && world.api.surprises.isEmpty)
                let signatures = world.api.calls.entries.map { $0.request.header("x-ncp-apigw-signature-v2") }
                #expect(Set(signatures).count == signatures.count, "signed anew every time")
            }
        }
    }

    @Test func aDripEndsByTheDeadlineOfTheRequest() async throws {
        let began = ContinuousClock.now
        try await inWorld(deadlineMilliseconds: 400) { world in
            world.api.fail(.drip(milliseconds: 400), on: .certificates, times: 9)
            let reading = await world.provider.read()
            #expect(reading.findings.map { $0.code } == ["provider-unreachable"])
            #expect(reading.findings.first?.saw.contains("within 400 ms") == true, "\(reading.findings)")
            #expect(world.api.count(of: .certificates) == 1 && !reading.isComplete)
        }
        // The whole answer would take more than a minute.
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    @Test func entriesThatAreLeftOutAreAbsentAndNothingElse() async throws {
        let certificates = (1...3).map {
            RehearsedNAVERCertificate(number: $0, family: .advanced, commonName: "n\($0).example.com")
        }
        for isCounted in [false, true] {
            try await inWorld(certificates) { world in
                let before = await world.provider.read()
                world.api.fail(.shrunken(keeping: 1, countsToo: !isCounted), on: .certificates, times: 9)
                let reading = await world.provider.read()
                #expect(reading.authorizations == Array(before.authorizations.prefix(1)))
                // Where the answer still counts them, their loss is seen.
                #expect(reading.isComplete != isCounted && reading.findings.count == (isCounted ? 1 : 0))
                for gone in before.authorizations.dropFirst() {
                    let failure = try #require(await world.provider.refresh(gone).failure)
                    let code = isCounted ? "provider-answer-not-understood" : "authorization-gone"
                    #expect(failure.finding.code == code && failure.finding.severity == .waiting, "\(failure)")
                }
                #expect(world.api.surprises.isEmpty)
            }
        }
    }

    @Test func aLongListIsReadPageByPageAndALookGoesToThePage() async throws {
        let certificates = (1...51).map {
            RehearsedNAVERCertificate(number: $0, family: .advanced, commonName: "n\($0).example.com")
        }
        try await inWorld(certificates) { world in
            for number in 1...50 { world.api.update(number) { $0.statusCode = RehearsedNAVERCertificate.normal } }
            let reading = await world.provider.read()
            #expect(reading.isComplete && reading.authorizations.count == 51)
            #expect(reading.authorizations.count { $0.status == .pending } == 1)
            #expect(world.api.calls.entries.count == 4, "two pages, the domains, one name: \(world.lines)")
            let last = try #require(reading.authorizations.last)
            _ = try await world.provider.refresh(last).get()
            #expect(world.api.calls.entries.count == 6 && world.api.surprises.isEmpty)
        }
    }

    @Test func domainsOfTheAccount() async throws {
        let domains = [
            RehearsedNAVERDomain(id: 1, name: "good.example"),
            RehearsedNAVERDomain(id: 2, name: "bad.example", validState: "INVALID"),
            RehearsedNAVERDomain(id: 3, name: "new.example", dcvType: "PTXT", validState: "PENDING"),
        ]
        try await inWorld([], domains: domains) { world in
            let reading = await world.provider.read()
            #expect(reading.isComplete && reading.findings.isEmpty, "\(reading.findings)")
            #expect(reading.authorizations.map { $0.key.id.text } == ["domain.1", "domain.2", "domain.3"])
            #expect(reading.authorizations.map { $0.status } == [.valid, .dead, .pending])
            #expect(reading.authorizations.first?.proof != nil)
            #expect(world.api.surprises.isEmpty)
        }
    }
}
