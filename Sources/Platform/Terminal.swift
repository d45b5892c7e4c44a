// What the reader's screen can do.
import CLinux
import Glibc

/// Standard output or standard error as a place to write to.
package struct Terminal: Sendable {
    package enum Stream: Int32, Sendable {
        case output = 1
        case error = 2
    }

    /// Columns assumed where none can be asked for.
    package static let defaultColumns = 80

    /// Whether a person looks at it: no file, no pipe.
    package let isTerminal: Bool
    package let columns: Int
    /// A terminal that is not `dumb`, and no `NO_COLOR` (no-color.org: set and not empty).
    package let usesColor: Bool

    package init(_ stream: Stream, environment: [String: String]) {
        isTerminal = isatty(stream.rawValue) == 1
        let columns = Int(clinux_terminal_columns(stream.rawValue))
        self.columns = columns > 0 ? columns : Self.defaultColumns
        usesColor = isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }
}
