// The program under test as a process: started with words, ended by itself or by a signal, and what it said.
import DCV
import Foundation
import Platform
import Testing

/// How one start of the program ended.
struct Outcome: CustomStringConvertible {
    let ending: ChildResult.Ending
    let output: String
    let errors: String
    let elapsedMilliseconds: Int64

    init(_ result: ChildResult) {
        ending = result.ending
        output = String(decoding: result.output.bytes, as: UTF8.self)
        errors = String(decoding: result.errorOutput.bytes, as: UTF8.self)
        elapsedMilliseconds = result.elapsedMilliseconds
    }

    var code: Int32? { if case .exited(let code) = ending { code } else { nil } }
    var lines: [String] { output.split(separator: "\n").map { String($0) } }

    /// Whether a line begins with this word and holds this text.
    func says(_ word: String, _ text: String) -> Bool {
        lines.contains { $0.hasPrefix(word + " ") && $0.contains(text) }
    }

    var description: String { "\(ending) after \(elapsedMilliseconds) ms\nstdout: \(output)\nstderr: \(errors)" }
}

extension Laboratory {
    /// Starts the program with the laboratory's configuration and waits for its end.
    func run(_ words: String...) async throws -> Outcome { Outcome(try await start(words).wait()) }

    /// Starts it and lets it run; the number of its process is known.
    func start(_ words: [String], configuration: String? = nil) async throws -> Daemon {
        // The options stand before a lone "--", after which everything is a word.
        let end = words.firstIndex(of: "--") ?? words.endIndex
        let all = Array(words[..<end]) + ["--config", configuration ?? configurationPath] + Array(words[end...])
        return try await Daemon.start(
            "dnsproof-\(UUID().uuidString.prefix(8))",
            [Surroundings.program] + all,
            folder: folder
        )
    }

    /// Another text as configuration beside the laboratory's own.
    func run(_ words: [String], configured text: String) async throws -> Outcome {
        let name = "other-\(UUID().uuidString.prefix(8)).yaml"
        try write(name, text)
        return Outcome(try await start(words, configuration: folder + "/" + name).wait())
    }

    var configurationText: String { (try? String(contentsOfFile: configurationPath, encoding: .utf8)) ?? "" }
}

extension String {
    /// With one piece changed; a test whose piece is not there is wrong.
    func changing(_ piece: String, to other: String) throws -> String {
        try #require(contains(piece), "\(piece) is not in \(self)")
        return replacingOccurrences(of: piece, with: other)
    }
}
