// Long reasons, such as a list of what every root server did, are told in full by their finding; everywhere else its code stands for them.
import DCV

struct ToldOnce {
    /// Shorter reasons are read faster than looked up.
    private static let shortCharacters = 60

    private let reasons: [Survey.Problem]

    init(_ problems: [Survey.Problem], _ findings: [Finding]) {
        let told = Set(findings.map(\.saw))
        reasons = problems.filter { $0.text.count > Self.shortCharacters && told.contains($0.text) }
    }

    /// Whether it is the whole of such a reason.
    func isReason(_ text: String) -> Bool { reasons.contains { $0.text == text } }

    func short(_ text: String) -> String {
        reasons.reduce(text) { text, reason in
            text.replacing(reason.text, with: "as told under \(reason.code.rawValue)")
        }
    }

    func short(_ tree: TextTree) -> TextTree {
        var tree = tree
        tree.text = short(tree.text)
        tree.children = tree.children.map(short)
        return tree
    }
}
