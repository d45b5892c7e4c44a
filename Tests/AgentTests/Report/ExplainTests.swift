// An explanation on screens of several widths, its last sentence, and what typed words mean.
import DCV
import Foundation
import Testing

@testable import Agent

@Suite("Explain", .timeLimit(.minutes(1)))
struct ExplainTests {
    private static let now = Instant(millisecondsSinceEpoch: 1_795_251_600_000)

    private func record(_ value: String = "gfj9XqBLsbbV9Mko0YCpZ4Yt5g7zJkRg85nMxTqW3aE") throws -> RequiredRecord {
        RequiredRecord(
            .txt(name: try DomainName("_acme-challenge.shop.example.com"), value: try TXTValue(value))
        )
    }

    private func server(_ number: UInt32) throws -> VantagePoint {
        .authoritative(server: try DomainName("ns\(number).example.net"), address: .v4(0x0500_0200 + number))
    }

    private func zones() throws -> [ZoneView] {
        func server(_ number: UInt32, _ state: ZoneView.State, own: Bool?) throws -> ZoneView.Server {
            ZoneView.Server(
                name: try DomainName("ns\(number).example.net"),
                isDelegated: true,
                isOwn: own,
                addresses: [
                    ZoneView.Address(
                        .v4(0x0500_0200 + number),
                        state,
                        answersOverTCP: number == 1,
                        roundTripMilliseconds: 11
                    )
                ]
            )
        }
        return [
            ZoneView(apex: .root, security: .secure),
            ZoneView(apex: try DomainName("com"), security: .secure),
            ZoneView(
                apex: try DomainName("example.com"),
                servers: [
                    try server(1, .serves(serial: 9), own: true), try server(2, .serves(serial: 8), own: false),
                    try server(3, .unreachable(reason: "no answer before the deadline"), own: true),
                ],
                timers: ZoneView.Timers(
                    primary: try DomainName("ns1.example.net"),
                    serial: 9,
                    refreshSeconds: 3600,
                    retrySeconds: 900,
                    expireSeconds: .max,
                    negativeTTLSeconds: 300
                ),
                security: .insecure(reason: "com proves that there is no DS")
            ),
        ]
    }

    private func explanation(_ sightings: [Sighting], problems: [Survey.Problem] = []) throws -> Explanation {
        let record = try record()
        let survey = Survey(
            record: record,
            at: Self.now,
            zone: try DomainName("example.com"),
            observations: try sightings.enumerated().map { index, sighting in
                Observation(try server(UInt32(index + 1)), sighting, roundTripMilliseconds: 12)
            },
            problems: problems,
            zones: try zones()
        )
        let request = ExplainRequest(
            asked: record.name.text,
            names: [],
            wanted: [ExplainRequest.Wanted(record, under: .standard)]
        )
        return Explanation(request, at: Self.now, surveys: [survey], views: [])
    }

    @Test func aLongReasonIsToldByItsFindingAlone() throws {
        let list = (1...9).map { "192.0.2.\($0) gave no answer" }.joined(separator: "; ")
        let reason = "no server of the root gave an answer that counts to \"com NS\": \(list)"
        let explanation = try explanation([], problems: [Survey.Problem(.zoneCutUnknown, reason)])
        let lines = ExplainText.lines(explanation, columns: .max).map(\.whole)
        #expect(lines.count { $0.contains(reason) } == 1, "\(lines.joined(separator: "\n"))")
        #expect(lines.contains { $0.contains("saw: " + reason) })
        #expect(lines.contains { $0.contains("cannot tell: as told under zone-cut-unknown") })
        let survey = try #require(explanation.records.first)
        let checked = SurveyText.lines(survey.survey, survey.propagation, ttlSeconds: 60)
        // The verdict is read alone.
        #expect(checked.count { $0.contains(reason) } == 2, "\(checked.joined(separator: "\n"))")
    }

    @Test func theLastSentenceSaysWhatToDo() throws {
        let present = Sighting.present(others: []), absent = Sighting.absent(negativeTTLSeconds: 300)
        let ready = try explanation([present, present])
        #expect(ready.advice == "nothing: a CA that looks now will see the record" && ready.exitCode == .done)
        let missing = try explanation([absent, absent])
        #expect(missing.advice.hasPrefix("publish _acme-challenge.shop.example.com TXT"))
        #expect(missing.exitCode == .pending)
        let lagging = try explanation([present, absent])
        #expect(lagging.advice == "wait 1 h: then it is visible everywhere", "\(lagging.advice)")
        let bogus = try explanation([.bogus(reason: "signature expired"), present])
        #expect(bogus.advice.contains("(dnssec-bogus)") && bogus.exitCode == .person)
        let loop = try explanation([], problems: [Survey.Problem(.cnameLoop, "a -> b -> a")])
        #expect(loop.advice.contains("break the CNAME loop") && loop.exitCode == .person)
    }

    @Test(arguments: [40, 60, 80, 100])
    func everyLineFitsUnlessAWordDoesNot(columns: Int) throws {
        let lines = ExplainText.lines(
            try explanation([.present(others: []), .absent(negativeTTLSeconds: 300)]),
            columns: columns
        )
        for line in lines where line.whole.count > columns && !line.text.hasPrefix("see: ") {
            #expect(line.text.split(separator: " ").contains { $0.count + line.prefix.count > columns - 3 }, "\(line)")
        }
        #expect(lines.allSatisfy { $0.whole.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } }, "plain characters only")
    }

    @Test func theTreeNamesZonesServersAndWhatDiffers() throws {
        let explanation = try explanation([.present(others: []), .absent(negativeTTLSeconds: 300)])
        let text = ExplainText.lines(explanation, columns: 120).map(\.whole).joined(separator: "\n")
        for piece in [
            ". (the root)", "DNSSEC secure", "not signed: com proves that there is no DS",
            "serial 9, primary ns1.example.net, refresh 1 h", "5.0.2.2  serves serial 8, an older one (no TCP), 11 ms",
            "ns2.example.net (named by the parent alone)", "5.0.2.3  unreachable: no answer before the deadline",
            "ns1.example.net (5.0.2.1)  shown, 12 ms", "visible everywhere by", "=> ",
        ] {
            #expect(text.contains(piece), "\(piece) is not in\n\(text)")
        }
        let replay = ExplainText.lines(explanation, columns: 120, isReplay: true)
        #expect(replay.first?.whole == "seen at 2026-11-21T09:00:00Z; nothing was asked now")
        #expect(replay.dropFirst().map(\.whole).joined(separator: "\n") == text)
    }

    @Test func aRequestIsBounded() throws {
        let wanted = ExplainRequest.Wanted(try record(), under: .standard)
        let name = try DomainName("example.com")
        let request = ExplainRequest(
            asked: "x",
            names: Array(repeating: name, count: 500),
            wanted: Array(repeating: wanted, count: 500)
        )
        #expect(request.wanted.count == ExplainRequest.recordLimit && request.names.count == ExplainRequest.nameLimit)
        #expect(request.findings.map(\.code) == ["explained-in-part"])
        #expect(request.findings.first?.saw == "left out: 480 names, 400 records")
        #expect(ExplainRequest(asked: "x", names: [name], wanted: [wanted]).findings == [])
    }

    @Test func typedWordsAreOneThingOrARefusal() throws {
        #expect(try ExplainTarget("Example.COM.").name?.text == "example.com")
        #expect(try ExplainTarget("*.example.com").name?.text == "example.com")
        #expect(try ExplainTarget("*.example.com").isWildcard)
        #expect(try !ExplainTarget("example.com").isWildcard)
        #expect(try ExplainTarget("http://example.com/.well-known/acme-challenge/x").name?.text == "example.com")
        #expect(try ExplainTarget("cf:4449b368").name == nil)
        for wrong in ["", "a b", "-x", "http://", "http://example.com", "ftp://x/", "a:b:c", "\u{1B}[2J"] {
            #expect(throws: CheckRequest.Refusal.self, "\(wrong)") { try ExplainTarget(wrong) }
        }
    }

    @Test func aWildcardIsJudgedAsOneAndAFilesHostTellsItsZones() throws {
        func request(_ text: String, _ record: RequiredRecord? = nil) throws -> ExplainRequest {
            try Explainer.request(text, record: record, isLaboratory: false) { _, _ in .standard }
        }
        #expect(try request("*.example.com").issuance.map(\.identifier.isWildcard) == [true])
        #expect(try request("example.com").issuance.map(\.identifier.isWildcard) == [false])
        let url = "http://example.com/.well-known/acme-challenge/x"
        let file = try CheckRequest.record(name: url, type: "HTTP", value: "token")
        #expect(try request(url, file).names.map(\.text) == ["example.com"])
        #expect(try request("_acme-challenge.shop.example.com", try record()).names == [])
    }

    @Test(arguments: [
        ("short", ["short"]),
        (
            "         saw      of the name servers one",
            [
                "         saw      of the", "                  name", "                  servers",
                "                  one",
            ]
        ),
        ("waiting  lame-server: _acme.one.test", ["waiting  lame-server:", "         _acme.one.test"]),
        ("  - ns1.one.test (192.0.2.1)  absent", ["  - ns1.one.test", "    (192.0.2.1) absent"]),
        ("         see      dig +norecurse @192.0.2.1", ["         see      dig +norecurse @192.0.2.1"]),
        ("add      _acme.one.test. 60 IN TXT \"a\"", ["add      _acme.one.test. 60 IN TXT \"a\""]),
        ("withdraw _acme.one.test TXT \"a\"", ["withdraw _acme.one.test TXT", "         \"a\""]),
        ("not ready: it is shown nowhere yet", ["not ready: it is shown", "  nowhere yet"]),
    ])
    func aReportsLineGoesOnBelowItsText(line: String, broken: [String]) {
        #expect(WrappedText.hanging(line, columns: 27) == broken)
        #expect(WrappedText.hanging(line, columns: 200) == [line])
    }

    @Test func aMissingRecordIsSaidAsItIsEntered() throws {
        let missing = try explanation([.absent(negativeTTLSeconds: 300), .absent(negativeTTLSeconds: 300)])
        let text = ExplainText.lines(missing, columns: 60).map(\.whole).joined(separator: "\n")
        #expect(text.contains("add: _acme-challenge.shop.example.com. 60 IN TXT \"gfj9Xq"))
        #expect(text.contains("or in the console of example.com: name"))
        #expect(
            ExplainText.lines(missing, columns: 60).contains {
                $0.text == "gfj9XqBLsbbV9Mko0YCpZ4Yt5g7zJkRg85nMxTqW3aE"
            }
        )
        let add = try #require(ExplainDocument(missing, isReplay: false).records.first?.add)
        #expect(add.nameInZone == "_acme-challenge.shop")
    }

    /// Absent, unreachable and unknown are three things: no certificate is known of, because nobody could be asked.
    @Test func aProviderThatIsAwayIsNotOneThatListsNothing() throws {
        let name = try DomainName("shop.example.com")
        let finding = Finding(
            "provider-unreachable",
            .waiting,
            subject: "cf: GET /zones",
            saw: "x",
            advice: "look at it"
        )
        func explanation(unread: [String]) throws -> Explanation {
            let request = ExplainRequest(
                asked: name.text,
                names: [name],
                findings: unread.isEmpty ? [] : [finding],
                unread: try unread.map { try ProviderName($0) }
            )
            return Explanation(request, at: Self.now, surveys: [], views: [])
        }
        let away = try explanation(unread: ["cf"])
        #expect(
            away.advice
                == "cf could not be read in full, so what it wants to see is not known: look at it (provider-unreachable)"
        )
        let text = ExplainText.lines(away, columns: 100).map(\.whole)
        #expect(text.contains("`- cf could not be read in full: what else it lists is not known"), "\(text)")
        #expect(try explanation(unread: []).advice == "nothing: the zone answers everywhere")
        // What was saved before it was asked for who could not be read.
        let saved = try JSONEncoder().encode(away.request)
        var fields = try #require(JSONSerialization.jsonObject(with: saved) as? [String: Any])
        fields["unread"] = nil
        let old = try JSONDecoder().decode(
            ExplainRequest.self,
            from: try JSONSerialization.data(withJSONObject: fields)
        )
        #expect(old.unread == nil && old.findings == [finding])
    }

    @Test func aDocumentIsReadStrictly() throws {
        let folder = try JournalFolder()
        let path = folder.path + "/document.json"
        try DocumentFile.write(["a": 1], to: path)
        #expect(try DocumentFile.read([String: Int].self, from: path, limitBytes: 100) == ["a": 1])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(throws: (any Error).self) { try DocumentFile.read([String: Int].self, from: path, limitBytes: 5) }
        for wrong in ["{\"a\":1,\"a\":2}", "{\"a\":1} x", "[1]", ""] {
            try folder.write(wrong, to: "document.json")
            #expect(throws: (any Error).self, "\(wrong)") {
                try DocumentFile.read([String: Int].self, from: path, limitBytes: 100)
            }
        }
    }
}
