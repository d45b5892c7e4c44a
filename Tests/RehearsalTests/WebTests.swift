// The rehearsed web server serves token files and nothing else, in the manner it is told to.
import DCV
import FoundationEssentials
import Rehearsal
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WebTests {
    private let address = IPAddress.v4(0x7F00_3551)
    private let path = "/.well-known/acme-challenge/token"

    private func rehearse(_ test: (RehearsedWeb) async throws -> Void) async throws {
        let root = FileManager.default.temporaryDirectory.path + "/web-\(UInt64.random(in: 0 ... .max))"
        let folder = root + "/.well-known/acme-challenge"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        try Data("body\n".utf8).write(to: URL(filePath: folder + "/token"))
        try Data("secret".utf8).write(to: URL(filePath: root + "/secret"))
        let web = try await RehearsedWeb.start(addresses: [address, .v4(0x7F00_3552)], root: root)
        do {
            try await test(web)
        } catch {
            await web.shutdown()
            throw error
        }
        await web.shutdown()
    }

    private func get(
        _ web: RehearsedWeb,
        _ path: String,
        at other: IPAddress? = nil
    ) async throws -> SmallHTTPClient.Answer {
        try await SmallHTTPClient.fetch(
            "GET",
            path,
            host: "shop.example",
            at: other ?? address,
            port: web.port,
            deadlineMilliseconds: 10_000
        )
    }

    @Test("Token files are served, other files are not, and the Host header is kept")
    func files() async throws {
        try await rehearse { web in
            let found = try await get(web, path)
            #expect(found.status == 200 && found.text == "body\n")
            let paths = [
                "/secret", "/.well-known/acme-challenge/../../secret", "/.well-known/acme-challenge/none", "/",
                "/.well-known/acme-challenge/", "/.well-known/acme-challenge/%2e%2e/x",
            ]
            for path in paths {
                let answer = try await get(web, path)
                #expect(answer.status == 404, "\(path)")
                #expect((1900...2300).contains(answer.text.utf8.count), "as long as pages of real servers are")
            }
            #expect(web.history.entries.map(\.path) == [path] + paths)
            #expect(web.history.entries.allSatisfy { $0.host == "shop.example" && $0.server == "127.0.53.81" })
        }
    }

    @Test("It misbehaves on request, at one address or at all")
    func behaviours() async throws {
        try await rehearse { web in
            web.behave(.notFound, at: address)
            let absent = try await get(web, path)
            let other = try await get(web, path, at: .v4(0x7F00_3552))
            #expect(absent.status == 404 && other.status == 200)
            web.behave(.redirect(to: "https://elsewhere.test%p"))
            let moved = try await get(web, path)
            #expect(moved.status == 301 && moved.header("location") == "https://elsewhere.test" + path)
            web.behave(.wrong(body: "other"))
            let wrong = try await get(web, path)
            #expect(wrong.text == "other")
            web.behave(.status(503))
            let failing = try await get(web, path)
            #expect(failing.status == 503)
            web.behave(.slow(milliseconds: 50))
            let start = ContinuousClock.now
            let slow = try await get(web, path)
            #expect(slow.text == "body\n" && ContinuousClock.now - start >= .milliseconds(250))
            web.behave(.endless)
            await #expect(throws: (any Error).self) { _ = try await get(web, path) }
        }
    }
}
