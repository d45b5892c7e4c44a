// Answers nobody would send: mutations of the recorded ones, seeded. Whatever comes, there are findings and never a
// stranger's record.
import DCV
import Platform
import Providers
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct CloudflareHostileTests {
    static let mutationsPerFixture = 30
    static let mutationsPerMerger = 4
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
            let http = ScriptedHTTP([.result(Sample.zones), .reply(200, body), Sample.noPacks])
            let reading = try await Sample.provider(http).read()
            try CloudflareLaws.check(reading, "\(name), seed \(seed)")
        }
    }

    /// Both lists and the custom hostnames of a zone at once, then a look at each of what came out, a trigger and a change:
    /// the reading and the looks send nothing but reads, and every effect is one request.
    @Test(arguments: try Fixtures.names(in: "merged"))
    func mutatedListsSendReadsAlone(_ merged: String) async throws {
        let packs = try Fixtures.read("merged/" + merged)
        let others = try Fixtures.names(in: "hostnames").map { try Fixtures.read("hostnames/" + $0) }
        for seed in 0..<UInt64(Self.mutationsPerMerger) {
            let random = SeededRandom(seed &* 0x1_0001 &+ UInt64(merged.utf8.count))
            let names = others[random.below(others.count)]
            func hostile(_ document: JSONValue?) -> ListedCloudflare.Document {
                guard let document else { return .result([]) }
                let bytes = document.serialized()
                let isWild = random.below(3) == 0
                return .init(isWild ? mutate(bytes, random) : mutate(document, random, depth: 0).serialized())
            }
            var lists = ListedCloudflare.Lists()
            lists.verification = hostile(packs["verification"])
            lists.packs = hostile(packs["packs"])
            lists.hostnames = hostile(names["hostnames"])
            lists.effects = hostile(["result": ["status": "pending_validation"], "success": true])
            let http = ListedCloudflare(lists)
            let what: Comment = "\(merged), seed \(seed)"
            let provider = try Sample.provider(http, ["custom_hostnames": .text("true")])
            let reading = await provider.read()
            try CloudflareLaws.check(reading, what)
            for authorization in reading.authorizations {
                switch await provider.refresh(authorization) {
                case .success(let fresh): try CloudflareLaws.check(fresh, what)
                case .failure(let failure): CloudflareLaws.check(failure.finding, what)
                }
            }
            #expect(http.requests.allSatisfy { $0.method == .get && $0.url.target.contains("retry") == false }, what)
            for authorization in reading.authorizations.prefix(2) {
                http.forget()
                let failures = [
                    await provider.trigger(authorization, style: .patch).failure,
                    await provider.changeMethod(of: authorization, to: .http).failure,
                ]
                for failure in failures.compactMap({ $0 }) { CloudflareLaws.check(failure.finding, what) }
                let isAsked =
                    !authorization.capabilities.triggers.isEmpty || !authorization.capabilities.methods.isEmpty
                #expect(http.requests.count <= (isAsked ? 2 : 1), what)
                #expect(authorization.capabilities.methods.contains(.http) || http.requests.count <= 1, what)
            }
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
            try CloudflareLaws.check(reading, "seed \(seed)")
            #expect(http.requests.count <= 150, "seed \(seed)")
        }
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
