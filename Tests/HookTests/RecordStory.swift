// Random acts of a hook and of strangers at a few names, and what the names must hold after each.
struct RecordStory {
    enum Verb { case publish, withdraw, comes, goes }

    struct Act {
        let verb: Verb
        let name: String
        let value: String
        /// The value as `dig` prints it, which is a zone file's form too.
        let shown: String
    }

    static var steps: Int { Rounds.steps(30) }
    static let names = ["_acme-challenge.shop.example.com", "_dnsauth.example.com", "a.b.deep.example.com"]
    /// Few, so that the same one comes twice and goes twice.
    private static let values = ["-n", "a;b =c", "x  y", String(repeating: "v", count: 255), "@", "two"]
    private static let strangers = [
        #""foreign""#, #""below""#, #""in two" "parts""#, #""a\"b\\c""#, #""\195\169\000""#, #""TWO""#, #""tw" "o""#,
    ]

    private(set) var model: [String: Set<String>] = [
        names[0]: [strangers[0]], names[1]: [], names[2]: [strangers[1]],
    ]
    private var random: SeededNumbers

    init(seed: UInt64) { random = SeededNumbers(seed: seed) }

    mutating func next() -> Act {
        let name = Self.names[random.below(Self.names.count)]
        let present = model[name, default: []]
        let act: Act
        if random.below(4) == 0 {
            let shown = Self.strangers[random.below(Self.strangers.count)]
            act = Act(verb: present.contains(shown) ? .goes : .comes, name: name, value: "-", shown: shown)
        } else {
            let value = Self.values[random.below(Self.values.count)]
            act = Act(verb: random.below(5) < 3 ? .publish : .withdraw, name: name, value: value, shown: "\"\(value)\"")
        }
        switch act.verb {
        case .publish, .comes: model[name, default: []].insert(act.shown)
        case .withdraw, .goes: model[name, default: []].remove(act.shown)
        }
        return act
    }
}
