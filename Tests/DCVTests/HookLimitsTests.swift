// A hook that was seen to break a promise is not asked where the promise would matter, and is asked everywhere else.
import Testing

@testable import DCV

@Suite("Hook limits", .timeLimit(.minutes(1)))
struct HookLimitsTests {
    private func view(_ broken: [HookGuarantee]?, kinds: [RecordKind] = RecordKind.allCases) -> Situation.PublisherView
    {
        .init(name: "bind", kinds: kinds, broken: broken)
    }

    /// Every effect, kind, set of others and broken guarantee: refused exactly where another value of a TXT set is at stake.
    @Test func refusedExactlyWhereAnotherValueIsAtStake() throws {
        let place = try name("_acme-challenge.example.com")
        let records = [
            try txt(place.text, "own"), try cname(place.text, "x.example.net"), try file("example.com", "f", "own"),
        ]
        for record in records {
            for others: Set<OctetText> in [[], [OctetText("other".utf8)]] {
                for broken in HookGuarantee.allCases.map({ [$0] }) + [[], nil] {
                    for effect in [HookVerdict.Effect.publish, .withdraw] {
                        let finding = HookLimits.refusal(effect, record, at: place, by: view(broken), others: others)
                        let dangerous = effect == .publish ? HookGuarantee.keepsOthers : .withdrawsOne
                        let isAtStake =
                            record.kind == .txt && !others.isEmpty && (broken?.contains(dangerous) ?? false)
                        #expect((finding != nil) == isAtStake, "\(effect) \(record) \(others) \(broken ?? [])")
                        if let finding {
                            #expect(finding.severity == .error && finding.advice.contains("hook test bind"))
                            #expect(FindingCatalog.explanation(of: finding.code)?.severities == [.error])
                        }
                    }
                }
            }
        }
    }

    @Test func whatATestFoundCountsAsIfTheHookHadSaidIt() throws {
        let (usual, odd) = (try name("_acme-challenge.example.com"), try name("_dnsauth.example.com"))
        for broken in HookGuarantee.allCases {
            let view = view([broken])
            #expect(view.serves(.txt, at: usual))
            #expect(view.serves(.txt, at: odd) == (broken != .anyLabel))
            #expect(view.serves(.cname, at: usual) == (broken != .cname))
            #expect(view.serves(.http, at: usual) == (broken != .http))
        }
        #expect(view(nil).serves(.txt, at: odd))
        // Without kinds it has not spoken, whatever a test found.
        #expect(!Situation.PublisherView(name: "bind", kinds: nil, broken: []).serves(.txt, at: usual))
    }

    @Test func valuesOfOthersAreThoseThatStay() throws {
        let place = try name("_acme-challenge.example.com")
        let record = try txt(place.text, "own")
        let text = { (value: String) in OctetText(value.utf8) }
        let view = RRsetView(
            name: place,
            kind: .txt,
            values: [
                IPAddressText(.v4(1)): [text("own"), text("other")],
                IPAddressText(.v4(2)): [text("wild"), text("going")],
            ],
            wildcard: [text("wild")]
        )
        #expect(view.others(than: record, leaving: [text("going")]) == [text("other")])
    }

    @Test func aTestSaysNothingOfAnotherFile() throws {
        let test = HookTest(
            publisher: "bind",
            program: "/hook",
            digest: "aa",
            at: testNow,
            zone: nil,
            findings: [.init(.cname, .broken, "why"), .init(.publishes, .held), .init(.http, .notTried, "no http")]
        )
        #expect(HookStanding(nil, digest: "aa") == .untested)
        #expect(HookStanding(test, digest: "ab") == .changed(since: testNow))
        #expect(HookStanding(test, digest: nil) == .changed(since: testNow))
        #expect(HookStanding(test, digest: "aa") == .tested(test))
        #expect(HookStanding(test, digest: "aa").broken == [.cname])
        #expect(HookStanding(test, digest: "ab").broken == nil)
        for standing in [HookStanding.untested, .changed(since: testNow), .tested(test)] {
            #expect(try roundTrip(standing) == standing)
        }
    }

    @Test func aCallIsJudgedByWhatIsShownAndByWhatWasSaid() throws {
        let record = try txt("_acme-challenge.example.com", "own")
        let look = { (values: [String]) in
            RRsetView(
                name: record.name,
                kind: .txt,
                values: [IPAddressText(.v4(1)): values.map { OctetText($0.utf8) }]
            )
        }
        func fault(_ effect: HookVerdict.Effect, _ before: [String], _ after: [String], _ outcome: HookOutcome)
            -> String?
        {
            HookVerdict.judge(effect, record: record, before: look(before), after: look(after)).fault(effect, outcome)
        }
        #expect(fault(.publish, ["a"], ["a", "own"], .done) == nil)
        #expect(fault(.publish, ["a"], ["own"], .done) == "it took away \"a\"")
        #expect(fault(.publish, [], ["b"], .done) == "it added \"b\"; the value is not shown; it exited 0")
        #expect(fault(.publish, [], [], .done) == "the value is not shown; it exited 0")
        #expect(fault(.publish, [], [], .failed(reason: "no")) == "the value is not shown; it failed: no")
        #expect(
            fault(.publish, [], ["own"], .tryLater(reason: "no")) == "it had its effect, and it said \"try later\": no"
        )
        #expect(fault(.withdraw, ["a", "own"], ["a"], .done) == nil)
        #expect(fault(.withdraw, ["a", "own"], [], .done) == "it took away \"a\"")
        #expect(fault(.withdraw, ["own"], ["own"], .done) == "the value is still shown; it exited 0")
        let blind = RRsetView(name: record.name, kind: .txt, values: [:])
        #expect(HookVerdict.judge(.publish, record: record, before: blind, after: blind).isBlind)
    }
}
