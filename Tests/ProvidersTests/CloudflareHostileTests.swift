// Answers nobody would send: mutations of the recorded ones, seeded. Whatever comes, there are findings and never a
// stranger's record.
import DCV
import FoundationEssentials
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CloudflareHostileTests {
    static let mutationsPerFixture = 60
    static let payloads = [
        "$(touch x)", "`id`", "; rm -rf /", "&& reboot", "|sh", "a\nb", "\r\n", "\u{0}", "\t", "'", "\"", "$IFS", "*",
        "~", "%s%n",
        "--help", "@file", "../..", "/etc/passwd", "\"},{\"", "' OR 1=1", "\\065", "\u{1B}[2J", "\u{202E}", "\u{FEFF}",
        "ｅxample.com",
        "\u{212A}", "e\u{301}", "=A=B", "() { :;};", "{{7*7}}", "<script>", "http://u:p@example.com/",
        "_acme-challenge.evil.net",
        "example.com.evil.net", "evilexample.com", "127.0.0.1", ".", "..", "", " ", "v=spf1", "*.example.com",
        "_x.*.example.com",
        String(repeating: "a", count: 255), String(repeating: "a", count: 256), String(repeating: "a.", count: 4000),
    ]

    @Test(arguments: try Fixtures.verificationNames())
    func mutatedAnswersGiveFindingsAndNothingElse(_ name: String) async throws {
        let fixture = try Fixtures.read("verification/" + name)
        let answer = try #require(fixture["response"])
        let bytes = answer.serialized()
        for seed in 0..<UInt64(Self.mutationsPerFixture) {
            let random = SeededRandom(seed &* 0x1_0001 &+ UInt64(bytes.count))
            let body = seed % 2 == 0 ? mutate(bytes, random) : mutate(answer, random, depth: 0).serialized()
            let http = ScriptedHTTP([.result(Sample.zones), .reply(200, body)])
            let reading = try await Sample.provider(http).read()
            try check(reading, "\(name), seed \(seed)")
        }
    }

    @Test func mutatedZoneListsAndErrorsGiveFindingsAndNothingElse() async throws {
        let failure: JSONValue = [
            "success": false, "result": .null,
            "errors": [
                [
                    "code": 6003, "message": "m", "source": ["pointer": "/p"],
                    "error_chain": [["code": 6111, "message": "n"]],
                ]
            ],
        ]
        let list: JSONValue = [
            "success": true, "result": Sample.zones, "errors": [],
            "result_info": ["total_pages": 2, "per_page": 50, "count": 1],
        ]
        for seed in 0..<UInt64(400) {
            let random = SeededRandom(seed)
            let base = seed % 2 == 0 ? failure : list
            let body = seed % 4 < 2 ? mutate(base.serialized(), random) : mutate(base, random, depth: 0).serialized()
            let status = [200, 200, 400, 401, 403, 404, 429, 500][random.below(8)]
            let script = [ScriptedHTTP.Answer](repeating: .reply(status, body), count: 200)
            let http = ScriptedHTTP(script)
            let reading = try await Sample.provider(http, ["zones": .text("all")]).read()
            try check(reading, "seed \(seed)")
            #expect(http.requests.count <= 100, "seed \(seed)")
        }
    }

    /// What holds for every reading, however it came about.
    private func check(_ reading: ProviderReading, _ what: Comment) throws {
        let zone = try DomainName("example.com")
        let findings = reading.findings + reading.authorizations.flatMap { $0.findings }
        for finding in findings {
            let text = finding.subject + finding.saw + (finding.wanted ?? "") + finding.advice
            #expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && text.utf8.count < 6000, what)
        }
        #expect(Set(reading.authorizations.map { $0.key }).count == reading.authorizations.count, what)
        for authorization in reading.authorizations {
            #expect(authorization.scope == Sample.zone, what)
            #expect(authorization.identifiers.allSatisfy { $0.name.isSubdomain(of: zone) }, what)
            #expect(authorization.records.allSatisfy { $0.name.isSubdomain(of: zone) }, what)
            let hosts = authorization.identifiers.map { $0.name }
            for record in authorization.records {
                let isAt = hosts.contains(record.name)
                // A domain above a host proves it, too.
                let isBelow = record.name.parent.map { parent in hosts.contains { $0.isSubdomain(of: parent) } }
                #expect(isAt || record.kind != .http && isBelow == true, "\(what): \(record)")
            }
            let coded = try JSONEncoder().encode(authorization)
            #expect(try JSONDecoder().decode(Authorization.self, from: coded) == authorization, what)
        }
        if !reading.isComplete { #expect(!reading.findings.isEmpty, what) }
    }

    /// One to four faults in the octets.
    private func mutate(_ bytes: [UInt8], _ random: SeededRandom) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.below(4) where !bytes.isEmpty {
            let place = random.below(bytes.count)
            switch random.below(6) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(40)))
            case 4: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + random.below(40))], at: place)
            default: bytes.insert(contentsOf: Self.payloads[random.below(Self.payloads.count)].utf8, at: place)
            }
        }
        return bytes
    }

    /// The document with values exchanged: payloads for texts, other kinds for kinds, members renamed, lists repeated.
    private func mutate(_ value: JSONValue, _ random: SeededRandom, depth: Int) -> JSONValue {
        if random.below(40) == 0, depth > 0 { return stranger(random) }
        switch value {
        case .string where random.below(5) == 0: return .string(Self.payloads[random.below(Self.payloads.count)])
        case .string(let text) where random.below(12) == 0:
            return .string(text + Self.payloads[random.below(Self.payloads.count)])
        case .array(let items):
            let mutated = items.map { mutate($0, random, depth: depth + 1) }
            return .array(random.below(8) == 0 ? mutated + mutated : mutated)
        case .object(let object):
            let members = object.members.map { member in
                (random.below(60) == 0 ? "hostname" : member.key, mutate(member.value, random, depth: depth + 1))
            }
            return .object(JSONObject(members))
        default: return value
        }
    }

    private func stranger(_ random: SeededRandom) -> JSONValue {
        let strangers: [JSONValue] = [
            .null, true, -1, 9_223_372_036_854_775_807, "", [], [:], [.null], [["txt_name": "x"]], "0",
        ]
        return strangers[random.below(strangers.count)]
    }
}
