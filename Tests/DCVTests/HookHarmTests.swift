// What a person is told after a hook did harm, and what may be put back by itself.
import Testing

@testable import DCV

@Suite("Hook harm", .timeLimit(.minutes(1)))
struct HookHarmTests {
    private func view(_ values: [[String]], kind: RecordKind = .txt) throws -> RRsetView {
        var seen: [IPAddressText: [OctetText]] = [:]
        for (index, values) in values.enumerated() {
            seen[IPAddressText(.v4(UInt32(index)))] = values.map { OctetText($0.utf8) }
        }
        return RRsetView(name: try name("_a.example.com"), kind: kind, values: seen)
    }

    private func harm(_ before: [[String]], _ after: [[String]], _ effect: HookVerdict.Effect = .withdraw) throws
        -> HookHarm?
    {
        let (before, after) = (try view(before), try view(after))
        let record = try txt("_a.example.com", "v")
        let verdict = HookVerdict.judge(effect, record: record, before: before, after: after)
        return HookHarm(verdict, before: before, after: after)
    }

    private func culprit(_ publisher: String = "bind") throws -> Step.Publication {
        let record = try txt("_a.example.com", "v")
        let zone = try name("example.com")
        return .init(record: record, target: record.name, zone: zone, publisher: publisher, ttlSeconds: 60)
    }

    private func situation(
        restores: Bool = true,
        isAllowed: Bool = true,
        publishers: [String] = ["bind", "web", "spare"],
        quarantined: [String: String] = [:],
        entries: [JournalEntry] = []
    ) throws -> Situation {
        var policy = Policy.standard
        policy.publish.restores = restores
        policy.publish.isAllowed = isAllowed
        return Situation(
            at: testNow,
            zones: [
                .init(
                    apex: try name("example.com"),
                    publishers: publishers.map { .init(name: $0, kinds: $0 == "web" ? [.http] : [.txt, .cname]) },
                    policy: policy
                )
            ],
            authorizations: [],
            surveys: [],
            history: History(entries: entries, quarantined: quarantined)
        )
    }

    @Test func theWholeSetIsToldInLinesOfAZoneFile() throws {
        let long = String(repeating: "x", count: 300)
        let odd = "a\"b\\c\u{1}"
        let harm = try #require(try harm([["v", odd, long], ["v", odd, long]], [["new"], ["v", odd, long]]))
        let lines = harm.told.split(separator: "\n").map { String($0) }
        #expect(lines[0].hasPrefix("at _a.example.com it took away ") && lines[0].hasSuffix(" and added \"new\""))
        #expect(
            Array(lines.dropFirst()) == [
                "before the call:",
                #"_a.example.com. IN TXT "a\"b\\c\001""#,
                "_a.example.com. IN TXT \"v\"",
                "_a.example.com. IN TXT \"\(String(repeating: "x", count: 255))\" \"\(String(repeating: "x", count: 45))\"",
                "after it:",
                #"_a.example.com. IN TXT "a\"b\\c\001""#,
                "_a.example.com. IN TXT \"new\"",
                "_a.example.com. IN TXT \"v\"",
                "_a.example.com. IN TXT \"\(String(repeating: "x", count: 255))\" \"\(String(repeating: "x", count: 45))\"",
            ]
        )
        #expect(try #require(try self.harm([["v", "a"]], [[]])).told.hasSuffix("after it:\n; nothing"))
    }

    @Test func anHonestCallIsNoHarm() throws {
        #expect(try harm([["v", "a"]], [["a"]]) == nil)
        #expect(try harm([["a"]], [["a", "v"]], .publish) == nil)
    }

    @Test func onlyWhereThePolicySaysSo() throws {
        let harm = try #require(try harm([["v", "a"]], [[]]))
        #expect(
            RestoreRule.publications(harm, try culprit(), .withdraw, own: [], try situation(restores: false)).isEmpty
        )
        #expect(
            RestoreRule.publications(harm, try culprit(), .withdraw, own: [], try situation(isAllowed: false)).isEmpty
        )
        let restored = RestoreRule.publications(harm, try culprit(), .withdraw, own: [], try situation())
        #expect(restored.map(\.record) == [try txt("_a.example.com", "a", purpose: .standing)])
        #expect(restored.map(\.publisher) == ["spare"])
    }

    @Test func byTheCulpritOnlyAfterAWithdrawal() throws {
        let harm = try #require(try harm([["v", "a"]], [[]]))
        func hands(_ effect: HookVerdict.Effect, _ situation: Situation) throws -> [String] {
            RestoreRule.publications(harm, try culprit(), effect, own: [], situation).map(\.publisher)
        }
        #expect(try hands(.withdraw, situation(publishers: ["bind", "web"])) == ["bind"])
        #expect(try hands(.publish, situation(publishers: ["bind", "web"])) == [])
        #expect(try hands(.publish, situation(quarantined: ["spare": "why"])) == [])
        #expect(try hands(.publish, situation()) == ["spare"])
    }

    @Test func aCNAMEThatStoodInPlaceOfTheRecordComesBackAsOne() throws {
        let (good, bad) = (RRsetView.aliasText(try name("a.example.net")), RRsetView.aliasText("(loops)"))
        func lost(_ text: OctetText, isAlias: Bool) throws -> HookHarm {
            let address = IPAddressText(.v4(1))
            let target = try name("_a.example.com")
            let aliases: Set<OctetText> = isAlias ? [text] : []
            let before = RRsetView(name: target, kind: .txt, values: [address: [text]], otherType: aliases)
            let after = RRsetView(name: target, kind: .txt, values: [address: []])
            let record = try txt("_a.example.com", "v")
            let verdict = HookVerdict.judge(.withdraw, record: record, before: before, after: after)
            return try #require(HookHarm(verdict, before: before, after: after))
        }
        func restored(_ harm: HookHarm) throws -> [RequiredRecord] {
            RestoreRule.publications(harm, try culprit(), .withdraw, own: [], try situation()).map(\.record)
        }
        let alias = try lost(good, isAlias: true)
        #expect(alias.told.contains("\n_a.example.com. IN CNAME a.example.net.\n"))
        #expect(try restored(alias) == [try cname("_a.example.com", "a.example.net", purpose: .standing)])
        // Our own text has taken its place, and has to go first.
        #expect(RestoreRule.publications(alias, try culprit(), .publish, own: [], try situation()).isEmpty)
        let loop = try lost(bad, isAlias: true)
        #expect(loop.told.contains("\n; CNAME (loops)\n"))
        #expect(try restored(loop).isEmpty)
        // Somebody's TXT may have the same letters.
        let text = try lost(good, isAlias: false)
        #expect(text.told.contains("\n_a.example.com. IN TXT \"CNAME a.example.net\"\n"))
        #expect(try restored(text) == [try txt("_a.example.com", "CNAME a.example.net", purpose: .standing)])
    }

    @Test func textsThatStoodWhereACNAMECameAreHarm() throws {
        let (address, target) = (IPAddressText(.v4(1)), try name("_a.example.com"))
        // The text reads as the CNAME's target, and is not the CNAME.
        let record = try cname("_a.example.com", "x.example.net")
        let texts: Set<OctetText> = [OctetText("x.example.net".utf8), OctetText("other".utf8)]
        let before = RRsetView(name: target, kind: .cname, values: [address: Array(texts)], otherType: texts)
        let alone = RRsetView(name: target, kind: .cname, values: [address: [OctetText("x.example.net".utf8)]])
        let nothing = HookVerdict.judge(.publish, record: record, before: before, after: before)
        #expect(nothing.settled.isEmpty && !nothing.touchedOthers)
        let empty = RRsetView(name: target, kind: .cname, values: [address: []])
        let clean = HookVerdict.judge(.publish, record: record, before: empty, after: alone)
        #expect(!clean.settled.isEmpty && !clean.touchedOthers)
        let gone = RRsetView(name: target, kind: .cname, values: [address: []])
        let verdict = HookVerdict.judge(.publish, record: record, before: before, after: gone)
        let harm = try #require(HookHarm(verdict, before: before, after: gone))
        #expect(harm.told.contains("\n_a.example.com. IN TXT \"other\"\n_a.example.com. IN TXT \"x.example.net\"\n"))
        let restored = RestoreRule.publications(harm, try culprit(), .withdraw, own: [], try situation())
        #expect(
            restored.map(\.record) == [
                try txt("_a.example.com", "other", purpose: .standing),
                try txt("_a.example.com", "x.example.net", purpose: .standing),
            ]
        )
    }

    @Test func noHookIsAskedForACNAMEBesideTexts() throws {
        let record = try cname("_a.example.com", "x.example.net")
        let other = OctetText("other".utf8)
        func view(_ otherType: Set<OctetText>, wildcard: [OctetText] = []) throws -> RRsetView {
            let values = [IPAddressText(.v4(1)): Array(otherType)]
            let target = try name("_a.example.com")
            return RRsetView(name: target, kind: .cname, values: values, wildcard: wildcard, otherType: otherType)
        }
        let finding = try #require(HookLimits.collision(.publish, record, try view([other])))
        #expect(finding.code == HookLimits.besideCNAMECode && finding.saw.contains("TXT \"other\" at _a.example.com"))
        #expect(HookLimits.collision(.withdraw, record, try view([other])) == nil)
        #expect(HookLimits.collision(.publish, record, try view([other], wildcard: [other])) == nil)
        #expect(HookLimits.collision(.publish, record, try view([])) == nil)
        #expect(HookLimits.collision(.publish, try txt("_a.example.com", "v"), try view([other])) == nil)
    }

    @Test func whatIsLostIsToldHoweverMuchStands() throws {
        let many = (0..<40).map { "a\($0)" }
        let harm = try #require(try harm([many + ["v", "zz-lost"]], [many]))
        #expect(harm.told.contains("before the call:\n_a.example.com. IN TXT \"zz-lost\"\n"))
        #expect(harm.told.contains("\n; and 10 more\nafter it:"))
    }

    @Test func notByOneThatHasDoneHarmInThisPass() throws {
        let harm = try #require(try harm([["v", "a"]], [[]]))
        let hands = RestoreRule.publications(
            harm,
            try culprit(),
            .withdraw,
            own: [],
            distrusted: ["bind", "spare"],
            try situation()
        )
        #expect(hands.map(\.publisher) == ["bind"])
    }

    @Test func whatWasPutBackOnceIsPutBackAgain() throws {
        let harm = try #require(try harm([["v", "a"]], [[]]))
        let back = try txt("_a.example.com", "a", purpose: .standing)
        let intent = Intent(
            id: "1",
            authorization: try AuthorizationKey("cf:a"),
            scope: "",
            effect: .publish(record: back, target: back.name, zone: try name("example.com"), publisher: "spare"),
            generation: [],
            at: testNow
        )
        let situation = try situation(entries: [JournalEntry(intent: intent, receipt: nil)])
        let own: Set<OctetText> = [OctetText("a".utf8)]
        let again = RestoreRule.publications(harm, try culprit(), .withdraw, own: own, situation)
        #expect(again.map(\.record) == [back])
        // Of its own one-time values none is.
        #expect(RestoreRule.publications(harm, try culprit(), .withdraw, own: own, try self.situation()).isEmpty)
    }

    @Test func whatIsUnsafeOrOursOrTooMuchIsLeftAlone() throws {
        let odd = try #require(try harm([["v", "$(id)", "good", "a\nb"]], [[]]))
        let restored = RestoreRule.publications(odd, try culprit(), .withdraw, own: [], try situation())
        #expect(restored.map(\.record.value) == ["good"])
        // This agent's own of this very pass: not in the journal yet.
        let own = RestoreRule.publications(
            odd,
            try culprit(),
            .withdraw,
            own: [OctetText("good".utf8)],
            try situation()
        )
        #expect(own.isEmpty)
        let many = try #require(try harm([(0..<17).map { "v\($0)" }], [[]]))
        #expect(RestoreRule.publications(many, try culprit(), .withdraw, own: [], try situation()).isEmpty)
        let record = try txt("_a.example.com", "good")
        let intent = Intent(
            id: "1",
            authorization: try AuthorizationKey("cf:a"),
            scope: "",
            effect: .publish(record: record, target: record.name, zone: try name("example.com"), publisher: "bind"),
            generation: [],
            at: testNow
        )
        let entries = [JournalEntry(intent: intent, receipt: nil)]
        #expect(
            RestoreRule.publications(odd, try culprit(), .withdraw, own: [], try situation(entries: entries)).isEmpty
        )
    }
}
