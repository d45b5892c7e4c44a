// What a program's list means, and what of it is refused: every fault is told with its place, and none gives a record.
import DCV
import FoundationEssentials
import Platform
import Providers
import Testing

@Suite("A program's list", .timeLimit(.minutes(1)))
struct ExecutableDocumentTests {
    @Test func theDocumentedExampleIsUnderstoodWhole() async throws {
        let reading = try await ListSample.reading(try ExecutableExamples.documented())
        #expect(reading.isComplete)
        #expect(
            Fixtures.lines(reading) == [
                "complete: true", "ca:order-4711 pending (\"AWAITING_DCV\")",
                "  for: shop.example.com *.shop.example.com", "  method: txt, triggers: patch, may become: txt,http",
                "  issuer: ca.example.net", "  tokens end: 1767225600000",
                "  shop.example.com: _acme-challenge.shop.example.com TXT \"-7lUq3kX0c\" or "
                    + "http://shop.example.com/.well-known/pki-validation/4711.txt \"-7lUq3kX0c\"",
                "  *.shop.example.com: _4f2a.shop.example.com CNAME 4f2a.dcv.example.net (standing)",
                "  finding: notice provider-says: ca:order-4711: saw the last look found NXDOMAIN",
            ]
        )
        let authorization = try #require(reading.authorizations.first)
        #expect(authorization.scope == "account-12")
        #expect(authorization.issuers.map(\.text) == ["ca.example.net"])
        #expect(authorization.expiresAt == Instant(millisecondsSinceEpoch: 1_767_225_600_000))
        #expect(
            authorization.proof
                == ProofPeriod(
                    from: Instant(millisecondsSinceEpoch: 1_750_000_000_000),
                    until: Instant(millisecondsSinceEpoch: 1_767_225_600_000)
                )
        )
        #expect(authorization.mayBeActedOn)
    }

    @Test func whatIsLeftOutHasItsMeaning() async throws {
        let least: JSONValue = ["id": "1", "identifiers": ["*.Example.COM."], "status": "busy"]
        for entry in [least, least.with("method", .null).with("challenges", .null).with("capabilities", .null)] {
            let reading = try await ListSample.reading(ListSample.list(entry, complete: false))
            #expect(!reading.isComplete && reading.findings.isEmpty)
            let authorization = try #require(reading.authorizations.first)
            #expect(authorization.scope == "ca" && authorization.identifiers.map(\.text) == ["*.example.com"])
            #expect(authorization.status == .busy && authorization.providerStatus.description == "busy")
            #expect(authorization.method == nil && authorization.challenges.isEmpty && !authorization.needsManualReview)
            #expect(authorization.capabilities == Capabilities(triggers: [], methods: []))
            #expect(authorization.findings.isEmpty)
        }
    }

    @Test(arguments: [("pending", "pending"), ("busy", "busy"), ("valid", "valid"), ("dead", "dead")])
    func statusWords(word: String, status: String) async throws {
        let reading = try await ListSample.reading(ListSample.list(ListSample.entry.with("status", .string(word))))
        #expect(reading.authorizations.first?.status.rawValue == status)
        #expect(reading.authorizations.first?.mayBeActedOn == true)
    }

    /// A fault in one entry: told with its place, the entry is blocked, the list goes on.
    @Test(arguments: EntryFault.all)
    func aFaultBlocksItsEntry(_ fault: EntryFault) async throws {
        let other = ListSample.entry.with("id", "order-2")
        let reading = try await ListSample.reading(ListSample.list(fault.entry, other))
        #expect(reading.isComplete && reading.findings.isEmpty)
        let blocked = try #require(reading.authorizations.first)
        #expect(blocked.findings.map(\.saw) == fault.saw)
        #expect(blocked.findings.allSatisfy { $0.severity == .error && $0.code == "provider-answer-not-understood" })
        #expect(blocked.findings.allSatisfy { $0.wanted?.isEmpty == false })
        #expect(!blocked.mayBeActedOn)
        if !fault.keepsRecord { #expect(blocked.records.isEmpty) }
        let isStatus = fault.saw.contains { $0.contains("].status: ") }
        #expect(blocked.status == (isStatus ? .unknown : .pending))
        #expect(reading.authorizations.count == 2 && reading.authorizations[1].mayBeActedOn)
    }

    @Test(
        arguments: [
            (["identifiers": ["a.example.com"], "status": "pending"], "$.authorizations[0].id: nothing"),
            (["id": "a b"], "$.authorizations[0].id: \"a b\": an octet that is not allowed there"),
            (["id": ""], "$.authorizations[0].id: \"\""), (["id": 7], "$.authorizations[0].id: 7"),
            ("x", "$.authorizations[0]: \"x\""), (.null, "$.authorizations[0]: null"),
        ] as [(JSONValue, String)]
    )
    func anEntryWithoutAHandleLeavesTheListIncomplete(entry: JSONValue, saw: String) async throws {
        let reading = try await ListSample.reading(ListSample.list(entry, ListSample.entry))
        #expect(!reading.isComplete)
        #expect(reading.findings.map(\.saw) == [saw])
        #expect(reading.authorizations.map(\.key.description) == ["ca:order-1"])
    }

    @Test(arguments: [
        ("", "$: not the JSON we accept: the end, before the value is complete, at byte 0, in $"),
        ("hello", "$: not the JSON we accept: \"h\", which may not stand there, at byte 0, in $"),
        ("[]", "$: an array"),
        ("{}", "$.version: nothing"),
        (#"{"version":2}"#, "$.version: 2"),
        (#"{"version":"1"}"#, "$.version: \"1\""),
        (#"{"version":1,"authorizations":[]}"#, "$.complete: nothing"),
        (#"{"version":1,"complete":"yes","authorizations":[]}"#, "$.complete: \"yes\""),
        (#"{"version":1,"complete":true}"#, "$.authorizations: nothing"),
        (#"{"version":1,"complete":true,"authorizations":{}}"#, "$.authorizations: an object"),
        (
            #"{"version":1,"complete":true,"authorizations":[],"next\u001b":1}"#,
            #"$.next\027: a key that the contract does not have"#
        ),
        (
            #"{"version":1,"complete":true,"authorizations":[{"id":"a","id":"b"}]}"#,
            "$: not the JSON we accept: a key that is there twice at byte 57, in $.authorizations[0].id"
        ),
        (
            #"{"version":1,"complete":true,"authorizations":[],"findings":[{"severity":"bad","saw":"x"}]}"#,
            "$.findings[0].severity: \"bad\""
        ),
    ])
    func aDocumentThatIsNoneConcludesNothing(text: String, saw: String) async throws {
        let reading = await (try ListSample.provider(ScriptedPrograms([.ended(.exited(0), text)]))).read()
        #expect(!reading.isComplete && reading.authorizations.isEmpty)
        #expect(reading.findings.map(\.saw) == [saw])
        #expect(reading.findings.allSatisfy { $0.severity == .error })
    }

    @Test func faultsAreToldByTheDozenNotByTheMillion() async throws {
        let strangers = JSONValue.array([JSONValue](repeating: 0, count: 3_000))
        let reading = try await ListSample.reading(["version": 1, "complete": true, "authorizations": strangers])
        #expect(reading.findings.count == 11)
        #expect(reading.findings.last?.saw == "2990 more faults of this kind")
        let challenges = JSONValue.array([JSONValue](repeating: ["alternatives": [1, 2, 3]], count: 400))
        let one = try await ListSample.reading(ListSample.list(ListSample.entry.with("challenges", challenges)))
        #expect(one.authorizations.first?.findings.count == 11)
    }

    @Test func limitsAreLimits() async throws {
        let names = JSONValue.array((0..<501).map { .string("a\($0).example.com") })
        let reading = try await ListSample.reading(ListSample.list(ListSample.entry.with("identifiers", names)))
        #expect(reading.authorizations.first?.findings.first?.saw == "$.authorizations[0].identifiers: 501 items")
        let many = JSONValue.array([JSONValue](repeating: ["id": "x"], count: 5_001))
        let list = try await ListSample.reading(["version": 1, "complete": true, "authorizations": many])
        #expect(list.findings.map(\.saw) == ["$.authorizations: 5001 items"] && list.authorizations.isEmpty)
    }
}

/// One entry with a fault, and what is said of it.
struct EntryFault: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let entry: JSONValue
    let saw: [String]
    /// Whether the fault stands elsewhere than in the record.
    var keepsRecord = true

    private static func key(_ key: String, _ value: JSONValue?, _ saw: String...) -> EntryFault {
        EntryFault(
            testDescription: "\(key) \(value.map { String(decoding: $0.serialized(), as: UTF8.self) } ?? "left out")",
            entry: ListSample.entry.with(key, value),
            saw: saw.map { "$.authorizations[0]." + $0 }
        )
    }

    private static func record(_ changes: [(String, JSONValue?)], _ saw: String) -> EntryFault {
        let record = changes.reduce(ListSample.record) { $0.with($1.0, $1.1) }
        let challenges: JSONValue = [["identifier": "shop.example.com", "alternatives": [record]]]
        return EntryFault(
            testDescription: "a record with \(saw)",
            entry: ListSample.entry.with("challenges", challenges),
            saw: ["$.authorizations[0].challenges[0].alternatives[0]." + saw],
            keepsRecord: false
        )
    }

    private static func name(_ name: String) -> EntryFault { record([("name", .string(name))], "name: \"\(name)\"") }

    static let all: [EntryFault] =
        [
            key("statuss", "pending", "statuss: a key that the contract does not have"),
            key("status", nil, "status: nothing"), key("status", "PENDING", "status: \"PENDING\""),
            key("status", "unknown", "status: \"unknown\""), key("status", 1, "status: 1"),
            key("provider_status", ["x"], "provider_status: an array"),
            key("method", "dns", "method: \"dns\""),
            key("scope", "a/b", "scope: \"a/b\": an octet that is not allowed there"),
            key("capabilities", ["retry": true], "capabilities.retry: a key that the contract does not have"),
            key("capabilities", ["trigger": "yes"], "capabilities.trigger: \"yes\""),
            key("capabilities", ["change": "txt"], "capabilities.change: \"txt\""),
            key("capabilities", ["change": ["dns"]], "capabilities.change[0]: \"dns\""),
            key("needs_manual_review", 1, "needs_manual_review: 1"),
            key("issuer", "not a name", "issuer: \"not a name\": an octet that is not allowed there"),
            key("expires_at_s", "2026-01-01", "expires_at_s: \"2026-01-01\""),
            key("expires_at_s", -1, "expires_at_s: -1"),
            key("expires_at_s", 9_223_372_036_854_775_807, "expires_at_s: 9223372036854775807"),
            key("proof", ["from_s": 1], "proof.until_s: nothing"),
            key("findings", [["severity": "error"]], "findings[0].saw: nothing"),
            key("challenges", ["x": 1], "challenges: an object"),
            key("challenges", [[:]], "challenges[0].alternatives: nothing"),
            key("challenges", [["alternatives": []]], "challenges[0].alternatives: none"),
            key(
                "challenges",
                [["identifier": "www.example.com", "alternatives": [ListSample.record]]],
                "challenges[0].identifier: \"www.example.com\""
            ),
        ] + [
            record([("kind", "mx")], "kind: \"mx\""), record([("kind", nil)], "kind: nothing"),
            record([("purpose", nil)], "purpose: nothing"), record([("purpose", "one-time")], "purpose: \"one-time\""),
            record([("ttl", 60)], "ttl: a key that the contract does not have"),
            record([("path", "/x")], "path: \"/x\""), record([("value", "")], "value: \"\""),
            record([("value", "v=spf1 -all")], "value: \"v=spf1 -all\""),
            record([("value", "a\"; rm")], "value: \"a\"; rm\": an octet that is not allowed there"),
            record([("value", "====")], "value: \"====\""),
            name("_acme-challenge.example.net"), name("_acme-challenge.www.example.com"), name("_x.com"),
            name("_acme-challenge.evilshop.example.com"), name("x.shop.example.com"), name("example.com"),
            name("_a._b.shop.example.com"), name("_x.b.shop.example.com"),
            record(
                [("kind", "cname"), ("name", "shop.example.com"), ("value", "elsewhere.example.net")],
                "name: \"shop.example.com\""
            ),
            record([("kind", "cname"), ("value", "localhost")], "value: \"localhost\""),
            record(
                [("kind", "cname"), ("value", "_acme-challenge.shop.example.com")],
                "value: \"_acme-challenge.shop.example.com\""
            ),
            record([("kind", "http"), ("name", "shop.example.com")], "path: nothing"),
            record(
                [("kind", "http"), ("name", "www.example.com"), ("path", "/.well-known/pki-validation/a.txt")],
                "name: \"www.example.com\""
            ),
            record(
                [("kind", "http"), ("name", "shop.example.com"), ("path", "/etc/passwd")],
                "path: \"/etc/passwd\": not one file directly below a folder for proofs, such as "
                    + "/.well-known/pki-validation/"
            ),
        ]
}

@Suite("Records of a program's list", .timeLimit(.minutes(1)))
struct ExecutableRecordTests {
    private func records(_ identifiers: JSONValue, _ record: JSONValue) async throws -> [String] {
        let entry = ListSample.entry.with("identifiers", identifiers).with("challenges", [["alternatives": [record]]])
        return try await ListSample.reading(ListSample.list(entry)).authorizations.flatMap(\.records).map(\.description)
    }

    private func record(_ kind: String, _ name: String, _ value: String, path: String? = nil) -> JSONValue {
        let record: JSONValue = [
            "kind": .string(kind), "name": .string(name), "value": .string(value), "purpose": "standing",
        ]
        return record.with("path", path.map { .string($0) })
    }

    @Test func whatBelongsToAnIdentifierIsTaken() async throws {
        let shop: JSONValue = ["www.example.com", "*.shop.example.com"]
        let taken: [(JSONValue, String)] = [
            (record("txt", "_x.WWW.example.com.", "a_b-c~d.e+f/g=="), "_x.www.example.com TXT \"a_b-c~d.e+f/g==\""),
            (record("txt", "_dnsauth.example.com", "t"), "_dnsauth.example.com TXT \"t\""),
            (record("txt", "www.example.com", "t"), "www.example.com TXT \"t\""),
            (record("txt", "shop.example.com", "t"), "shop.example.com TXT \"t\""),
            (record("cname", "_y.shop.example.com", "z.example.net"), "_y.shop.example.com CNAME z.example.net"),
            (
                record("cname", "0123456789abcdef0123456789abcdef.www.example.com", "z.example.net"),
                "0123456789abcdef0123456789abcdef.www.example.com CNAME z.example.net"
            ),
            (
                record("txt", "_validation-persist.www.example.com", "ca.example; accounturi=https://ca.example/1"),
                "_validation-persist.www.example.com TXT \"ca.example; accounturi=https://ca.example/1\""
            ),
            (
                record("http", "www.example.com", "body 1", path: "/.well-known/acme-challenge/a"),
                "http://www.example.com/.well-known/acme-challenge/a \"body 1\""
            ),
        ]
        for (record, shown) in taken { #expect(try await records(shop, record) == [shown]) }
    }

    @Test func whatBelongsToNoneIsNot() async throws {
        let wildcard: JSONValue = ["*.shop.example.com"]
        let refused = [
            record("http", "shop.example.com", "b", path: "/.well-known/acme-challenge/a"),
            record("txt", "_x.com", "t"), record("txt", "_com", "t"), record("txt", ".", "t"),
            record("txt", "example.com", "t"), record("cname", "0123456789abcdef0123456789abcdef.example.com", "a.b"),
            record("cname", "0123456789abcdef0123456789abcdeg.shop.example.com", "a.b"),
            record("txt", "0123456789abcdef0123456789abcdef.shop.example.com", "t"),
            record("txt", "_x.shop.example.com", "ca.example; accounturi=https://ca.example/1"),
        ]
        for record in refused { #expect(try await records(wildcard, record) == [], "\(record)") }
        #expect(try await records([], ListSample.record) == [], "nothing is bound where no identifier is")
    }
}

/// The examples that people read.
enum ExecutableExamples {
    /// The JSON block of hooks/providers/README.md.
    static func documented() throws -> JSONValue {
        let bytes = try Files.read(ProgramFolder.clone + "/hooks/providers/README.md", limitBytes: 1 << 20)
        let text = String(decoding: bytes, as: UTF8.self)
        let block = try #require(text.split(separator: "```json\n").dropFirst().first?.split(separator: "```\n").first)
        return try StrictJSON.parse(Array(block.utf8), limitBytes: 1 << 16)
    }
}
