// Walks a YAML document node by node, so that every fault is told with its file, line and column, and all faults in one go.
import DCV
import Yams

/// Reads typed values from the nodes of one file and gathers the faults met on the way.
struct YAMLReader {
    /// A file longer than this is no configuration.
    static let fileLimitBytes = 1 << 20

    let file: String
    private(set) var faults: [ConfigurationFault] = []

    init(file: String) { self.file = file }

    /// The root mapping of a document; nil, with a fault, when it is none.
    mutating func document(_ bytes: [UInt8]) -> Node? {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            faults.append(ConfigurationFault(.syntax, SourcePlace(file), "is not UTF-8 text"))
            return nil
        }
        do {
            guard let node = try Yams.compose(yaml: text) else {
                faults.append(ConfigurationFault(.syntax, SourcePlace(file), "is empty"))
                return nil
            }
            return node
        } catch {
            faults.append(yamlFault(error))
            return nil
        }
    }

    mutating func fault(_ node: Node?, _ text: String, _ code: ConfigurationFault.Code = .value) {
        faults.append(ConfigurationFault(code, place(node), text))
    }

    func place(_ node: Node?) -> SourcePlace { place(at: node?.mark) }

    private func place(at mark: Mark?) -> SourcePlace { SourcePlace(file, line: mark?.line, column: mark?.column) }

    /// The values of a mapping by key. A key that is not `known` is a fault that names the nearest known one.
    mutating func mapping(_ node: Node, _ what: String, known: [String]) -> [String: Node] {
        var values: [String: Node] = [:]
        for (key, value) in pairs(node, what) {
            guard let name = key.string else { continue }
            guard known.contains(name) else {
                fault(key, Self.unknownKey(name, what, known), .keyUnknown)
                continue
            }
            values[name] = value
        }
        return values
    }

    /// The pairs of a mapping whose keys are names the operator chose, in order; none where the mapping is left out.
    mutating func pairs(_ node: Node?, _ what: String) -> [(key: Node, value: Node)] {
        guard let node else { return [] }
        guard let mapping = node.mapping else {
            fault(node, "\(what) must be a mapping (key: value), not \(Self.kind(node))")
            return []
        }
        return mapping.map { ($0.key, $0.value) }
    }

    mutating func text(_ node: Node, _ what: String) -> String? {
        guard let scalar = node.scalar, !scalar.string.isEmpty else {
            fault(node, "\(what) must be a text, not \(Self.kind(node))")
            return nil
        }
        return scalar.string
    }

    /// The items of a list; none where it is left out.
    mutating func list(_ node: Node?, _ what: String) -> [Node] {
        guard let node else { return [] }
        guard let sequence = node.sequence else {
            fault(node, "\(what) must be a list ([a, b]), not \(Self.kind(node))")
            return []
        }
        return Array(sequence)
    }

    mutating func integer(_ node: Node, _ what: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = node.scalar?.string, let value = Int(text), range.contains(value) else {
            fault(
                node,
                "\(what) must be a whole number from \(range.lowerBound) to \(range.upperBound), not \(Self.kind(node))"
            )
            return nil
        }
        return value
    }

    mutating func flag(_ node: Node, _ what: String) -> Bool? {
        switch node.scalar?.string {
        case "true": return true
        case "false": return false
        default:
            fault(node, "\(what) must be true or false, not \(Self.kind(node))")
            return nil
        }
    }

    /// A duration such as `90s`, `5m`, `2h` or `1d`, in seconds.
    mutating func seconds(_ node: Node, _ what: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let value = node.scalar.flatMap({ DurationText.seconds($0.string) }), range.contains(value) else {
            fault(
                node,
                "\(what) must be a duration from \(range.lowerBound)s to \(range.upperBound)s (90s, 5m, 2h, 1d), not "
                    + Self.kind(node)
            )
            return nil
        }
        return value
    }

    /// One word of a closed set.
    mutating func word<Value: RawRepresentable & CaseIterable>(
        _ node: Node,
        _ what: String,
        _: Value.Type
    ) -> Value? where Value.RawValue == String {
        let known = Value.allCases.map(\.rawValue)
        guard let text = node.scalar?.string, let value = Value(rawValue: text) else {
            let hint = node.scalar.map { Nearest.proposal($0.string, among: known) } ?? ""
            fault(node, "\(what) must be one of \(known.joined(separator: ", ")), not \(Self.kind(node))\(hint)")
            return nil
        }
        return value
    }

    private func yamlFault(_ error: any Error) -> ConfigurationFault {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return ConfigurationFault(.syntax, place(at: mark), "is no YAML: \(problem)")
        // Its own description quotes the line, and a line may hold a secret.
        case .reader(let problem, _, _, _):
            return ConfigurationFault(.syntax, SourcePlace(file), "is no YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let twice = keys.map(\.description).sorted().joined(separator: ", ")
            let text = "the same key stands twice in one mapping: \(twice)"
            return ConfigurationFault(.syntax, place(at: context.mark), text)
        default: return ConfigurationFault(.syntax, SourcePlace(file), "is no YAML: \(error)")
        }
    }

    /// `token:abc` without a space is one key for YAML: what follows the colon may be a secret and is not repeated.
    private static func unknownKey(_ name: String, _ what: String, _ known: [String]) -> String {
        if let colon = name.firstIndex(of: ":") {
            return "unknown key \"\(shown(String(name[...colon])))...\" in \(what): a space belongs after the colon"
        }
        return "unknown key \"\(shown(name))\" in \(what)\(Nearest.hint(name, among: known))"
    }

    private static func kind(_ node: Node) -> String {
        if let scalar = node.scalar { return scalar.string.isEmpty ? "nothing" : "\"\(shown(scalar.string))\"" }
        return node.sequence != nil ? "a list" : "a mapping"
    }

    private static func shown(_ text: String) -> String { OctetText(text.utf8).shortened() }
}

/// Durations as people write them: `90s`, `5m`, `2h`, `1d`.
package enum DurationText {
    /// Seconds; nil when it is no duration or overflows.
    package static func seconds(_ text: String) -> Int64? {
        let octets = Array(text.utf8)
        guard let unit = octets.last, octets.dropLast().allSatisfy(ASCII.isDigit),
            let count = Int64(String(decoding: octets.dropLast(), as: UTF8.self))
        else { return nil }
        let factor: Int64
        switch unit {
        case 0x73: factor = 1
        case 0x6D: factor = 60
        case 0x68: factor = 3600
        case 0x64: factor = 86_400
        default: return nil
        }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: factor)
        return overflow ? nil : seconds
    }
}
