// What a hook did, read from two looks at the RRset: a table of before and after.

import DCV
import Testing

@Suite("Hook verdict", .timeLimit(.minutes(1)))
struct HookVerdictTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let story: String
        let effect: HookVerdict.Effect
        /// Values at each address; nil where the address did not answer.
        let before: [[String]?]
        let after: [[String]?]
        var settled: [Int] = []
        var unsettled: [Int] = []
        var lost: [String] = []
        var added: [String] = []
        var testDescription: String { story }
    }

    static let rows: [Row] = [
        Row(story: "adds its value", effect: .publish, before: [[]], after: [["v"]], settled: [0]),
        Row(story: "adds beside others", effect: .publish, before: [["a"]], after: [["a", "v"]], settled: [0]),
        Row(story: "value was there already", effect: .publish, before: [["v"]], after: [["v"]], settled: [0]),
        Row(story: "did nothing", effect: .publish, before: [["a"]], after: [["a"]], unsettled: [0]),
        Row(
            story: "secondary lags",
            effect: .publish,
            before: [["a"], ["a"]],
            after: [["a", "v"], ["a"]],
            settled: [0],
            unsettled: [1]
        ),
        Row(story: "replaces", effect: .publish, before: [["a"]], after: [["v"]], settled: [0], lost: ["a"]),
        Row(
            story: "wipes all",
            effect: .publish,
            before: [["a", "b"]],
            after: [[]],
            unsettled: [0],
            lost: ["a", "b"]
        ),
        Row(story: "adds another", effect: .publish, before: [[]], after: [["v", "x"]], settled: [0], added: ["x"]),
        Row(
            story: "adds only another",
            effect: .publish,
            before: [[]],
            after: [["x"]],
            unsettled: [0],
            added: ["x"]
        ),
        Row(story: "withdraws", effect: .withdraw, before: [["a", "v"]], after: [["a"]], settled: [0]),
        Row(story: "withdraws the last", effect: .withdraw, before: [["v"]], after: [[]], settled: [0]),
        Row(
            story: "withdraws by name",
            effect: .withdraw,
            before: [["a", "v"]],
            after: [[]],
            settled: [0],
            lost: ["a"]
        ),
        Row(
            story: "withdraws another",
            effect: .withdraw,
            before: [["a", "v"]],
            after: [["v"]],
            unsettled: [0],
            lost: ["a"]
        ),
        Row(
            story: "harm is seen at one address before the others",
            effect: .publish,
            before: [["a"], ["a"]],
            after: [["v"], ["a"]],
            settled: [0],
            unsettled: [1],
            lost: ["a"]
        ),
        Row(
            story: "a secondary catches up with an older change of others",
            effect: .publish,
            before: [["new"], ["old"]],
            after: [["new", "v"], ["new", "v"]],
            settled: [0, 1]
        ),
        Row(
            story: "takes away a value of others that had reached one server only",
            effect: .publish,
            before: [["a"], []],
            after: [["v"], []],
            settled: [0],
            unsettled: [1],
            lost: ["a"]
        ),
        Row(
            story: "a secondary drops what was gone at the primary, and lags behind still",
            effect: .publish,
            before: [[], ["old"]],
            after: [["v"], []],
            settled: [0],
            unsettled: [1]
        ),
        Row(
            story: "an address silent before is compared with nothing",
            effect: .publish,
            before: [[], nil],
            after: [["v"], ["a", "v"]],
            settled: [0, 1]
        ),
        Row(
            story: "an address silent after",
            effect: .publish,
            before: [["a"], ["a"]],
            after: [["a", "v"], nil],
            settled: [0]
        ),
        Row(story: "nobody answers", effect: .publish, before: [nil], after: [nil]),
    ]

    private func view(_ values: [[String]?]) throws -> RRsetView {
        var seen: [IPAddressText: [OctetText]] = [:]
        for (index, values) in values.enumerated() {
            seen[IPAddressText(.v4(UInt32(index)))] = values?.map { OctetText($0.utf8) }
        }
        return RRsetView(name: try name("_a.example.com"), kind: .txt, values: seen)
    }

    /// Whichever server the wildcard was seen at, and whenever: it is nobody's value, also where a secondary lags behind.
    @Test(arguments: [true, false])
    func aWildcardIsNobodysValue(wasSeenBefore: Bool) throws {
        let wildcard = [OctetText("lb.example.net".utf8)]
        func seen(_ values: [[String]], _ isTold: Bool) throws -> RRsetView {
            let view = try view(values)
            return RRsetView(name: view.name, kind: .txt, values: view.values, wildcard: isTold ? wildcard : [])
        }
        let record = try txt("_a.example.com", "v")
        let (star, own) = (["lb.example.net"], ["v"])
        let published = HookVerdict.judge(
            .publish,
            record: record,
            before: try seen([star, star], wasSeenBefore),
            after: try seen([own, star], !wasSeenBefore)
        )
        #expect(!published.touchedOthers && published.settled.count == 1)
        let withdrawn = HookVerdict.judge(
            .withdraw,
            record: record,
            before: try seen([own, own], wasSeenBefore),
            after: try seen([star, own], !wasSeenBefore)
        )
        #expect(!withdrawn.touchedOthers && withdrawn.settled.count == 1)
        let beside = ["lb.example.net", "a"]
        let before = try seen([beside, beside], wasSeenBefore)
        let other = HookVerdict.judge(.publish, record: record, before: before, after: try seen([own, beside], false))
        #expect(other.lost.map(\.description) == (wasSeenBefore ? ["a"] : ["a", "lb.example.net"]))
    }

    @Test(arguments: rows)
    func judged(row: Row) throws {
        let verdict = HookVerdict.judge(
            row.effect,
            record: RequiredRecord(.txt(name: try name("_a.example.com"), value: try TXTValue("v"))),
            before: try view(row.before),
            after: try view(row.after)
        )
        #expect(verdict.settled == row.settled.map { .v4(UInt32($0)) })
        #expect(verdict.unsettled == row.unsettled.map { .v4(UInt32($0)) })
        #expect(verdict.lost.map(\.description) == row.lost)
        #expect(verdict.added.map(\.description) == row.added)
        #expect(verdict.touchedOthers == !(row.lost + row.added).isEmpty)
    }

    @Test("our own values that are seen late are nobody's fault; our own that vanish untold are")
    func ownChanges() throws {
        let record = RequiredRecord(.txt(name: try name("_a.example.com"), value: try TXTValue("v")))
        let own = HookVerdict.OwnChanges(
            appearing: [OctetText("first".utf8)],
            disappearing: [OctetText("gone".utf8)]
        )
        func verdict(_ before: [[String]?], _ after: [[String]?]) throws -> HookVerdict {
            HookVerdict.judge(.publish, record: record, before: try view(before), after: try view(after), own: own)
        }
        #expect(try !verdict([[]], [["first"]]).touchedOthers)
        #expect(try !verdict([["gone"]], [["v"]]).touchedOthers)
        #expect(try verdict([["first"]], [["v"]]).lost.map(\.description) == ["first"])
        #expect(try verdict([[]], [["gone", "v"]]).added.map(\.description) == ["gone"])
    }

    @Test("a token file replaces another by right, and a line end after the token is still the token")
    func tokenFile() throws {
        let record = RequiredRecord(
            .http(
                host: try name("example.com"),
                path: try HTTPTokenPath("/.well-known/pki-validation/fileauth.txt"),
                body: try HTTPTokenBody("token")
            )
        )
        let published = HookVerdict.judge(
            .publish,
            record: record,
            before: try view([["older"]]),
            after: try view([["token\n"]])
        )
        #expect(published.settled.count == 1 && !published.touchedOthers)
        let withdrawn = HookVerdict.judge(
            .withdraw,
            record: record,
            before: try view([["token"]]),
            after: try view([["<html>not here</html>"]])
        )
        #expect(withdrawn.settled.count == 1 && !withdrawn.touchedOthers)
    }
}
