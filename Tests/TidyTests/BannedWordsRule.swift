// Words that may not stand in code, each with its cure, and the few lines that may use one, each with its reason.

/// One banned word.
struct BannedWord: Sendable {
    let name: String
    /// Texts that stand for it; a text that begins or ends like a word is one.
    var texts: [String] = []
    /// Beginnings of words that stand for it.
    var prefixes: [String] = []
    /// What is more than a text: asked of lines that hold one of the hints.
    var hints: [String] = []
    var isIn: @Sendable (CodeLine) -> Bool = { _ in false }
    let cure: String
    /// Where the ban holds: path prefixes.
    var places = ["Sources/"]
    /// Where it does not: path prefixes.
    var homes: [String] = []

    func isHeld(by line: CodeLine) -> Bool {
        texts.contains { line.holds($0) } || prefixes.contains { line.holds($0, isPrefix: true) } || isIn(line)
    }

    /// What a line that holds it must hold.
    var traces: [String] { texts + prefixes + hints }
}

/// A line that may use a banned word: the file, a piece of the line, and why.
struct Leave: Sendable {
    let path: String
    let word: String
    let line: String
    let reason: String
}

enum BannedWordsRule {
    private static let everywhere = ["Sources/", "Tests/"]

    static let words: [BannedWord] = [
        BannedWord(
            name: "try!",
            texts: ["try!"],
            cure: "throw on, or turn the failure into a value",
            places: everywhere
        ),
        BannedWord(
            name: "a force unwrap or cast",
            hints: ["!"],
            isIn: holdsForce,
            cure: "use guard let, or #require in a test",
            places: everywhere
        ),
        BannedWord(
            name: "a deliberate trap",
            texts: ["fatalError(", "preconditionFailure(", "assertionFailure(", "precondition(", "assert("],
            cure: "return a finding or throw: no input may end the process"
        ),
        BannedWord(
            name: "Task.detached",
            texts: ["Task.detached"],
            cure: "use a task group, so that cancelling and deadlines reach it",
            places: everywhere
        ),
        BannedWord(
            name: "an unchecked promise to the compiler",
            texts: ["@unchecked", "@preconcurrency", "nonisolated(unsafe)"],
            cure: "use a value, an actor or a Mutex",
            places: everywhere
        ),
        BannedWord(
            name: "hasSuffix",
            texts: ["hasSuffix"],
            cure: "use DomainName.isSubdomain(of:): evilexample.com ends like example.com"
        ),
        BannedWord(
            name: "Unicode case folding",
            texts: ["lowercased()", "uppercased()", "capitalized", "caseInsensitiveCompare"],
            cure: "use ASCII.lowercased of DCV: U+212A lower-cases to k"
        ),
        BannedWord(
            name: "a float made an integer",
            hints: ["Int"],
            isIn: makesFloatAnInteger,
            cure: "use Int(exactly:) or integers from the start: a large float ends the process"
        ),
        BannedWord(
            name: "String(format:)",
            texts: ["String(format:"],
            cure: "use interpolation: a format string trusts its arguments"
        ),
        BannedWord(
            name: "the wall clock",
            texts: ["Date()", "Date.now", "Date(timeIntervalSinceNow:"],
            cure: "take the time from the Clock port",
            homes: ["Sources/Platform/"]
        ),
        BannedWord(
            name: "print",
            hints: ["print(", "debugPrint(", "dump("],
            isIn: { line in ["print(", "debugPrint(", "dump("].contains { holdsFreeCall($0, line) } },
            cure: "return the text: only the dnsproof target writes to the terminal",
            homes: ["Sources/dnsproof/"]
        ),
        BannedWord(
            name: "Foundation.Process",
            texts: ["Foundation.Process"],
            hints: ["Process("],
            isIn: { holdsFreeCall("Process(", $0) },
            cure: "use ChildRunning of Platform: Foundation's leaks descriptors and signal masks into the child",
            places: everywhere
        ),
        BannedWord(
            name: "public",
            texts: [
                "actor", "class", "enum", "extension", "func", "init", "let", "protocol", "static", "struct", "var",
            ]
            .flatMap { ["public \($0)", "open \($0)"] },
            cure: "use package: this is a program, not a library",
            places: everywhere
        ),
        BannedWord(
            name: "an ldns network symbol",
            prefixes: ["ldns_resolver_", "ldns_send", "ldns_udp_", "ldns_tcp_"],
            cure: "use Surveying/Exchange: ldns believes any datagram (CVE-2026-10846)",
            places: everywhere
        ),
        BannedWord(
            name: "unsafe",
            texts: ["unsafe"],
            prefixes: ["UnsafePointer", "UnsafeMutable", "UnsafeRaw", "UnsafeBuffer"],
            cure: "use a safe signature of Platform/System.swift, LDNS or Surveying/Exchange",
            homes: ["Sources/LDNS/", "Sources/Surveying/Exchange/", "Sources/Platform/System.swift"]
        ),
    ]

    /// `!` behind a value or a type, but not `!=` and not `try!`, which has a rule of its own.
    private static func holdsForce(_ line: CodeLine) -> Bool {
        line.positions(of: "!").contains { position in
            guard position > 0, line.octets[..<position].suffix(4) != Array(" try".utf8)[...] else { return false }
            let before = line.octets[position - 1]
            let isBehindValue = CodeLine.isWordOctet(before) || ")]?".utf8.contains(before)
            return isBehindValue && line.octets.dropFirst(position + 1).first != 0x3D
        }
    }

    /// A call that is no method of something: `print(` but not `a.print(`, nor its declaration.
    private static func holdsFreeCall(_ call: String, _ line: CodeLine) -> Bool {
        line.positions(of: call).contains { line.octet(before: $0) != 0x2E } && !line.holds("func " + call)
    }

    private static func makesFloatAnInteger(_ line: CodeLine) -> Bool {
        ["", "8", "16", "32", "64"].flatMap { ["Int\($0)(", "UInt\($0)("] }.contains { call in
            line.positions(of: call).contains { position in
                let argument = String(decoding: line.octets[(position + call.utf8.count)...], as: UTF8.self)
                let isChecked = ["exactly:", "truncatingIfNeeded:"].contains { argument.hasPrefix($0) }
                return !isChecked
                    && ["Double", "double", "Float", "float", "TimeInterval", "timeInterval"].contains {
                        argument.contains($0)
                    }
            }
        }
    }

    /// Lines that may. Remove an entry when its line goes: an unused one is a fault too.
    static let leaves: [Leave] = []

    static func faults(_ source: SourceText, leaves: [Leave] = leaves) -> [Fault] {
        words.filter { word in
            word.places.contains { source.path.hasPrefix($0) } && !word.homes.contains { source.path.hasPrefix($0) }
        }
        .flatMap { word in
            source.lines(holding: word.traces).compactMap { index in
                guard word.isHeld(by: source.code[index]) else { return nil }
                let mayStand = leaves.contains { leave in
                    leave.path == source.path && leave.word == word.name && source.lines[index].contains(leave.line)
                }
                if mayStand { return nil }
                return Fault(path: source.path, line: index + 1, fault: "\(word.name) is banned", cure: word.cure)
            }
        }
    }

    /// Leaves that no line needs.
    static func unusedLeaves(_ sources: [SourceText], leaves: [Leave] = leaves) -> [Fault] {
        leaves.filter { leave in
            guard let source = sources.first(where: { $0.path == leave.path }) else { return true }
            return !source.lines.contains { $0.contains(leave.line) }
        }
        .map {
            Fault(
                path: $0.path,
                line: 1,
                fault: "no line needs the leave for \"\($0.line)\"",
                cure: "remove it from BannedWordsRule.leaves"
            )
        }
    }
}
