// Hints for misspelt words: the nearest known ones, the same every time, and none where nothing is near.
import DCV
import Testing

@Suite("Nearest words", .timeLimit(.minutes(1)))
struct NearestTests {
    private static let known = ["txt", "cname", "http", "email"]

    @Test(
        "the fewest edits win, then what holds the word",
        arguments: [
            ("htpp", ["http"]), ("cnme", ["cname"]), ("", []), ("dns", []), ("policy-of-another-house", []),
            ("ame", ["cname"]), ("am", []), ("mail", ["email"]),
        ] as [(String, [String])]
    )
    func nearest(word: String, found: [String]) { #expect(Nearest.words(word, among: Self.known) == found) }

    @Test("words that are equally near are all told, sorted, at most three")
    func ties() {
        #expect(Nearest.words("plant", among: ["plane", "plan", "planet", "run"]) == ["plan", "plane", "planet"])
        let many = ["lame-d", "lame-c", "lame-b", "lame-a", "other"]
        #expect(Nearest.words("lame-x", among: many) == ["lame-a", "lame-b", "lame-c"])
        #expect(Nearest.hint("lame-x", among: ["lame-b", "lame-a"]) == "; did you mean \"lame-a\" or \"lame-b\"?")
    }

    @Test("without a near word the known ones are told, unless they are many")
    func list() {
        #expect(Nearest.hint("dns", among: Self.known) == "; known: cname, email, http, txt")
        #expect(Nearest.proposal("dns", among: Self.known) == "" && Nearest.hint("dns", among: []) == "")
        #expect(Nearest.hint("dns", among: (0..<17).map { "word-number-\($0)" }) == "")
    }

    @Test("a word of any length costs little")
    func bound() {
        #expect(Nearest.words(String(repeating: "x", count: 1 << 20), among: Self.known) == [])
    }
}
