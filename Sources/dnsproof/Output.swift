// Where words go: results to standard output, complaints to standard error, colour only for a person's eyes. Every line passes one gate.
import Agent
import DCV
import Foundation
import Platform

enum Output {
    static let environment = ProcessInfo.processInfo.environment
    static let screen = Terminal(.output, environment: environment)

    /// Where lines are broken: at the screen's width; in a pipe or a file at a width that is good to read.
    static var columns: Int { screen.isTerminal ? screen.columns : pipedColumns }
    private static let pipedColumns = 100

    static func say(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        let whole = lines.map { TerminalText.escaped($0) }
        let safe = screen.isTerminal ? whole.flatMap { WrappedText.hanging($0, columns: screen.columns) } : whole
        write(safe.map { screen.usesColor ? coloured($0) : $0 }.joined(separator: "\n") + "\n", to: .standardOutput)
    }

    static func say(toned lines: [TonedLine]) {
        guard !lines.isEmpty else { return }
        let words = lines.map { line -> String in
            let text = TerminalText.escaped(line.text)
            guard screen.usesColor, !text.isEmpty, let colour = colour(line.tone) else { return line.prefix + text }
            return "\(line.prefix)\u{1B}[\(colour)m\(text)\u{1B}[0m"
        }
        write(words.joined(separator: "\n") + "\n", to: .standardOutput)
    }

    private static func colour(_ tone: Tone) -> String? {
        switch tone {
        case .plain: nil
        case .good: "32"
        case .bad: "31"
        case .unsure: "33"
        case .heading: "1"
        }
    }

    static func complain(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        write(lines.map { "dnsproof: " + TerminalText.escaped($0) }.joined(separator: "\n") + "\n", to: .standardError)
    }

    static func complain(_ line: String) { complain([line]) }

    /// A finding about this program itself, which belongs to no plan.
    static func complain(of trouble: Finding?) {
        if let trouble { complain(PlanText.lines(trouble)) }
    }

    /// One JSON document on standard output: sorted keys, so that two of them can be compared.
    static func say(json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let document = String(decoding: try encoder.encode(value), as: UTF8.self)
        write(TerminalText.escaped(json: document) + "\n", to: .standardOutput)
    }

    /// A line that the next one overwrites; only on a terminal.
    static func showFleeting(_ line: String) {
        guard screen.isTerminal else { return }
        write("\r\u{1B}[K" + TerminalText.escaped(line).prefix(screen.columns - 1), to: .standardOutput)
    }

    static func clearFleeting() {
        guard screen.isTerminal else { return }
        write("\r\u{1B}[K", to: .standardOutput)
    }

    private static func write(_ text: String, to handle: FileHandle) {
        // A reader that has gone away (`| head`) is no fault of ours, and there is nobody left to tell.
        try? handle.write(contentsOf: Data(text.utf8))
    }

    private static func coloured(_ line: String) -> String {
        let colours = [
            "error": "31", "waiting": "33", "notice": "36", "publish": "32", "withdraw": "32", "trigger": "32",
            "change": "32", "renew": "32", "=>": "1",
            "wait": "33", "  +": "32", "  -": "31", "  ?": "33", "  !": "31",
        ]
        guard let (word, colour) = colours.first(where: { line.hasPrefix($0.key + " ") }) else { return line }
        return "\u{1B}[\(colour)m\(word)\u{1B}[0m" + line.dropFirst(word.count)
    }
}
