// A program's settings and secrets, checked once so that every one of them can be handed to a program.
import DCV

/// The keys and values of one `settings:` or `secrets:`.
struct ContractVariables: Sendable {
    static let keyLimitBytes = 64
    /// Linux refuses to start a program with a variable over 128 KiB (execve(2), MAX_ARG_STRLEN).
    static let valueLimitBytes = 64 << 10

    static let none = ContractVariables()

    /// By key as written in the configuration.
    let values: [String: String]

    private init() { values = [:] }

    init(_ values: [String: String], kind: ContractVariableError.Kind) throws(ContractVariableError) {
        var names: [String: String] = [:]
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            let fault =
                Self.fault(key, value) ?? names.updateValue(key, forKey: Self.suffix(key)).map { .sameVariable(as: $0) }
            if let fault { throw ContractVariableError(kind: kind, key: key, fault: fault) }
        }
        self.values = values
    }

    /// The variables' names and values; `prefix` is such as `DNSPROOF_SETTING_`.
    func environment(prefix: String) -> [String: String] {
        Dictionary(uniqueKeysWithValues: values.map { (prefix + Self.suffix($0.key), $0.value) })
    }

    private static func fault(_ key: String, _ value: String) -> ContractVariableError.Fault? {
        let isKey =
            (1...keyLimitBytes).contains(key.utf8.count)
            && key.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x2D || $0 == 0x5F }
        if !isKey { return .key }
        if value.utf8.contains(0) { return .nul }
        return value.utf8.count > valueLimitBytes ? .tooLong : nil
    }

    /// Upper case, `-` as `_`.
    private static func suffix(_ key: String) -> String {
        let octets = key.utf8.map { octet -> UInt8 in
            if octet == 0x2D { return 0x5F }
            return octet >= 0x61 && octet <= 0x7A ? octet & ~0x20 : octet
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

/// A setting or secret that cannot become an environment variable: a fault of the configuration (exit 78). Never holds
/// the value.
package struct ContractVariableError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable { case setting, secret }

    package enum Fault: Hashable, Sendable {
        case key, nul, tooLong
        case sameVariable(as: String)
    }

    package let kind: Kind
    package let key: String
    package let fault: Fault

    package var description: String {
        let subject = "\(kind.rawValue) \"\(OctetText(key.utf8).shortened())\""
        switch fault {
        case .key:
            return "\(subject): a key is 1 to \(ContractVariables.keyLimitBytes) letters, digits, \"-\" and \"_\""
        case .nul: return "\(subject) holds a NUL byte, which no environment variable can carry"
        case .tooLong:
            return
                "\(subject) is longer than \(ContractVariables.valueLimitBytes) bytes; hand over the path of a file instead"
        case .sameVariable(let other): return "\(subject) becomes the same variable as \"\(other)\"; rename one"
        }
    }
}
