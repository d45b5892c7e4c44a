// The end of a command that did not come to its result, as a JSON document.

/// Why a command ended without its result, for programs.
package struct RefusalDocument: Encodable, Sendable {
    package struct Fault: Encodable, Sendable {
        let code: String
        let source: String?
        let line: Int?
        let column: Int?
        let text: String
    }

    package let errors: [Fault]
    package let exitCode: Int32

    package init(_ refused: ConfigurationRefused) {
        errors = refused.faults.map { fault in
            let place = fault.place
            return Fault(
                code: fault.code,
                source: place.source,
                line: place.line,
                column: place.column,
                text: fault.text
            )
        }
        exitCode = ExitCode.configuration.rawValue
    }

    /// Of an ending that has nothing to do with a file: its code is the exit code's word.
    package init(_ lines: [String], exitCode: ExitCode) {
        errors = lines.map { Fault(code: exitCode.word, source: nil, line: nil, column: nil, text: $0) }
        self.exitCode = exitCode.rawValue
    }

    private enum CodingKeys: String, CodingKey {
        case errors
        case exitCode = "exit_code"
    }
}
