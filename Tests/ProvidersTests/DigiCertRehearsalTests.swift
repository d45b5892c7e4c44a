// The provider against a DigiCert that behaves, over real connections on loopback: from a missing record to a proof, and on to the next one.
import DCV
import FoundationEssentials
import Platform
import Providers
import Rehearsal
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DigiCertRehearsalTests {
    /// What name servers and web servers show.
    private final class Shown: Sendable {
        private let records = Mutex<Set<String>>([])
        func add(_ record: RequiredRecord?) { if let record { _ = records.withLock { $0.insert("\(record)") } } }
        func holds(_ token: RehearsedToken) -> Bool { records.withLock { $0.contains("\(token)") } }
    }

    private struct World {
        let api: RehearsedDigiCert
        let http: HTTPTransport
        let provider: any Provider
        let shown: Shown
        let clock: LeapingClock

        /// `GET /domain`, `PUT /domain/7/dcv/validate-token`, in order.
        var calls: [String] {
            api.calls.entries.map { call in
                (call.route?.rawValue ?? "?").replacing("{id}", with: call.subject ?? "")
            }
        }

        func authorization(_ id: String) async throws -> Authorization {
            let reading = await provider.read()
            #expect(reading.findings.isEmpty && reading.isComplete)
            return try #require(reading.authorizations.first { $0.key.id.text == id })
        }

        /// As a run does it: a fresh look, then the check.
        func check(_ authorization: Authorization) async throws {
            let fresh = try await provider.refresh(authorization).get()
            #expect(fresh.tokenGeneration == authorization.tokenGeneration && fresh.proof == authorization.proof)
            #expect(fresh.status == authorization.status && fresh.method == authorization.method)
            try await provider.trigger(fresh, style: .patch).get()
        }
    }

    private func inWorld(
        _ domains: [RehearsedDigiCertDomain] = [RehearsedDigiCertDomain(id: 7, name: "shop.example")],
        orders: [RehearsedDigiCertOrder] = [],
        readsOrders: Bool = false,
        key: String = DigiCertSample.key,
        deadlineMilliseconds: Int64 = HTTPRequest.defaultDeadlineMilliseconds,
        _ body: (World) async throws -> Void
    ) async throws {
        let shown = Shown()
        let clock = LeapingClock()
        let api = try await RehearsedDigiCert.start(
            domains: domains,
            orders: orders,
            keys: [DigiCertSample.key],
            clock: clock,
            look: { shown.holds($0) ? nil : "nothing there" }
        )
        let http = HTTPTransport()
        var failure: (any Error)?
        do {
            let values: [String: ProviderSettings.Value?] = [
                "endpoint": .text(api.endpoint), "api_key": .secret(try #require(Secret(key.utf8))),
                "orders": .text("\(readsOrders)"),
            ]
            let patience = ImpatientHTTP(http: http, deadlineMilliseconds: deadlineMilliseconds)
            let provider = try DigiCertSample.provider(patience, clock: clock, values)
            try await body(World(api: api, http: http, provider: provider, shown: shown, clock: clock))
            #expect(api.surprises.isEmpty, "\(api.surprises)")
            #expect(api.count(of: .newToken) == 0)
        } catch {
            failure = error
        }
        await http.shutdown()
        await api.shutdown()
        if let failure { throw failure }
    }

    @Test(arguments: ["dns-txt-token", "dns-cname-token", "http-token"], [0, 1])
    func aMissingRecordBecomesAProofInSixCalls(_ method: String, place: Int) async throws {
        try await inWorld([RehearsedDigiCertDomain(id: 7, name: "shop.example", method: method)]) { world in
            let read = try await world.authorization("domain.7")
            #expect(read.status == .pending && read.challenges.count == 1 && read.mayBeActedOn)
            #expect(read.records.map { "\($0)" } == world.api.domain(7)?.places.map { "\($0)" })
            world.shown.add(read.records[min(place, read.records.count - 1)])
            try await world.check(read)
            let valid = try await world.authorization("domain.7")
            #expect(valid.status == .valid && valid.challenges.isEmpty)
            #expect(valid.proof?.until == DigiCertSample.now.adding(seconds: 199 * 86_400))
            report("a domain by \(method)", world.calls)
            #expect(
                world.calls == [
                    "GET /domain", "GET /domain/7", "GET /domain/7/validation", "GET /domain/7",
                    "PUT /domain/7/dcv/validate-token", "GET /domain",
                ]
            )
        }
    }

    @Test(arguments: ["dns-txt-token", "dns-cname-token", "http-token"])
    func anOrderIsIssuedAfterOneCheck(_ method: String) async throws {
        let order = RehearsedDigiCertOrder(
            id: 900,
            commonName: "shop.example",
            dnsNames: method == "http-token" ? ["www.shop.example"] : ["*.shop.example", "www.shop.example"],
            method: method
        )
        try await inWorld([], orders: [order], readsOrders: true) { world in
            let read = try await world.authorization("order.900")
            #expect(read.status == .pending && read.challenges.count == 2 && read.mayBeActedOn)
            for challenge in read.challenges { world.shown.add(challenge.alternatives.first) }
            try await world.check(read)
            #expect(world.api.order(900)?.isIssued == true)
            // It has left the list of pending orders, and is still told of: its records have served.
            let issued = try await world.authorization("order.900")
            #expect(issued.status == .valid && issued.challenges.isEmpty)
            let calls = world.calls
            report("an order by \(method)", calls)
            #expect(
                calls == [
                    "GET /domain", "GET /order/certificate", "GET /order/certificate/900",
                    "PUT /order/certificate/900/dcv-random-value", "GET /order/certificate/900",
                    "PUT /order/certificate/900/dcv-random-value", "PUT /order/certificate/900/check-dcv",
                    "GET /domain",
                    "GET /order/certificate", "GET /order/certificate/900",
                ]
            )
            #expect(try await world.authorization("order.900") == issued)
            #expect(
                world.calls.suffix(2) == ["GET /domain", "GET /order/certificate"],
                "what has ended is not asked again"
            )
        }
    }

    @Test func anOrdersCheckTooEarlyVoidsNothing() async throws {
        let order = RehearsedDigiCertOrder(id: 900, commonName: "shop.example")
        try await inWorld([], orders: [order], readsOrders: true) { world in
            let read = try await world.authorization("order.900")
            let failure = try #require(await world.provider.trigger(read, style: .patch).failure)
            #expect(failure.kind == .looked && failure.finding.saw.contains("code invalid_dns_txt"))
            #expect(try await world.provider.refresh(read).get() == read)
        }
    }

    @Test func aProofIsRenewedBeforeItEnds() async throws {
        let until = DigiCertSample.now.adding(seconds: 20 * 86_400)
        let domain = RehearsedDigiCertDomain(
            id: 7,
            name: "shop.example",
            method: "dns-cname-token",
            validatedUntil: until
        )
        try await inWorld([domain]) { world in
            let read = try await world.authorization("domain.7")
            #expect(read.status == .valid && read.proof?.until == until)
            let steps = Planner.plan(try plannable(read)).effects.map { $0.action }
            #expect(steps == [.revalidate(by: .cname)])
            let fresh = try await world.provider.refresh(read).get()
            #expect(fresh == read)
            try await world.provider.revalidate(fresh, by: .cname).get()
            let pending = try await world.authorization("domain.7")
            #expect(pending.status == .pending && pending.method == .cname && pending.proof?.until == until)
            #expect(try Planner.plan(plannable(pending)).effects.isEmpty, "nothing has been looked at yet")
            world.shown.add(pending.records.first)
            try await world.check(pending)
            let valid = try await world.authorization("domain.7")
            #expect(valid.proof?.until == DigiCertSample.now.adding(seconds: 199 * 86_400) && valid.status == .valid)
            #expect(try Planner.plan(plannable(valid)).effects.isEmpty)
            report("a proof renewed", world.calls)
            #expect(
                world.calls == [
                    "GET /domain", "GET /domain/7", "GET /domain/7", "POST /domain/7/validation", "GET /domain",
                    "GET /domain/7", "GET /domain/7/validation", "GET /domain/7", "PUT /domain/7/dcv/validate-token",
                    "GET /domain",
                ]
            )
        }
    }

    @Test func aTokenThatHasEndedIsReplacedByANewValidation() async throws {
        try await inWorld { world in
            world.api.updateDomain(7) { $0.token.expires = DigiCertSample.now.adding(seconds: -1) }
            let old = world.api.domain(7)?.token.value
            let reading = await world.provider.read()
            let ended = try #require(reading.authorizations.first)
            #expect(ended.status == .dead && ended.findings.map { $0.code } == ["token-expired"])
            #expect(try Planner.plan(plannable(ended)).effects.map { $0.action } == [.revalidate(by: .txt)])
            let fresh = try await world.provider.refresh(ended).get()
            try await world.provider.revalidate(fresh, by: .txt).get()
            let pending = try await world.authorization("domain.7")
            #expect(pending.status == .pending && world.api.domain(7)?.token.value != old)
            world.shown.add(pending.records.first)
            try await world.check(pending)
            #expect(try await world.authorization("domain.7").status == .valid)
        }
    }

    @Test func aChangeOfMethodBringsItsOwnRecords() async throws {
        try await inWorld([RehearsedDigiCertDomain(id: 7, name: "shop.example", method: "email")]) { world in
            let mail = try #require(await world.provider.read().authorizations.first)
            #expect(mail.method == .email && mail.findings.map { $0.code } == ["not-automatable"])
            for (method, kind) in [(ValidationMethod.http, RecordKind.http), (.cname, .cname), (.txt, .txt)] {
                let before = try #require(await world.provider.read().authorizations.first)
                try await world.provider.changeMethod(of: before, to: method).get()
                let after = try await world.provider.refresh(before).get()
                #expect(
                    after.method == method && after.records.allSatisfy { $0.kind == kind } && !after.records.isEmpty
                )
                #expect(after.tokenGeneration != before.tokenGeneration)
            }
        }
    }

    @Test func aCheckTooEarlyVoidsNothing() async throws {
        try await inWorld { world in
            let read = try await world.authorization("domain.7")
            let failure = try #require(await world.provider.trigger(read, style: .patch).failure)
            #expect(failure.kind == .looked && failure.finding.saw.contains("invalid_dns_txt"))
            let fresh = try await world.provider.refresh(read).get()
            #expect(fresh.tokenGeneration == read.tokenGeneration && fresh.status == .pending)
        }
    }

    @Test func everyShapeSaysTheSame() async throws {
        try await inWorld { world in
            let read = try await world.authorization("domain.7")
            for errors in RehearsedDigiCertShape.Errors.allCases {
                for isFirst in [true, false] {
                    var shape = RehearsedDigiCertShape()
                    shape.errors = errors
                    shape.listsEVFirst = isFirst
                    shape.isActiveIsText = isFirst
                    shape.omitsKeysWhilePending = isFirst
                    world.api.write(shape)
                    #expect(try await world.authorization("domain.7") == read)
                    let refused = await world.provider.trigger(read, style: .patch).failure
                    #expect(refused?.finding.saw.contains("code invalid_dns_txt: Could not find") == true, "\(errors)")
                }
            }
        }
    }

    @Test func faultsOfTheAPIAreFindings() async throws {
        let faults: [(RehearsedFault, calls: Int, code: String)] = [
            (.internalError, 3, "provider-fault"), (.resetBeforeEffect, 3, "provider-unreachable"),
            (.resetAfterEffect(bytes: 10), 3, "provider-unreachable"),
            (.duplicateKeys, 1, "provider-answer-not-understood"),
            (.nested(depth: 200), 1, "provider-answer-not-understood"),
            (.huge(bytes: 5 << 20), 1, "provider-answer-not-understood"),
            (.endless, 1, "provider-answer-not-understood"),
            (.gzipBomb(unpackedBytes: 64 << 20), 1, "provider-answer-not-understood"),
            (.digiCertMissingPermission, 1, "provider-unauthorized"),
        ]
        for (fault, calls, code) in faults {
            let domains = [7, 8].map { RehearsedDigiCertDomain(id: $0, name: "shop\($0).example") }
            try await inWorld(domains) { world in
                world.api.fail(fault, on: .domain, id: 7, times: 9)
                let reading = await world.provider.read()
                #expect(reading.findings.map { $0.code } == [code], "\(fault): \(reading.findings)")
                #expect(reading.authorizations.map { $0.key.id.text } == ["domain.8"] && !reading.isComplete)
                #expect(world.calls.count { $0 == "GET /domain/7" } == calls, "\(fault)")
            }
        }
    }

    @Test func aDripEndsByTheDeadlineOfTheRequest() async throws {
        let began = ContinuousClock.now
        try await inWorld(deadlineMilliseconds: 400) { world in
            world.api.fail(.drip(milliseconds: 400), on: .domains, times: 9)
            let reading = await world.provider.read()
            #expect(reading.findings.map { $0.code } == ["provider-unreachable"], "\(reading.findings)")
            #expect(reading.findings.first?.saw.contains("within 400 ms") == true, "\(reading.findings)")
            #expect(world.calls == ["GET /domain"] && !reading.isComplete && reading.authorizations.isEmpty)
        }
        // The whole answer would take more than a minute.
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    @Test func entriesThatAreLeftOutAreAbsentAndNothingElse() async throws {
        let domains = (7...9).map { RehearsedDigiCertDomain(id: $0, name: "shop\($0).example") }
        for isCounted in [false, true] {
            try await inWorld(domains) { world in
                let before = await world.provider.read()
                world.api.fail(.shrunken(keeping: 1, countsToo: !isCounted), on: .domains, times: 9)
                let reading = await world.provider.read()
                #expect(before.authorizations.count == 3 && reading.isComplete && reading.findings.isEmpty)
                // Where the answer still counts them, the pages that follow bring them.
                #expect(reading.authorizations == Array(before.authorizations.prefix(isCounted ? 3 : 1)))
            }
        }
    }

    @Test func aLostAnswerIsNotSentAgain() async throws {
        try await inWorld { world in
            let read = try await world.authorization("domain.7")
            world.shown.add(read.records.first)
            world.api.fail(.resetAfterEffect(), on: .checkDomain)
            #expect(await world.provider.trigger(read, style: .patch).failure?.kind == .unknownEffect)
            #expect(world.api.count(of: .checkDomain) == 1)
            #expect(try await world.provider.refresh(read).get().status == .valid)
        }
    }

    @Test func tooManyRequestsMakeAPauseOfThreeMinutes() async throws {
        try await inWorld { world in
            world.api.fail(.rateLimited(retryAfter: nil), on: .domain)
            let reading = await world.provider.read()
            #expect(reading.findings.map { $0.code } == ["provider-rate-limited"] && world.calls.count == 2)
            _ = await world.provider.read()
            #expect(world.calls.count == 2)
            world.clock.leap(milliseconds: 180_000)
            let read = try await world.authorization("domain.7")
            #expect(read.status == .pending)
        }
    }

    @Test func aWrongKeyIsSentOnce() async throws {
        try await inWorld(readsOrders: true, key: "wrong") { world in
            let reading = await world.provider.read()
            #expect(reading.findings.map { $0.code } == ["provider-unauthorized", "domains-not-read"])
            #expect(world.calls == ["GET /domain"] && !reading.isComplete)
            #expect(reading.findings.first?.advice.contains("of this region") == true)
            #expect(await world.provider.examine().rights.map { $0.state } == [.missing, .unknown, .missing, .unknown])
            #expect(world.calls.count == 1)
        }
    }

    @Test func peopleOfTheAccountAreFoundNowhere() async throws {
        let until = DigiCertSample.now.adding(seconds: 20 * 86_400)
        var waiting = RehearsedDigiCertDomain(id: 7, name: "shop.example")
        waiting.orgStatus = "pending"
        let domains = [waiting, RehearsedDigiCertDomain(id: 8, name: "other.example", validatedUntil: until)]
        try await inWorld(
            domains,
            orders: [RehearsedDigiCertOrder(id: 900, commonName: "a.example")],
            readsOrders: true
        ) {
            world in
            var shape = RehearsedDigiCertShape()
            shape.omitsKeysWhilePending = false
            world.api.write(shape)
            let reading = await world.provider.read()
            #expect(world.api.count(of: .validation) == 1 && reading.authorizations.count == 3)
            #expect(reading.authorizations.flatMap { $0.findings }.contains { $0.saw.contains("1 verified users") })
            let texts = [
                String(decoding: try JSONEncoder().encode(reading.authorizations), as: UTF8.self),
                String(decoding: try JSONEncoder().encode(reading.findings), as: UTF8.self), "\(reading)",
                "\(await world.provider.examine())",
            ]
            for canary in RehearsedDigiCert.canaries { #expect(!texts.contains { $0.contains(canary) }, "\(canary)") }
        }
    }

    private func report(_ what: String, _ calls: [String]) {
        print("DigiCert, calls for \(what): \(calls.count): \(calls.joined(separator: ", "))")
    }

    private func plannable(_ authorization: Authorization) throws -> Situation {
        let publisher = Situation.PublisherView(name: "all", kinds: RecordKind.allCases)
        return Situation(
            at: DigiCertSample.now,
            zones: [Situation.ZoneRule(apex: nil, publishers: [publisher], policy: .standard)],
            authorizations: [authorization],
            surveys: [],
            history: .empty
        )
    }
}
