// The files of the repository that this test stands in, found from its own path.

import Foundation

enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Folders and files at the root that belong to the product; build folders are not among them.
    private static let parts = [
        "Sources", "Tests", "hooks", "policies", "docs", ".ci", "Package.swift", "Makefile", "README.md",
        "ARCHITECTURE.md",
        ".swift-format", ".gitignore",
    ]
    private static let fileLimit = 5000

    /// All text files with their paths from the root, sorted; files that are no UTF-8 text are left out.
    static let files: [(path: String, text: String)] = {
        var found: [(path: String, text: String)] = []
        for part in parts {
            let below = try? FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(part).path)
            let paths = below.map { $0.map { part + "/" + $0 } } ?? [part]
            for path in paths.prefix(fileLimit) {
                guard let data = FileManager.default.contents(atPath: root.appendingPathComponent(path).path),
                    let text = String(data: data, encoding: .utf8)
                else { continue }
                found.append((path, text))
            }
        }
        return found.sorted { $0.path < $1.path }
    }()

    /// Swift and C sources.
    static let sources: [SourceText] =
        files.filter { file in [".swift", ".c", ".h"].contains { file.path.hasSuffix($0) } }
        .map { SourceText(path: $0.path, text: $0.text) }
}
