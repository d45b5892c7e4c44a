// Personal data in DigiCert's answers is counted at most: recognisable people are planted in every answer and looked for in everything that
// comes out.
import DCV
import FoundationEssentials
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DigiCertPrivacyTests {
    private static let canaries = ["Kanarienvogel", "canary.person", "canary.example", "555-0199", "Chief Canary"]
    private static let person: JSONValue = [
        "id": 77_001, "first_name": "Kanarienvogel", "last_name": "Kanarienvogel",
        "email": "canary.person@canary.example", "telephone": "+1-555-0199", "job_title": "Chief Canary",
    ]
    /// Where answers hold people, by the words of the documentation.
    private static let keys = [
        "verified_users", "user", "organization_contact", "technical_contact", "user_assignments", "requests",
        "container", "dcv_emails", "emails",
    ]

    @Test(arguments: try DigiCertMappingTests.names())
    func peopleAreFoundNowhere(_ name: String) async throws {
        let members = try #require(try DigiCertFixtures.read(name)["answers"]?.object?.members)
        let answers = Dictionary(members.map { ($0.key, Self.peopled($0.value)) }) { first, _ in first }
        #expect(members.isEmpty || answers.values.contains { $0.serializedText.contains("Kanarienvogel") })
        try await expectSilence(DigiCertTable(documents: answers, other: .notFound("domain")), name)
    }

    /// An answer that is not understood is not quoted either, wherever it breaks.
    @Test func peopleInBrokenAnswersAreFoundNowhere() async throws {
        let whole: JSONValue = [
            "verified_users": [Self.person], "domains": [Self.person], "validations": [Self.person],
        ]
        let bytes = whole.serialized()
        for cut in stride(from: 1, to: bytes.count, by: 3) {
            let body = Array(bytes.prefix(cut))
            for status in [200, 400, 401, 404, 500] {
                try await expectSilence(DigiCertTable([:], other: .reply(status, body)), "\(status), \(cut) bytes")
            }
            let packed = ScriptedHTTP.Answer.reply(200, body, headers: [("content-encoding", "br")])
            try await expectSilence(DigiCertTable([:], other: packed), "packed, \(cut) bytes")
        }
        let turned = ScriptedHTTP.Answer.reply(200, Array(bytes.reversed()))
        try await expectSilence(DigiCertTable([:], other: turned), "reversed")
    }

    @Test func verifiedUsersAreCounted() async throws {
        let validation: [(String, JSONValue)] =
            DigiCertSample.pending + [("org_status", "pending"), ("verified_users", [Self.person, Self.person])]
        let read = try await DigiCertSample.afterReading(DigiCertSample.domain(as: validation)).authorization
        #expect(read.findings.count == 2)
        #expect(read.findings.allSatisfy { $0.code == "organization-pending" && $0.saw.contains("2 verified users") })
    }

    private func expectSilence(_ http: DigiCertTable, _ what: String) async throws {
        let provider = try DigiCertSample.provider(http)
        let reading = await provider.read()
        var texts = [String(decoding: try JSONEncoder().encode(reading.findings), as: UTF8.self), "\(reading)"]
        texts.append(String(decoding: try JSONEncoder().encode(reading.authorizations), as: UTF8.self))
        texts.append(DigiCertFixtures.lines(reading).joined(separator: "\n"))
        for authorization in reading.authorizations {
            let answers = [
                await provider.trigger(authorization, style: .patch),
                await provider.changeMethod(of: authorization, to: .cname),
                await provider.revalidate(authorization, by: .txt),
            ]
            texts += answers.map { "\($0)" }
            texts.append("\(await provider.refresh(authorization))")
        }
        texts.append("\(await provider.examine())")
        for canary in Self.canaries {
            #expect(!texts.contains { $0.contains(canary) }, "\(what): \(canary)")
        }
    }

    /// The document with people in every object.
    private static func peopled(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let items): return .array(items.map { peopled($0) })
        case .object(let object):
            let members = object.members.map { ($0.key, peopled($0.value)) }
            let people = keys.enumerated().map { index, key in
                (key, index % 2 == 0 ? .array([person, person]) : person)
            }
            return .object(JSONObject(people + members.filter { !keys.contains($0.0) }))
        default: return value
        }
    }
}
