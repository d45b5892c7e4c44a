// Answers DigiCert would never send: mutations of the recorded ones, seeded. Whatever comes, there are findings, never a stranger's record and
// never a call with an effect.
import DCV
import FoundationEssentials
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DigiCertHostileTests {
    static let mutationsPerFixture = 12

    static func names() throws -> [String] {
        try DigiCertFixtures.names("domains") + DigiCertFixtures.names("orders")
    }

    @Test func thereAreEnoughOfThem() throws {
        #expect(try Self.names().count * Self.mutationsPerFixture >= 150)
    }

    @Test(arguments: try names())
    func mutatedAnswersGiveFindingsAndNothingElse(_ name: String) async throws {
        let members = try #require(try DigiCertFixtures.read(name)["answers"]?.object?.members)
        for seed in 0..<UInt64(Self.mutationsPerFixture) {
            let random = SeededRandom(seed &* 0x1_0001 &+ UInt64(name.utf8.count))
            var answers: [String: [ScriptedHTTP.Answer]] = [:]
            for member in members {
                let body = random.below(3) == 0 ? member.value.serialized() : Hostile.mutated(member.value, random)
                let status = random.below(12) == 0 ? [204, 302, 400, 403, 404, 500][random.below(6)] : 200
                answers[member.key] = [.reply(status, body)]
            }
            let http = DigiCertTable(answers, other: .notFound("domain"))
            let provider = try DigiCertSample.provider(http)
            let reading = await provider.read()
            try check(reading, "\(name), seed \(seed)")
            for authorization in reading.authorizations { _ = await provider.refresh(authorization) }
            #expect(
                http.calls.allSatisfy { isRead($0) } && http.calls.count < 400,
                "\(name), seed \(seed): \(http.calls)"
            )
        }
    }

    /// The list of all providers, in place of each call of a reading that has one domain to read.
    @Test(arguments: ["GET /domain", "GET /domain/7", "GET /order/certificate"])
    func whatNoProviderMaySayIsAFinding(_ call: String) async throws {
        for hostile in HostileBody.all {
            let http = DigiCertSample.table(DigiCertSample.domain(7))
            http.answer(call, hostile.answer)
            let provider = try DigiCertSample.provider(http, ["orders": .text("true")])
            let reading = await provider.read()
            try check(reading, "\(hostile.name)")
            #expect(http.calls.contains(call) && http.calls.allSatisfy { isRead($0) }, "\(hostile.name)")
            #expect(!reading.isComplete && !reading.findings.isEmpty, "\(hostile.name): \(reading)")
            if call == "GET /domain/7" { #expect(reading.authorizations.isEmpty, "\(hostile.name): \(reading)") }
        }
    }

    @Test func mutatedErrorsAndExaminationsGiveFindings() async throws {
        let failure: JSONValue = ["errors": [["code": "access_denied|missing_permission", "message": "m"]]]
        for seed in 0..<UInt64(150) {
            let random = SeededRandom(seed)
            let status = [200, 400, 401, 403, 404, 429, 500][random.below(7)]
            let http = DigiCertTable([:], other: .reply(status, Hostile.mutated(failure, random)))
            let provider = try DigiCertSample.provider(http)
            let reading = await provider.read()
            try check(reading, "seed \(seed)")
            #expect(reading.authorizations.isEmpty && !reading.isComplete, "seed \(seed)")
            let examination = await provider.examine()
            #expect(examination.rights.count == 4 && http.requests.count <= 12, "seed \(seed)")
        }
    }

    private func isRead(_ call: String) -> Bool {
        call.utf8.starts(with: "GET ".utf8) || call.utf8.suffix(17).elementsEqual("/dcv-random-value".utf8)
    }

    /// What holds for every reading, however it came about.
    private func check(_ reading: ProviderReading, _ what: Comment) throws {
        for finding in reading.findings + reading.authorizations.flatMap({ $0.findings }) {
            let text = finding.subject + finding.saw + (finding.wanted ?? "") + finding.advice
            #expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && text.utf8.count < 6000, what)
        }
        if !reading.isComplete { #expect(!reading.findings.isEmpty, what) }
        #expect(Set(reading.authorizations.map { $0.key }).count == reading.authorizations.count, what)
        for authorization in reading.authorizations {
            #expect(authorization.scope == authorization.key.id.text, what)
            for challenge in authorization.challenges {
                let identifier = try #require(challenge.identifier)
                #expect(authorization.identifiers.contains(identifier), what)
                #expect(challenge.alternatives.allSatisfy { isBound($0, to: identifier) }, "\(what): \(challenge)")
            }
            if authorization.status == .unknown { #expect(authorization.challenges.isEmpty, what) }
            let coded = try JSONEncoder().encode(authorization)
            #expect(try JSONDecoder().decode(Authorization.self, from: coded) == authorization, what)
        }
    }

    /// At the name, or at the two names made of it; a value of a token's octets; a target of DigiCert's.
    private func isBound(_ record: RequiredRecord, to identifier: Identifier) -> Bool {
        let name = identifier.name
        switch record.content {
        case .txt(let owner, let value):
            return (owner == name || owner == (try? name.prepending("_dnsauth"))) && isToken(value.text)
        case .cname(let owner, let target):
            guard owner.parent == name, let label = owner.labels.first else { return false }
            if label == "_dnsauth" { return target.parent?.text == "dcv.digicert.com" }
            return label.utf8.first == 0x5F && target.text == "dcv.digicert.com"
        case .http(let host, let path, let body):
            return host == name && !identifier.isWildcard && isToken(body.text)
                && path.text.utf8.starts(with: "/.well-known/pki-validation/".utf8)
        }
    }

    private func isToken(_ text: String) -> Bool {
        text.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x2D || $0 == 0x5F }
    }
}

/// Documents with faults in them.
private enum Hostile {
    static func mutated(_ value: JSONValue, _ random: SeededRandom) -> [UInt8] {
        random.below(2) == 0 ? mutated(value.serialized(), random) : exchanged(value, random, depth: 0).serialized()
    }

    /// One to four faults in the octets.
    private static func mutated(_ octets: [UInt8], _ random: SeededRandom) -> [UInt8] {
        var bytes = octets
        for _ in 0...random.below(4) where !bytes.isEmpty {
            let place = random.below(bytes.count)
            switch random.below(5) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.remove(at: place)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(40)))
            case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + random.below(40))], at: place)
            default: bytes.insert(contentsOf: payload(random).utf8, at: place)
            }
        }
        return bytes
    }

    /// Values exchanged: payloads for texts, other kinds for kinds, members renamed, lists repeated.
    private static func exchanged(_ value: JSONValue, _ random: SeededRandom, depth: Int) -> JSONValue {
        if random.below(40) == 0, depth > 0 { return stranger(random) }
        switch value {
        case .string where random.below(8) == 0: return .string(payload(random))
        case .string(let text) where random.below(12) == 0: return .string(text + payload(random))
        case .array(let items):
            let items = items.map { exchanged($0, random, depth: depth + 1) }
            return .array(random.below(8) == 0 ? items + items : items)
        case .object(let object):
            let members = object.members.map { member in
                (random.below(60) == 0 ? "name" : member.key, exchanged(member.value, random, depth: depth + 1))
            }
            return .object(JSONObject(members))
        default: return value
        }
    }

    private static func payload(_ random: SeededRandom) -> String {
        CloudflareHostileTests.payloads[random.below(CloudflareHostileTests.payloads.count)]
    }

    private static func stranger(_ random: SeededRandom) -> JSONValue {
        let strangers: [JSONValue] = [
            .null, true, -1, 9_223_372_036_854_775_807, "", [], [:], [.null], [["type": "ev"]], "0",
            "2027-01-15T08:00:00+00:00",
        ]
        return strangers[random.below(strangers.count)]
    }
}
