// What people read: times, spans, summaries, exit codes - and that nothing of a stranger's reaches a terminal raw.
import DCV
import Testing

@testable import Agent

@Suite("Report", .timeLimit(.minutes(1)))
struct ReportTests {
    @Test(
        "UTC text",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_795_252_507_999, "2026-11-21T09:15:07Z"),
            (-1000, "1969-12-31T23:59:59Z"), (4_102_444_799_000, "2099-12-31T23:59:59Z"),
        ] as [(Int64, String)]
    )
    func utc(milliseconds: Int64, text: String) {
        #expect(TimeText.utc(Instant(millisecondsSinceEpoch: milliseconds)) == text)
    }

    @Test("UTC text of absurd instants does not trap")
    func absurd() {
        _ = TimeText.utc(Instant(millisecondsSinceEpoch: .max))
        _ = TimeText.utc(Instant(millisecondsSinceEpoch: .min))
        _ = TimeText.span(milliseconds: .max)
        _ = TimeText.span(milliseconds: .min)
        for below: Int64 in 0...1000 { _ = TimeText.span(milliseconds: .max - below) }
    }

    @Test(
        "spans",
        arguments: [
            (0, "0 s"), (1, "1 s"), (45_000, "45 s"), (60_000, "1 min"), (200_000, "3 min 20 s"),
            (7_500_000, "2 h 5 min"),
            (86_400_000, "1 d"), (90_000_000, "1 d 1 h"), (-5, "0 s"),
        ] as [(Int64, String)]
    )
    func span(milliseconds: Int64, text: String) { #expect(TimeText.span(milliseconds: milliseconds) == text) }

    private func report(_ ending: RunReport.Ending, _ steps: [Step]) -> RunReport {
        let situation = Situation(
            at: Instant(millisecondsSinceEpoch: 0),
            zones: [],
            authorizations: [],
            surveys: [],
            history: .empty
        )
        return RunReport(ending: ending, situation: situation, plan: Plan(steps: steps), performed: [])
    }

    @Test("a quiet run says nothing where only news are told, one line to everybody else, and ends with 0")
    func quiet() {
        let quiet = report(.quiet, [])
        let now = Instant(millisecondsSinceEpoch: 0)
        #expect(RunText.summary(quiet, at: now, isNewsOnly: true).isEmpty)
        #expect(RunText.summary(quiet, at: now) == ["=> nothing is left to do"])
        #expect(quiet.exitCode == .done)
    }

    @Test("exit codes: a person before a wait, a wait before nothing")
    func exitCodes() throws {
        let wait = Step(nil, .wait(until: Instant(millisecondsSinceEpoch: 5000), for: .propagation), because: "it lags")
        func finding(_ severity: Finding.Severity) -> Step {
            Step(nil, .report(Finding("code", severity, subject: "x", saw: "a", advice: "b")), because: "a")
        }
        #expect(report(.waiting, [wait]).exitCode == .pending)
        #expect(report(.waiting, [wait, finding(.error)]).exitCode == .person)
        #expect(report(.waiting, [finding(.waiting)]).exitCode == .pending)
        #expect(report(.quiet, [finding(.notice)]).exitCode == .done)
        #expect(report(.locked, []).exitCode == .temporary)
        #expect(report(.stopped, [finding(.error)]).exitCode == .temporary)
        #expect(report(.nothingSelected, []).exitCode == .pending)
    }

    @Test("a finding says what was seen, wanted, and what to do")
    func finding() {
        let finding = Finding(
            "cname-in-the-way",
            .error,
            subject: "x TXT \"v\"",
            saw: "x CNAME y",
            wanted: "a TXT record at x",
            advice: "remove the CNAME",
            reproduce: "dig CNAME x",
            rule: "policies/default.yaml#publish.delegations"
        )
        #expect(
            PlanText.lines(finding) == [
                "error    cname-in-the-way: x TXT \"v\"",
                "         saw      x CNAME y",
                "         wanted   a TXT record at x",
                "         do       remove the CNAME",
                "         see      dig CNAME x",
                "         rule     policies/default.yaml#publish.delegations",
            ]
        )
    }

    @Test("what a server shows reaches the screen escaped")
    func escaped() throws {
        let server = VantagePoint.authoritative(server: try DomainName("ns1.example"), address: .v4(0xC000_0201))
        let hostile = OctetText([0x1B, 0x5B, 0x32, 0x4A, 0x0A, 0xFF])
        let survey = Survey(
            record: RequiredRecord(.txt(name: try DomainName("_a.example.com"), value: try TXTValue("v"))),
            at: Instant(millisecondsSinceEpoch: 0),
            zone: nil,
            observations: [Observation(server, .wrong(saw: [hostile], ttlSeconds: 60))]
        )
        let text = SurveyText.lines(survey).joined()
        #expect(text.utf8.allSatisfy { $0 >= 0x20 && $0 <= 0x7E })
        #expect(text.contains(#"\027[2J\010\255"#))
    }

    @Test(
        "no control character passes the gate to the terminal",
        arguments: Array(0...0x1F) + Array(0x7F...0x9F) + [0x200E, 0x200F] + Array(0x202A...0x202E)
            + Array(0x2066...0x2069) as [UInt32]
    )
    func gate(value: UInt32) throws {
        let control = Character(try #require(Unicode.Scalar(value)))
        let line = TerminalText.escaped("saw \(control)[2J é")
        #expect(!line.unicodeScalars.contains { $0.value == value })
        #expect(line.contains("\\u") && line.contains("[2J é"))
        let document = TerminalText.escaped(json: "{\n\"a\": \"\(control)\"\n}")
        #expect(value == 0x0A || !document.unicodeScalars.contains { $0.value == value })
        #expect(document.hasPrefix("{\n"))
    }

    @Test("the verdict in words and as a code agree, and the time ahead is told")
    func verdicts() throws {
        let record = RequiredRecord(.txt(name: try DomainName("_a.example.com"), value: try TXTValue("v")))
        let server = VantagePoint.authoritative(server: try DomainName("ns1.example"), address: .v4(0xC000_0201))
        func look(
            _ sighting: Sighting?,
            _ problems: [Survey.Problem] = [],
            security: SecurityStatus? = nil
        ) -> (CheckDocument, [String]) {
            let survey = Survey(
                record: record,
                at: Instant(millisecondsSinceEpoch: 1_000_000),
                zone: nil,
                observations: sighting.map { [Observation(server, $0)] } ?? [],
                problems: problems,
                security: security
            )
            let propagation = Propagation.judge(survey, Policy.standard.propagation)
            return (
                CheckDocument(survey, propagation, ttlSeconds: 300),
                SurveyText.lines(survey, propagation, ttlSeconds: 300)
            )
        }
        let ready = look(.present(others: []))
        #expect(ready.0.verdict == .ready && ready.0.verdict.exitCode == .done && ready.0.forecast == nil)
        #expect(ready.1.last == "ready: a CA that looks now will see it")
        let missing = look(.absent(negativeTTLSeconds: 300))
        #expect(missing.0.verdict == .notReady && missing.0.verdict.exitCode == .pending)
        #expect(missing.0.add?.ttlSeconds == 300 && missing.1.contains { $0.contains(" 300 IN TXT ") })
        #expect(missing.0.forecast?.cachesClearAt == Instant(millisecondsSinceEpoch: 1_300_000))
        #expect(
            missing.1.last
                == "a resolver that has asked already may keep the old answer until 1970-01-01T00:21:40Z (in 5 min)"
        )
        let silent = look(.unreachable(reason: "no answer"))
        #expect(silent.0.verdict == .cannotTell && silent.0.verdict.exitCode == .pending && silent.0.forecast == nil)
        let gone = look(nil, [.init(.noSuchDomain, "it does not exist")])
        #expect(gone.0.verdict == .never && gone.0.verdict.exitCode == .person)
        #expect(gone.1.last == "never like this: it does not exist")
        let forged = look(.hostile(reason: "two answers"))
        #expect(forged.0.verdict == .never && forged.0.findings.map(\.code) == ["hostile-answer"])
        #expect(ready.0.security == nil && !ready.1.contains { $0.contains("dnssec") })
        for (security, line) in [
            (SecurityStatus.secure, "  dnssec secure"), (.bogus(reason: "no RRSIG"), "  dnssec bogus"),
            (.insecure(reason: "a.test has no DS"), "  dnssec not signed: a.test has no DS"),
        ] {
            let told = look(.present(others: []), security: security)
            #expect(told.0.security == security)
            #expect(told.1.contains(line), "\(told.1)")
        }
    }

    /// A program that reads the summary alone must not trigger against CAA.
    @Test func theSummaryOfACheckHeedsCAA() throws {
        let record = try CheckRequest.record(name: "_acme-challenge.example.com", type: "TXT", value: "v")
        let server = VantagePoint.authoritative(server: try DomainName("ns1.example"), address: .v4(0xC000_0201))
        let now = Instant(millisecondsSinceEpoch: 1_000_000)
        let name = try DomainName("example.com")
        let request = CAARequest(
            Identifier(name),
            issuers: [CertificateAuthorities.named(try DomainName("letsencrypt.org"))]
        )
        func look(_ sighting: Sighting, _ rung: CAAClimb.Rung) -> CheckDocument {
            let survey = Survey(record: record, at: now, zone: nil, observations: [Observation(server, sighting)])
            let caa = CheckedCAA(CAAClimb(name, at: now, rungs: [rung]), for: request)
            return CheckDocument(survey, Propagation.judge(survey, Policy.standard.propagation), ttlSeconds: 60, caa)
        }
        let nobody = CAAClimb.Rung(name, .records([CAARecord(0, "issue", ";")]))
        let shown = Sighting.present(others: [])
        let allowed = look(shown, CAAClimb.Rung(name, .records([CAARecord(0, "issue", "letsencrypt.org")])))
        #expect(allowed.verdict == .ready && allowed.summary == "ready: a CA that looks now will see it")
        let forbidden = look(shown, nobody)
        #expect(forbidden.verdict == .never)
        #expect(forbidden.summary == "never like this: a CA that looks now will see it; CAA forbids it to issue")
        let unseen = look(shown, CAAClimb.Rung(name, .failed(reason: "SERVFAIL")))
        #expect(unseen.verdict == .cannotTell && unseen.summary.hasPrefix("cannot tell: "))
        let disputed = look(shown, nobody.with(others: [CAAClimb.Rung(name, .none)]))
        #expect(disputed.verdict == .notReady && disputed.summary.hasPrefix("not ready: "))
        let absent = look(.absent(negativeTTLSeconds: 300), nobody)
        #expect(absent.verdict == .never && absent.summary.hasPrefix("not ready: it is shown nowhere yet; CAA forbids"))
    }

    @Test("the words of check become a record, or a reason")
    func checkRequest() throws {
        let txt = try CheckRequest.record(name: "_Acme-Challenge.Example.COM.", type: "txt", value: "-abc")
        #expect(txt.description == "_acme-challenge.example.com TXT \"-abc\"")
        let http = try CheckRequest.record(
            name: "http://example.com/.well-known/pki-validation/fileauth.txt",
            type: "HTTP",
            value: "token"
        )
        #expect(http.kind == .http && http.name.text == "example.com")
        for (name, type, value) in [
            ("example.com", "MX", "a"), ("https://example.com/.well-known/pki-validation/a", "HTTP", "b"),
            ("http://example.com", "HTTP", "b"), ("http://127.0.0.1/.well-known/pki-validation/a", "HTTP", "b"),
            ("http://a@example.com/.well-known/pki-validation/a", "HTTP", "b"), ("a..b", "TXT", "v"),
            ("a.b", "TXT", "$(x)"),
        ] {
            #expect(throws: CheckRequest.Refusal.self) { try CheckRequest.record(name: name, type: type, value: value) }
        }
    }

    @Test("the journal in words")
    func status() throws {
        let now = Instant(millisecondsSinceEpoch: 1_000_000)
        let record = RequiredRecord(.txt(name: try DomainName("_a.example.com"), value: try TXTValue("v")))
        let zone = try DomainName("example.com")
        let intent = Intent(
            id: "1",
            authorization: try AuthorizationKey("cf:a"),
            scope: "z",
            effect: .publish(record: record, target: record.name, zone: zone, publisher: "bind"),
            generation: [],
            at: Instant(millisecondsSinceEpoch: 940_000)
        )
        let open = History(entries: [JournalEntry(intent: intent, receipt: nil)], quarantined: ["web": "it lies"])
        #expect(
            StatusText.lines(open, at: now) == [
                "perhaps published 1 min ago through bind for cf:a: _a.example.com TXT \"v\"",
                "begun 1 min ago, without a receipt: publish for cf:a",
                "quarantined publisher web: it lies",
            ]
        )
        func trigger(_ id: String, _ outcome: Receipt.Outcome, restSeconds: Int64?) throws -> JournalEntry {
            let intent = Intent(
                id: id,
                authorization: try AuthorizationKey("cf:a"),
                title: "a.example.com at cf",
                scope: "z",
                effect: .trigger(style: .patch),
                generation: [],
                at: Instant(millisecondsSinceEpoch: 940_000)
            )
            let notBefore = restSeconds.map { now.adding(seconds: $0) }
            let receipt = Receipt(intent: id, outcome: outcome, code: "x", reason: nil, at: now, notBefore: notBefore)
            return JournalEntry(intent: intent, receipt: receipt)
        }
        let failed = try trigger("1", .failed, restSeconds: 60)
        let resting = StatusText.lines(History(entries: [failed], quarantined: [:]), at: now)
        #expect(resting.first == "left alone for 1 min: trigger for a.example.com at cf: x")
        let overtaken = History(entries: [failed, try trigger("2", .done, restSeconds: nil)], quarantined: [:])
        #expect(StatusText.lines(overtaken, at: now) == ["triggered 1 min ago: validation of a.example.com at cf"])
        #expect(StatusText.lines(.empty, at: now) == ["nothing is recorded"])
    }
}
