// The walls of the house: which room may import what, and which foreign module lives in one folder or file only.

enum ImportRule {
    /// Modules that every import in a room of Sources must be among. The compiler does not hold these walls (a transitive import builds).
    static let allowed: [String: Set<String>] = [
        "DCV": [],
        "LDNS": ["CLDNS", "DCV"],
        "Platform": [
            "CLinux", "DCV", "AsyncHTTPClient", "Foundation", "FoundationEssentials", "Glibc", "Logging", "NIOCore",
            "NIOHTTP1", "NIOPosix", "NIOSSL", "Subprocess", "Synchronization", "SystemPackage",
        ],
        "Surveying": ["CLinux", "DCV", "LDNS", "Platform", "Glibc", "Synchronization"],
        "Providers": ["DCV", "Platform", "Crypto", "FoundationEssentials", "Synchronization"],
        "Agent": [
            "DCV", "Platform", "Crypto", "Foundation", "FoundationEssentials", "GRDB", "Synchronization", "Yams",
        ],
        "Rehearsal": [
            "DCV", "LDNS", "Crypto", "FoundationEssentials", "Glibc", "NIOCore", "NIOHTTP1", "NIOPosix",
            "Synchronization",
        ],
        "dnsproof": [
            "Agent", "DCV", "LDNS", "Platform", "Providers", "Rehearsal", "Surveying", "ArgumentParser", "Foundation",
            "FoundationEssentials", "Synchronization",
        ],
    ]

    /// Modules that only one folder or file of Sources may import, wherever the room's list would let them in.
    static let homes: [String: String] = [
        "ArgumentParser": "Sources/dnsproof/",
        "AsyncHTTPClient": "Sources/Platform/HTTPTransport.swift",
        "CLDNS": "Sources/LDNS/",
        "GRDB": "Sources/Agent/Journal/",
        "Subprocess": "Sources/Platform/ChildProcess.swift",
        "Yams": "Sources/Agent/Configuration/",
    ]

    /// Surveying touches the system in one folder.
    static let surveyingHomes: [String: String] = [
        "CLinux": "Sources/Surveying/Exchange/",
        "Glibc": "Sources/Surveying/Exchange/",
    ]

    static func faults(_ source: SourceText) -> [Fault] {
        let folders = source.path.split(separator: "/").map(String.init)
        guard folders.count > 2, folders[0] == "Sources" else { return [] }
        let room = folders[1]
        return imports(source).compactMap { line, module in
            let fault: (String, String)?
            if let allowed = allowed[room] {
                fault =
                    allowed.contains(module)
                    ? homeFault(module, room, source.path)
                    : (
                        "\(room) may not import \(module)",
                        allowed.isEmpty
                            ? "\(room) imports nothing: hand the value in, or put a port into DCV/Ports.swift"
                            : "\(room) may import \(allowed.sorted().joined(separator: ", ")): move the code, or reach it by a port of DCV"
                    )
            } else {
                fault = (
                    "the room \(room) is not in the table of imports",
                    "add it to ImportRule.allowed and to ARCHITECTURE.md"
                )
            }
            return fault.map { Fault(path: source.path, line: line, fault: $0.0, cure: $0.1) }
        }
    }

    private static func homeFault(_ module: String, _ room: String, _ path: String) -> (String, String)? {
        guard let home = homes[module] ?? (room == "Surveying" ? surveyingHomes[module] : nil),
            !path.hasPrefix(home)
        else { return nil }
        return ("\(module) is imported outside \(home)", "call what \(home) offers instead")
    }

    private static let wordsBefore: Set<String> = [
        "fileprivate", "internal", "package", "preconcurrency", "private", "public", "testable", "_exported",
        "_implementationOnly",
    ]
    private static let kinds: Set<String> = ["class", "enum", "func", "let", "protocol", "struct", "typealias", "var"]

    private static func imports(_ source: SourceText) -> [(line: Int, module: String)] {
        source.lines(holding: ["import"]).compactMap { index in
            let words = source.code[index].words.drop { wordsBefore.contains($0) }
            guard words.first == "import", let module = words.dropFirst().first(where: { !kinds.contains($0) }) else {
                return nil
            }
            return (index + 1, module)
        }
    }
}
