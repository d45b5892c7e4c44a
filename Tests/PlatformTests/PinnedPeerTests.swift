// Requests to a given address: whose certificates count there, and that a deaf peer is told from a silent one.
import DCV
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import Platform

@Suite(.timeLimit(.minutes(1))) struct PinnedPeerTests {
    private static let okay = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    private static func exchange(
        _ port: UInt16,
        host: String = "api.example.test",
        scheme: HTTPURL.Scheme = .https,
        trust: HTTPRequest.Trust,
        deadlineMilliseconds: Int64 = 10_000,
        address: IPAddress = .v4(0x7F00_0001)
    ) async throws -> Result<HTTPResponse, HTTPFailure> {
        let request = HTTPRequest(
            .get,
            try HTTPURL(scheme, host: .name(try DomainName(host))),
            deadlineMilliseconds: deadlineMilliseconds,
            peer: HTTPRequest.Peer(address: address, port: port),
            trust: trust
        )
        let transport = HTTPTransport()
        let result: Result<HTTPResponse, HTTPFailure>
        do throws(HTTPFailure) {
            result = .success(try await transport.exchange(request))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        return result
    }

    private static func isTLSFailure(_ result: Result<HTTPResponse, HTTPFailure>) -> Bool {
        if case .failure(.tlsFailed) = result { true } else { false }
    }

    @Test func whoseCertificatesCount() async throws {
        let server = try await RawServer(.bytes(Self.okay), tls: try TestCertificate.context())
        let roots = HTTPRequest.Trust.roots(pem: try TestCertificate.pem())
        #expect(try await Self.exchange(server.port, trust: roots).get().status == 200)
        #expect(Self.isTLSFailure(try await Self.exchange(server.port, host: "other.example.test", trust: roots)))
        #expect(Self.isTLSFailure(try await Self.exchange(server.port, trust: .systemRoots)))
        let any = try await Self.exchange(server.port, host: "other.example.test", trust: .anyCertificate)
        #expect(try any.get().status == 200)
        #expect(Self.isTLSFailure(try await Self.exchange(server.port, trust: .roots(pem: Array("none".utf8)))))
        #expect(server.requests.count == 2)
        await server.stop()
    }

    /// An address without its way is one thing, a machine that is out of descriptors another: there IPv6 may well be reached.
    @Test(arguments: [
        (EAFNOSUPPORT, true), (ENETUNREACH, true), (EADDRNOTAVAIL, true), (0, false), (EMFILE, false), (ENFILE, false),
        (ENOMEM, false), (EACCES, false), (EINVAL, false), (EHOSTUNREACH, false),
    ])
    func whatOfTheKernelsErrorsMeansNoRoute(code: Int32, meansNoRoute: Bool) {
        #expect(System.meansNoRoute(-code) == meansNoRoute)
    }

    private static var hasIPv6: Bool {
        let addresses = (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8)) ?? ""
        return addresses.split(separator: "\n").contains { !$0.hasSuffix(" lo") }
    }

    @Test(.enabled(if: !hasIPv6, "where IPv6 goes nowhere"))
    func noRouteIsTold() async throws {
        let nowhere = try #require(IPAddress("2a00::1"))
        let result = try await Self.exchange(80, scheme: .http, trust: .anyCertificate, address: nowhere)
        #expect(throws: HTTPFailure.noRoute("2a00::1")) { try result.get() }
    }

    @Test func nobodyThereIsNoLackOfARoute() async throws {
        let server = try await RawServer(.bytes(Self.okay))
        await server.stop()
        guard case .failure(.unreachable) = try await Self.exchange(server.port, scheme: .http, trust: .anyCertificate)
        else {
            Issue.record("a port where nobody listens is not another machine's lack of a route")
            return
        }
    }

    @Test func oldTLSIsNotSpokenEvenWithAnyCertificate() async throws {
        let old = try TestCertificate.context { ($0.minimumTLSVersion, $0.maximumTLSVersion) = (.tlsv1, .tlsv11) }
        let server = try await RawServer(.bytes(Self.okay), tls: old)
        #expect(Self.isTLSFailure(try await Self.exchange(server.port, trust: .anyCertificate)))
        #expect(server.requests.isEmpty)
        await server.stop()
    }

    @Test func aPeerThatDoesNotTakeTheConnectionIsUnreachableAndASilentOneTimesOut() async throws {
        let silent = try await RawServer(.bytes(""))
        let late = try await Self.exchange(silent.port, scheme: .http, trust: .systemRoots, deadlineMilliseconds: 400)
        guard case .failure(.timedOut(milliseconds: 400)) = late else {
            Issue.record("\(late)")
            return
        }
        await silent.stop()
        let deaf = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 1)
            .serverChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = UInt16(deaf.localAddress?.port ?? 0)
        let failures = try await withThrowingTaskGroup(of: Result<HTTPResponse, HTTPFailure>.self) { group in
            // The first few fill the queue and wait in vain for an answer; the others get no connection.
            for place in 0..<6 {
                group.addTask {
                    // One after the other: of those that come at once all would be let in.
                    try await Task.sleep(for: .milliseconds(150 * place))
                    return try await Self.exchange(
                        port,
                        scheme: .http,
                        trust: .systemRoots,
                        deadlineMilliseconds: 4_000
                    )
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let unreachable = failures.filter {
            if case .failure(.unreachable(let why)) = $0 { why.contains("2000 ms") } else { false }
        }
        #expect(!unreachable.isEmpty, "\(failures)")
        try await deaf.close()
    }
}
