// `examples:` of a policy file -> values: what a view is made of, and the words for decisions.
import DCV
import Yams

enum PolicyExamples {
    private static let limit = 200
    private static let serverLimit = 16
    private static let givenKeys = [
        "status", "method", "wildcard", "servers", "resolvers", "dnssec", "caa", "publisher", "published", "triggered",
        "proof_left",
    ]
    private static let span: ClosedRange<Int64> = 0...(400 * 86_400)

    static func read(_ node: Node, _ reader: inout YAMLReader) -> [PolicyExample] {
        let items = reader.list(node, "examples")
        if items.count > limit { reader.fault(node, "examples: more than \(limit)") }
        return items.prefix(limit).compactMap { example($0, &reader) }
    }

    private static func example(_ node: Node, _ reader: inout YAMLReader) -> PolicyExample? {
        let keys = reader.mapping(node, "an example", known: ["name", "given", "decides"])
        guard let name = keys["name"].flatMap({ reader.text($0, "the name of an example") }) else {
            if keys["name"] == nil { reader.fault(node, "an example needs a name", .keyMissing) }
            return nil
        }
        guard let decides = keys["decides"] else {
            reader.fault(node, "example \"\(name)\" must say what it decides", .keyMissing)
            return nil
        }
        let view = keys["given"].map { Self.view($0, &reader) } ?? PolicyExample.View()
        let items = decides.sequence.map { Array($0) } ?? [decides]
        let decisions = items.compactMap { decision($0, &reader) }
        if items.isEmpty { reader.fault(decides, "example \"\(name)\" must say what it decides", .keyMissing) }
        return PolicyExample(name, view, decides: decisions, place: reader.place(node).description)
    }

    private static func view(_ node: Node, _ reader: inout YAMLReader) -> PolicyExample.View {
        var view = PolicyExample.View()
        let keys = reader.mapping(node, "given", known: givenKeys)
        if let node = keys["status"] { view.status = reader.word(node, "status", Status.self)?.status ?? view.status }
        if let node = keys["method"] { view.method = reader.word(node, "method", RecordKind.self) ?? view.method }
        if let node = keys["wildcard"] { view.isWildcard = reader.flag(node, "wildcard") ?? false }
        if let node = keys["servers"] { view.servers = sightings(node, "servers", &reader) }
        if let node = keys["resolvers"] { view.resolvers = sightings(node, "resolvers", &reader) }
        if let node = keys["dnssec"], reader.word(node, "dnssec", Security.self) == .bogus {
            view.servers = view.servers.map { _ in .bogus(reason: "the signature has expired") }
        }
        if let node = keys["caa"] { view.caa = reader.word(node, "caa", PolicyExample.CAAView.self) ?? view.caa }
        if let node = keys["publisher"] { view.hasPublisher = reader.flag(node, "publisher") ?? true }
        if let node = keys["published"] { view.publishedSecondsAgo = reader.seconds(node, "published", in: span) }
        if let node = keys["triggered"] {
            let items = node.sequence.map { Array($0) } ?? [node]
            view.triggersSecondsAgo = items.prefix(limit).compactMap { reader.seconds($0, "triggered", in: span) }
        }
        if let node = keys["proof_left"] { view.proofSecondsLeft = reader.seconds(node, "proof_left", in: span) }
        return view
    }

    private enum Security: String, CaseIterable { case secure, insecure, bogus }

    private enum Status: String, CaseIterable {
        case pending, busy, valid, dead, unknown
        var status: Authorization.Status { Authorization.Status(rawValue: rawValue) ?? .unknown }
    }

    /// The words of a view for what one vantage point shows.
    private enum Word: String, CaseIterable {
        case present, absent, wrong, unreachable, bogus, hostile
        case notServed = "not-served"

        var sighting: Sighting {
            switch self {
            case .present: .present(others: [])
            case .absent: .absent(negativeTTLSeconds: 300)
            case .wrong: .wrong(saw: [OctetText("another value".utf8)], ttlSeconds: 300)
            case .unreachable: .unreachable(reason: "no answer in 5 s")
            case .bogus: .bogus(reason: "the signature has expired")
            case .hostile: .hostile(reason: "the answer is no message")
            case .notServed: .notServed(reason: "answers REFUSED")
            }
        }
    }

    private static func sightings(_ node: Node, _ what: String, _ reader: inout YAMLReader) -> [Sighting] {
        reader.list(node, what).prefix(serverLimit).compactMap { reader.word($0, what, Word.self)?.sighting }
    }

    /// `trigger`, `wait`, ..., or `report CODE`.
    private static func decision(_ node: Node, _ reader: inout YAMLReader) -> PolicyExample.Decision? {
        guard let text = reader.text(node, "a decision") else { return nil }
        if let decision = PolicyExample.Decision.words[text] { return decision }
        let words = text.split(separator: " ")
        if words.count == 2, words[0] == "report" {
            let code = String(words[1])
            if FindingCatalog.explanation(of: code) != nil { return .report(code) }
            let hint = Nearest.hint(code, among: FindingCatalog.all.map(\.code))
            reader.fault(node, "no finding has the code \"\(OctetText(code.utf8).shortened())\"\(hint)", .nameUnknown)
            return nil
        }
        let known = PolicyExample.Decision.words.keys.sorted() + ["report CODE"]
        reader.fault(
            node,
            "\"\(OctetText(text.utf8).shortened())\" is no decision; known: \(known.joined(separator: ", "))"
        )
        return nil
    }
}
