// The tidy test can fail: every rule against a small source with one planted fault, and against its innocent twin.

import Testing

@Suite("Planted faults", .timeLimit(.minutes(1)))
struct PlantedFaultTests {
    private func source(_ path: String, _ code: String) -> SourceText {
        SourceText(path: path, text: "// A planted source for the tidy test.\n" + code)
    }

    @Test(
        arguments: [
            ("Sources/DCV/A.swift", "import Foundation"), ("Sources/DCV/Names/A.swift", "internal import Platform"),
            ("Sources/LDNS/A.swift", "import Foundation"), ("Sources/LDNS/A.swift", "import Platform"),
            ("Sources/Platform/A.swift", "import AsyncHTTPClient"), ("Sources/Platform/A.swift", "import Subprocess"),
            ("Sources/Platform/A.swift", "import LDNS"), ("Sources/Surveying/A.swift", "import Providers"),
            ("Sources/Surveying/A.swift", "import CLDNS"),
            ("Sources/Surveying/A.swift", "@preconcurrency import Glibc"),
            ("Sources/Providers/Cloudflare/A.swift", "package import Agent"), ("Sources/Agent/A.swift", "import LDNS"),
            ("Sources/Agent/Report/A.swift", "import GRDB"), ("Sources/Agent/Journal/A.swift", "import Yams"),
            ("Sources/Agent/A.swift", "import struct Surveying.Surveyor"),
            ("Sources/Rehearsal/A.swift", "import Surveying"),
            ("Sources/Agent/A.swift", "import ArgumentParser"), ("Sources/dnsproof/A.swift", "import GRDB"),
            ("Sources/dnsproof/A.swift", "import CLDNS"), ("Sources/Cellar/A.swift", "import DCV"),
        ]
    )
    func forbiddenImports(path: String, line: String) {
        let faults = ImportRule.faults(source(path, line))
        #expect(faults.count == 1)
        #expect(faults.first?.line == 2)
        #expect(faults.first?.cure.isEmpty == false)
    }

    @Test(
        arguments: [
            ("Sources/DCV/A.swift", "// import Foundation"), ("Sources/DCV/A.swift", "let a = \"import Foundation\""),
            ("Sources/LDNS/Deep/A.swift", "import CLDNS"),
            ("Sources/Platform/HTTPTransport.swift", "import AsyncHTTPClient"),
            ("Sources/Agent/Journal/A.swift", "import GRDB"), ("Sources/Agent/Configuration/A.swift", "import Yams"),
            ("Sources/dnsproof/A.swift", "import ArgumentParser"),
            ("Sources/Surveying/Exchange/A.swift", "import Glibc"),
            ("Sources/Agent/A.swift", "package import DCV"), ("Tests/DCVTests/A.swift", "import Foundation"),
        ]
    )
    func innocentImports(path: String, line: String) { #expect(ImportRule.faults(source(path, line)).isEmpty) }

    /// One planted line a word, in the order of `BannedWordsRule.words`.
    static let planted: [(String, [String])] = [
        ("try!", ["let a = try! b()"]),
        (
            "a force unwrap or cast",
            ["let a = b!", "let a = b()!.c", "let a = b[0]!", "let a = b as! C", "var a: String!"]
        ),
        ("a deliberate trap", ["fatalError(\"no\")", "precondition(a > 0)", "preconditionFailure()", "assert(a)"]),
        ("Task.detached", ["Task.detached { await a() }"]),
        (
            "an unchecked promise to the compiler",
            ["final class A: @unchecked Sendable {}", "nonisolated(unsafe) var a = 1"]
        ),
        ("hasSuffix", ["if name.hasSuffix(zone) { }"]),
        ("Unicode case folding", ["let a = name.lowercased()", "let a = name.uppercased()"]),
        (
            "a float made an integer",
            ["let a = Int(someDouble)", "let a = Int64(Double(text) ?? 0)", "let a = UInt8(delay.timeInterval)"]
        ),
        ("String(format:)", ["let a = String(format: text, 1)"]),
        ("the wall clock", ["let a = Date()", "let a = Date.now"]),
        ("print", ["print(\"a\")", "if a { print(a) }", "dump(a)"]),
        ("Foundation.Process", ["let a = Process()", "let a = Foundation.Process.self"]),
        ("public", ["public func a() {}", "public struct A {}"]),
        (
            "an ldns network symbol",
            ["ldns_resolver_send(a)", "ldns_udp_send(a)", "ldns_tcp_connect(a)", "ldns_send_buffer(a)"]
        ),
        ("unsafe", ["let a = unsafe b()", "func a(_ b: UnsafeRawBufferPointer) {}"]),
    ]

    @Test func everyBannedWordIsPlanted() {
        #expect(Self.planted.map(\.0) == BannedWordsRule.words.map(\.name))
        for (word, lines) in Self.planted {
            for line in lines {
                let faults = BannedWordsRule.faults(source("Sources/Agent/A.swift", line))
                #expect(faults.contains { $0.fault.hasPrefix(word) && $0.line == 2 }, "\(line): \(faults)")
                let harmless = [
                    "// \(line)", "/* a\n\(line) */", "let text = #\"\(line)\"#", "let text = \"\"\"\n\(line)\n\"\"\"",
                ]
                for code in harmless {
                    #expect(BannedWordsRule.faults(source("Sources/Agent/A.swift", code)).isEmpty, "\(code)")
                }
            }
        }
    }

    @Test(
        arguments: [
            "if a != b { }", "if !a { }", "let a = b ?? !c", "let a = ASCII.lowercased(text)", "fingerprint(a)",
            "a.print(b)",
            "let a = Int(text)", "let a = ChildProcess()", "let a = Date(timeIntervalSince1970: 1)",
            "let publicName = 1",
            "#expect(!isPresent)", "let a: [UInt8] = []", "isAssert(a)", "let a = Int(exactly: someDouble)",
            "ldns_wire2pkt(a)",
        ]
    )
    func innocentLines(line: String) { #expect(BannedWordsRule.faults(source("Sources/Agent/A.swift", line)).isEmpty) }

    @Test func homesOfBannedWords() {
        #expect(BannedWordsRule.faults(source("Sources/Platform/A.swift", "let a = Date()")).isEmpty)
        #expect(BannedWordsRule.faults(source("Sources/dnsproof/A.swift", "print(a)")).isEmpty)
        for path in ["Sources/LDNS/A.swift", "Sources/Surveying/Exchange/A.swift", "Sources/Platform/System.swift"] {
            #expect(BannedWordsRule.faults(source(path, "unsafe a()")).isEmpty)
        }
        #expect(!BannedWordsRule.faults(source("Sources/Surveying/A.swift", "unsafe a()")).isEmpty)
        #expect(!BannedWordsRule.faults(source("Sources/CLDNS/A.c", "ldns_resolver_new();")).isEmpty)
    }

    @Test func wordsInsideInterpolationAreCode() {
        let faults = BannedWordsRule.faults(
            source("Sources/Agent/A.swift", #"let a = "b \(c.lowercased()) \("d" + e!) f""#)
        )
        #expect(faults.map(\.line) == [2, 2])
        let raw = BannedWordsRule.faults(
            source("Sources/Agent/A.swift", ##"let a = #"b \(c.lowercased()) \#(d.hasSuffix(e))"#"##)
        )
        #expect(raw.map(\.fault) == ["hasSuffix is banned"])
    }

    @Test func leavesAreExactAndNeeded() {
        let source = source("Sources/Agent/A.swift", "let a = b.lowercased()\nlet c = d.lowercased()")
        let leave = Leave(path: source.path, word: "Unicode case folding", line: "let a = b", reason: "planted")
        #expect(BannedWordsRule.faults(source, leaves: [leave]).map(\.line) == [3])
        #expect(BannedWordsRule.unusedLeaves([source], leaves: [leave]).isEmpty)
        let stale = Leave(path: source.path, word: "Unicode case folding", line: "let x", reason: "planted")
        #expect(BannedWordsRule.unusedLeaves([source], leaves: [stale]).count == 1)
        #expect(BannedWordsRule.unusedLeaves([], leaves: [leave]).count == 1)
        #expect(BannedWordsRule.leaves.allSatisfy { !$0.reason.isEmpty })
    }

    @Test func longFilesAndFunctions() {
        let body = String(repeating: "    a()\n", count: 68)
        #expect(ShapeRule.faults(source("Sources/Agent/A.swift", "func a() {\n\(body)}\n")).isEmpty)
        let long = ShapeRule.faults(
            source("Sources/Agent/A.swift", "struct A {\nfunc a(\n  b: Int = [1].map { $0 }[0]\n) {\n\(body)}\n}\n")
        )
        #expect(long.map(\.line) == [3])
        #expect(long.first?.fault.hasPrefix("72 lines") == true)
        let start = ShapeRule.faults(source("Sources/Agent/A.swift", "init?(_ a: Int) {\n\(body)\n\n}\n"))
        #expect(start.count == 1)
        let protocols =
            "protocol A {\n    func a() -> Int\n    func b()\n}\n" + String(repeating: "let a = 1\n", count: 80)
        #expect(ShapeRule.faults(source("Sources/Agent/A.swift", protocols)).isEmpty)
        let file = String(repeating: "let a = 1\n", count: 399)
        #expect(ShapeRule.faults(source("Sources/Agent/A.swift", file)).isEmpty)
        #expect(ShapeRule.faults(source("Sources/Agent/A.swift", file + "let b = 2\n")).map(\.line) == [401])
    }

    @Test func filesSayTheirReason() {
        for text in [
            "import DCV\n", "\n// Too late to say it here.\n", "// Short.\n", "/// Not a comment about the file.\n", "",
        ] {
            #expect(ShapeRule.faults(SourceText(path: "Sources/Agent/A.swift", text: text)).count == 1, "\(text)")
        }
        let manifest = "// swift-tools-version: 6.2\n// The rooms of the house and what they lean on.\n"
        #expect(ShapeRule.faults(SourceText(path: "Package.swift", text: manifest)).isEmpty)
    }

    @Test func leftoversAreFoundInAnyText() {
        for mark in LeftoversRule.unfinished {
            #expect(LeftoversRule.faults(path: "README.md", text: "\n// \(mark): later").map(\.line) == [2])
            #expect(LeftoversRule.faults(path: "README.md", text: "a\(mark)a").isEmpty)
        }
        for path in LeftoversRule.machinePaths {
            #expect(LeftoversRule.faults(path: "hooks/a", text: "cd \(path)dnsproof").count == 1)
        }
        #expect(LeftoversRule.faults(path: "hooks/a", text: "cd /var/lib/dnsproof").isEmpty)
        for mark in LeftoversRule.conflicts {
            #expect(LeftoversRule.faults(path: "README.md", text: "a\n\(mark)b\n").map(\.line) == [2])
        }
    }

    @Test func messagesNamePlaceFaultAndCure() {
        let fault = BannedWordsRule.faults(source("Sources/Agent/A.swift", "let a = b.hasSuffix(c)"))
        #expect(
            fault.map(\.description) == [
                "Sources/Agent/A.swift:2: hasSuffix is banned; use DomainName.isSubdomain(of:): evilexample.com ends like example.com"
            ]
        )
    }
}
