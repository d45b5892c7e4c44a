// What is wrong in the files that people write: where it stands, which kind of mistake it is, and what to do.
package import DCV

/// Where something stands in what an operator wrote.
package struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
    /// The file's path as people know it; else a word such as `the command line` or `$CLOUDFLARE_API_TOKEN`.
    package let source: String
    package let line: Int?
    package let column: Int?

    package init(_ source: String, line: Int? = nil, column: Int? = nil) {
        self.source = source
        self.line = line
        self.column = column
    }

    /// From its description.
    init(written text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count > 2, let line = Int(parts[parts.count - 2]), let column = Int(parts[parts.count - 1]) {
            self.init(parts.dropLast(2).joined(separator: ":"), line: line, column: column)
        } else {
            self.init(text)
        }
    }

    /// `file:line:column`, or the source alone.
    package var description: String {
        ([source] + [line, column].compactMap(\.self).map(String.init)).joined(separator: ":")
    }
}

/// One thing wrong with the configuration.
package struct ConfigurationFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of mistakes. They stay the same from version to version; README.md lists them.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// There is no configuration.
        case absent = "configuration-absent"
        case fileUnreadable = "file-unreadable"
        /// The file is no YAML, no text, or not made of what it should be made of.
        case syntax
        case keyUnknown = "key-unknown"
        case keyMissing = "key-missing"
        /// A value that cannot stand there.
        case value
        /// Something is named that is not there: a publisher, a policy, a resolver, a kind of provider.
        case nameUnknown = "name-unknown"
        /// A hook or a provider's program that is not there or may not be started.
        case program
        case secret
    }

    /// A `Code`, or the code of a finding.
    package let code: String
    package let place: SourcePlace
    package let text: String

    package init(_ code: Code, _ place: SourcePlace, _ text: String) {
        self.code = code.rawValue
        self.place = place
        self.text = text
    }

    /// A finding about the configuration, told among its faults.
    package init(_ finding: Finding) {
        code = finding.code
        place = finding.rule.map { SourcePlace(written: $0) } ?? SourcePlace(finding.subject)
        let subject = finding.rule == nil ? "" : "\(finding.subject): "
        let wanted = finding.wanted.map { "; wanted \($0)" } ?? ""
        text = "\(subject)saw \(finding.saw)\(wanted); \(finding.advice)"
    }

    package var description: String { "\(place): \(text)" }
}

/// All that is wrong with the configuration; the program stops before it touches any network (exit 78).
package struct ConfigurationRefused: Error, Sendable, CustomStringConvertible {
    /// Each once: file by file as they were read, in each of them from above.
    package let faults: [ConfigurationFault]

    package init(_ faults: [ConfigurationFault]) {
        var ranks: [String: Int] = [:]
        for fault in faults where ranks[fault.place.source] == nil { ranks[fault.place.source] = ranks.count }
        func key(_ fault: ConfigurationFault) -> (Int, Int, Int, String) {
            let place = fault.place
            return (ranks[place.source] ?? 0, place.line ?? 0, place.column ?? 0, fault.text)
        }
        self.faults = Set(faults).sorted { key($0) < key($1) }
    }

    package var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// What could be understood of something written, and what is wrong with it.
package struct Understood<Value: Sendable>: Sendable {
    package let value: Value
    package let faults: [ConfigurationFault]

    package init(_ value: Value, _ faults: [ConfigurationFault]) {
        self.value = value
        self.faults = faults
    }

    /// For whoever needs the whole of it.
    package func whole() throws(ConfigurationRefused) -> Value {
        guard faults.isEmpty else { throw ConfigurationRefused(faults) }
        return value
    }
}
