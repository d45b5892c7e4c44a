// A web server that serves token files out of a folder, well or badly.
package import DCV
import FoundationEssentials
import Synchronization

/// Serves `/.well-known/...` out of a folder on loopback and keeps a history of what was asked.
package final class RehearsedWeb: Sendable {
    package enum Behaviour: Sendable {
        case normal
        /// Every path is not found.
        case notFound
        /// 301 to this URL; "%p" stands for the path.
        case redirect(to: String)
        /// 200 with this body for every path.
        case wrong(body: String)
        case status(Int)
        /// The right body, one byte after each pause.
        case slow(milliseconds: Int)
        /// 200 and a body without an end.
        case endless
    }

    /// Larger files are not served: a token has at most 512 octets.
    package static let fileLimitBytes = 65_536

    /// Of the page that says "not found", about.
    package static let notFoundPageBytes = 2048

    package let addresses: [IPAddress]
    package let port: Int
    /// The folder that stands for the web server's document root.
    package let root: String
    package let history: History<RehearsedRequest>
    private let server: LoopbackHTTPServer
    private let behaviours: BehaviourTable

    private final class BehaviourTable: Sendable {
        let all = Mutex<[IPAddress: Behaviour]>([:])
    }

    private init(
        addresses: [IPAddress],
        root: String,
        history: History<RehearsedRequest>,
        server: LoopbackHTTPServer,
        behaviours: BehaviourTable
    ) {
        self.addresses = addresses
        self.port = server.port
        self.root = root
        self.history = history
        self.server = server
        self.behaviours = behaviours
    }

    /// - Parameter port: 0 takes a free one, the same at all addresses.
    package static func start(
        addresses: [IPAddress],
        root: String,
        port: Int = 0,
        stopwatch: Stopwatch = Stopwatch()
    ) async throws -> RehearsedWeb {
        let history = History<RehearsedRequest>()
        let behaviours = BehaviourTable()
        let server = try await LoopbackHTTPServer.start(addresses: addresses, port: port, stopwatch: stopwatch) {
            request in
            history.append(request)
            let address = IPAddress(request.server)
            let behaviour = behaviours.all.withLock { table in address.flatMap { table[$0] } } ?? .normal
            return reply(to: request, behaviour, root: root)
        }
        return RehearsedWeb(
            addresses: addresses,
            root: root,
            history: history,
            server: server,
            behaviours: behaviours
        )
    }

    /// Changes how one address, or every address, behaves from now on.
    package func behave(_ behaviour: Behaviour, at address: IPAddress? = nil) {
        behaviours.all.withLock { table in
            for one in address.map({ [$0] }) ?? addresses { table[one] = behaviour }
        }
    }

    package func shutdown() async { await server.shutdown() }

    private static func reply(to request: RehearsedRequest, _ behaviour: Behaviour, root: String) -> RehearsedReply {
        switch behaviour {
        case .normal: return file(request.path, root: root)
        case .slow(let milliseconds):
            var reply = file(request.path, root: root)
            reply.manner = .drip(milliseconds: milliseconds)
            return reply
        case .notFound: return notFound
        case .redirect(let target):
            let location = target.split(separator: "%p", omittingEmptySubsequences: false).joined(
                separator: request.path
            )
            var reply = text(301, "moved\n")
            reply.headers.append(("location", location))
            return reply
        case .wrong(let body): return text(200, body)
        case .status(let code): return text(code, "status \(code)\n")
        case .endless:
            return RehearsedReply(status: 200, body: [UInt8](repeating: 0x78, count: 16_384), manner: .endless)
        }
    }

    private static func text(_ status: Int, _ body: String) -> RehearsedReply {
        RehearsedReply(status: status, headers: [("content-type", "text/plain")], body: body.utf8)
    }

    /// "Not found" as web servers say it, in HTML that is longer than any token: whoever takes the length of a page for
    /// a fault finds no token missing here.
    private static let notFound: RehearsedReply = {
        let line = "<p>The page that you are looking for does not exist, or it has been moved to another place.</p>\n"
        let page =
            "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head>\n<body><h1>404 Not Found</h1>\n"
            + String(repeating: line, count: notFoundPageBytes / line.utf8.count) + "</body></html>\n"
        return RehearsedReply(status: 404, headers: [("content-type", "text/html")], body: page.utf8)
    }()

    /// The file of a token path; only those two folders are served, so no path can leave the root.
    private static func file(_ path: String, root: String) -> RehearsedReply {
        guard let token = try? HTTPTokenPath(path),
            let content = FileManager.default.contents(atPath: root + token.text), content.count <= fileLimitBytes
        else { return notFound }
        return RehearsedReply(status: 200, headers: [("content-type", "application/octet-stream")], body: content)
    }
}
