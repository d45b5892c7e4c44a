// Every recorded shape of an answer against the reading written beside it, through the whole provider.
import DCV
import Platform
import Providers
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct CloudflareMappingTests {
    @Test(arguments: try Fixtures.verificationNames())
    func shapesBecomeWhatStandsBesideThem(_ name: String) async throws {
        let fixture = try Fixtures.read("verification/" + name)
        let zone = try #require(fixture["zone"])
        let answer = try #require(fixture["response"])
        let http = ScriptedHTTP([.result([zone]), .reply(200, answer.serialized()), Sample.noPacks])
        let reading = try await Sample.provider(http).read()
        let lines = Fixtures.lines(reading)
        let expected = fixture["expect"]?.array?.compactMap { $0.string }
        #expect(lines == expected, "\(JSONValue.array(lines.map { .string($0) }).serializedText)")
        #expect(
            reading.authorizations.allSatisfy {
                $0.scope == Sample.zone && $0.issuers.count == 5 && $0.expiresAt == nil
            }
        )
    }

    @Test func moreRecordsThanACertificateHasAreRefused() async throws {
        let records = (0..<201).map {
            JSONValue.object(JSONObject([("txt_name", "_a.shop.example.com"), ("txt_value", .string("v\($0)"))]))
        }
        guard case .object(var entry) = Sample.entry() else { return }
        entry["verification_info"] = .array(records)
        let authorization = try await Sample.afterReading([], entry: .object(entry)).authorization
        #expect(authorization.challenges.isEmpty)
        #expect(authorization.findings.map { $0.code } == ["record-refused"])
    }

    /// Each entry has few enough of them.
    @Test func moreRecordsThanAPackHasInAllItsEntriesAreRefused() async throws {
        func entries(_ count: Int, records: Int, status: String) -> JSONValue {
            let entries = (0..<count).map { number -> JSONValue in
                let values = (0..<records).map { JSONValue.string("v\(number)-\($0)") }
                let items = values.map { JSONObject([("txt_name", "_a.shop.example.com"), ("txt_value", $0)]) }
                return [
                    "certificate_status": .string(status), "cert_pack_uuid": .string(Sample.pack),
                    "validation_method": "txt", "hostname": "shop.example.com",
                    "verification_info": .array(items.map { .object($0) }),
                ]
            }
            return .array(entries)
        }
        func read(_ count: Int, _ records: Int, _ status: String = "pending_validation") async throws -> Authorization {
            let list = ScriptedHTTP.Answer.result(entries(count, records: records, status: status))
            let http = ScriptedHTTP([.result(Sample.zones), list, Sample.noPacks])
            return try #require(try await Sample.provider(http).read().authorizations.first)
        }
        let most = try await read(4, 100)
        #expect(most.challenges.count == 400 && most.findings.map { $0.code } == ["several-entries"])
        for (count, records, told) in [(4, 101, "404 records in 4 entries"), (401, 0, "0 records in 401 entries")] {
            let refused = try await read(count, records)
            #expect(refused.challenges.isEmpty && refused.status == .pending)
            #expect(refused.findings.map { $0.code } == ["record-refused", "several-entries"])
            #expect(refused.findings.first?.severity == .error && refused.findings.first?.saw == told)
        }
        let active = try await read(4, 101, "active")
        #expect(active.findings.first?.severity == .notice && active.challenges.isEmpty)
        #expect(try await read(4, 101, "initializing").status == .pending)
        let many = try await read(12, 1)
        #expect(many.findings.first?.saw.contains("and 2 more") == true)
    }

    @Test func moreEntriesThanAZoneHasAreNotUnderstood() async throws {
        let entry = Sample.entry()
        let http = ScriptedHTTP([.result(Sample.zones), .result(.array([JSONValue](repeating: entry, count: 10_001)))])
        let reading = try await Sample.provider(http).read()
        #expect(!reading.isComplete)
        #expect(reading.authorizations.isEmpty)
        #expect(reading.findings.map { $0.code } == ["provider-answer-not-understood"])
    }

    @Test func oneHandleInTwoZonesIsUsedOnce() async throws {
        let http = ScriptedHTTP([
            .result(Sample.zones), .result([Sample.entry()]), Sample.noPacks,
            .result([Sample.zoneEntry(Sample.otherZone, "example.net")]), .result([Sample.entry(host: "example.net")]),
            Sample.noPacks,
        ])
        let reading = try await Sample.provider(http, ["zones": .list(["example.com", "example.net"])]).read()
        #expect(reading.authorizations.map { $0.scope } == [Sample.zone])
        #expect(reading.findings.map { $0.code } == ["provider-answer-not-understood"])
        #expect(!reading.isComplete)
    }
}

extension JSONValue {
    var serializedText: String { String(decoding: serialized(), as: UTF8.self) }
}
