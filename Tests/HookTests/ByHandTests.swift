// What is started as the documents say, and what a provider's program leaves behind when a person starts it.
import Foundation
import Platform
import Testing

@Suite("By hand", .startsPrograms, .serialized, .timeLimit(.minutes(1)))
struct ByHandTests {
    private static let secret = "the secret itself"

    private let folder: HookFolder

    init() throws { folder = try HookFolder() }

    private func folders(_ names: String...) throws {
        for name in names {
            try FileManager.default.createDirectory(
                atPath: folder.path + "/" + name,
                withIntermediateDirectories: true
            )
        }
    }

    @Test(
        "the call that is written down works, and the secret stands in no argument",
        arguments: [("README.md", "nsupdate", "TSIG_KEY"), ("providers/README.md", "providers/aws-acm", "AWS")]
    )
    func documents(document: String, program: String, secret: String) async throws {
        let text = String(
            decoding: try Files.read(StockHooks.folder + "/" + document, limitBytes: 1 << 20),
            as: UTF8.self
        )
        let chapter = try #require(text.components(separatedBy: "## By hand\n\n```sh\n").dropFirst().first)
        let block = try #require(chapter.components(separatedBy: "```\n").first)
        try folders("bin", "hooks/providers", "secrets")
        _ = try await folder.add("secrets/tsig", mode: "600", Self.secret + "\n")
        _ = try await folder.add("secrets/aws", mode: "600", Self.secret + "\n")
        _ = try await folder.addScript("hooks/" + program, "echo \"$1 $DNSPROOF_SECRET_\(secret)\"; exit 7")
        _ = try await folder.addScript("bin/env", "printf '%s\\n' \"$@\" >\"$LOG\"; exec /usr/bin/env \"$@\"")
        let result = await ChildProcess().run(
            ChildCommand(
                program: "/bin/sh",
                arguments: ["-c", block],
                environment: ["PATH": folder.path + "/bin:/usr/bin:/bin", "HOME": "/", "TMPDIR": folder.path],
                directory: folder.path
            )
        )
        let told = String(decoding: result.output.bytes, as: UTF8.self)
        #expect(told.contains(" \(Self.secret)\nexit code 7\n"), "\(told)")
        #expect(try folder.text().contains("DNSPROOF_API=1\n") && !folder.text().contains(Self.secret))
    }

    @Test("aws-acm leaves no credentials behind, whether it ends or is ended", arguments: [true, false])
    func credentials(isEnded: Bool) async throws {
        try folders("tmp")
        let aws = try await folder.addScript(
            "aws",
            """
            cp "$AWS_SHARED_CREDENTIALS_FILE" "$LOG.new" && mv "$LOG.new" "$LOG" || exit 1
            \(isEnded ? "exec sleep 60" : "echo '{\"CertificateSummaryList\":[]}'")
            """
        )
        for _ in 1...2 {
            try? FileManager.default.removeItem(atPath: folder.path + "/log")
            let command = ChildCommand(
                program: try await StockHooks.copy("providers/aws-acm", as: "aws-acm", into: folder),
                arguments: ["list"],
                environment: [
                    "PATH": "/usr/bin:/bin", "HOME": folder.path, "TMPDIR": folder.path + "/tmp",
                    "DNSPROOF_SETTING_AWS": aws, "DNSPROOF_SETTING_REGION": "eu-west-1",
                    "DNSPROOF_SECRET_AWS": Self.secret,
                ]
            )
            let running = Task { await ChildProcess().run(command) }
            if isEnded {
                for _ in 0..<1_000 where !folder.has("log") { try await Task.sleep(for: .milliseconds(20)) }
                running.cancel()
            }
            let result = await running.value
            #expect(isEnded ? !result.neededKill : result.ending == .exited(0), "\(result)")
            #expect(try folder.text() == Self.secret + "\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/tmp") == [])
        }
    }
}
