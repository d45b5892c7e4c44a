// How long things may be, and that every file says why it exists.

enum ShapeRule {
    static let fileLimitLines = 400
    static let functionLimitLines = 70
    private static let reasonLeastOctets = 20

    static func faults(_ source: SourceText) -> [Fault] {
        reasonFaults(source) + lengthFaults(source)
            + functions(source).compactMap { function in
                guard function.lines > functionLimitLines else { return nil }
                return Fault(
                    path: source.path,
                    line: function.line,
                    fault: "\(function.lines) lines in one function (limit \(functionLimitLines))",
                    cure: "name its parts and make them functions"
                )
            }
    }

    private static func reasonFaults(_ source: SourceText) -> [Fault] {
        // The first line of a manifest belongs to the tools version.
        let first = source.lines.first { !$0.hasPrefix("// swift-tools-version") } ?? ""
        guard !first.hasPrefix("// ") || first.utf8.count < reasonLeastOctets else { return [] }
        return [
            Fault(
                path: source.path,
                line: 1,
                fault: "the file does not open with a line that says its reason to exist",
                cure: "write it as a // comment above the imports; if two reasons come to mind, make two files"
            )
        ]
    }

    private static func lengthFaults(_ source: SourceText) -> [Fault] {
        // The newline at the end makes an empty last piece.
        let count = source.lines.last == "" ? source.lines.count - 1 : source.lines.count
        guard count > fileLimitLines else { return [] }
        return [
            Fault(
                path: source.path,
                line: fileLimitLines + 1,
                fault: "\(count) lines (limit \(fileLimitLines))",
                cure: "find the second reason to exist and give it a file of its own"
            )
        ]
    }

    /// Functions, initialisers and subscripts with a body: the line of the declaration and how many lines it takes.
    static func functions(_ source: SourceText) -> [(line: Int, lines: Int)] {
        source.lines(holding: ["func", "init", "subscript"]).compactMap { index in
            guard declaresFunction(source.code[index]), let last = bodyEnd(source.code, from: index) else { return nil }
            return (index + 1, last - index + 1)
        }
    }

    private static func declaresFunction(_ line: CodeLine) -> Bool {
        if ["func ", "deinit", "subscript(", "subscript<"].contains(where: { line.holds($0) }) { return true }
        return ["init(", "init<", "init?("].contains { call in
            line.positions(of: call).contains { line.octet(before: $0) != 0x2E }
        }
    }

    /// The line on which the body of a declaration ends; nil when it has none (a requirement of a protocol, a call).
    private static func bodyEnd(_ code: [CodeLine], from first: Int) -> Int? {
        var parentheses = 0
        var braces = 0
        for index in first..<code.count {
            // Another declaration before any brace: the first one was a requirement of a protocol.
            let isOutside = index > first && braces == 0 && parentheses == 0
            if isOutside, ["func", "init", "let", "var"].contains(where: { code[index].words.contains($0) }) {
                return nil
            }
            for octet in code[index].octets {
                switch octet {
                case 0x28, 0x5B: parentheses += 1
                case 0x29, 0x5D: parentheses -= 1
                case 0x7B where parentheses <= 0: braces += 1
                case 0x7D where parentheses <= 0:
                    braces -= 1
                    if braces == 0 { return index }
                    if braces < 0 { return nil }
                default: break
                }
            }
        }
        return nil
    }
}
