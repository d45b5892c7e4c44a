// A provider's API on loopback that behaves as the provider does: it looks for itself, issues, voids tokens, and can
// misbehave.
package import DCV
import Synchronization

/// One call of the API, as it was asked.
package struct RehearsedAPICall: Sendable {
    /// nil: a call the provider does not have.
    package let route: RehearsedRoute?
    /// What stands in its path for the names in braces of the route.
    package let ids: [String: String]
    package let request: RehearsedRequest

    package var zoneID: String? { ids["zone"] }
    package var packID: String? { ids["pack"] }
}

/// One look of the provider for a pack's tokens.
package struct RehearsedValidation: Sendable {
    package let atMilliseconds: Int64
    package let packID: String
    /// Why it failed; empty when the tokens were found. A failed look has voided the tokens.
    package let reasons: [String]
    package var succeeded: Bool { reasons.isEmpty }
}

/// The Cloudflare API for certificate validation, rehearsed (`/client/v4`).
///
/// A PATCH with the pack's own method, or `?retry=true`, makes it look for the tokens with its own eyes. Found: the
/// pack goes on to active. Not found: the tokens are void and new ones are issued. A PATCH with another method
/// switches to new tokens of that kind. A call that the provider does not know, or in a form it does not take, is
/// answered as the provider would and kept as a surprise.
package final class RehearsedCloudflare: Sendable {
    /// Looks for one token: nil when it is shown, else the reason.
    package typealias Look = @Sendable (RehearsedToken) async -> String?
    /// Why the CA (in the provider's word) must not issue for the host; nil when it may.
    package typealias MayIssue = @Sendable (_ host: String, _ authority: String) async -> String?

    package let address: IPAddress
    package let port: Int
    /// What was asked, oldest first.
    package let calls: History<RehearsedAPICall>
    /// What the provider found when it looked.
    package let validations: History<RehearsedValidation>
    /// What it found when it looked for the owners of custom hostnames; `packID` is the hostname's id.
    package let ownershipChecks: History<RehearsedValidation>
    private let surpriseHistory: History<String>
    private let server: LoopbackHTTPServer
    private let desk: ProviderDesk

    private init(address: IPAddress, server: LoopbackHTTPServer, desk: ProviderDesk) {
        self.address = address
        self.port = server.port
        self.calls = desk.calls
        self.validations = desk.validations
        self.ownershipChecks = desk.ownershipChecks
        self.surpriseHistory = desk.surprises
        self.server = server
        self.desk = desk
    }

    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - credentials: each with every right (`grant` gives less).
    ///   - look: how the provider looks; by default it finds everything. Can be replaced later.
    package static func start(
        zones: [RehearsedProviderZone],
        credentials: Set<RehearsedCredential>,
        address: IPAddress = .v4(0x7F00_0001),
        port: Int = 0,
        stopwatch: Stopwatch = Stopwatch(),
        look: @escaping Look = { _ in nil }
    ) async throws -> RehearsedCloudflare {
        let desk = ProviderDesk(zones: zones, credentials: credentials, stopwatch: stopwatch, look: look)
        let server = try await LoopbackHTTPServer.start(addresses: [address], port: port, stopwatch: stopwatch) {
            request in
            await desk.answer(request)
        }
        return RehearsedCloudflare(address: address, server: server, desk: desk)
    }

    /// `http://127.0.0.1:PORT/client/v4`
    package var endpoint: String {
        LoopbackHTTPServer.origin(address, port) + "/client/v4"
    }

    /// Calls the provider does not have, or in a form it refuses. A test ends with
    /// `#expect(cloudflare.surprises.isEmpty)`.
    package var surprises: [String] { surpriseHistory.entries }

    /// How many calls of one route were made.
    package func count(of route: RehearsedRoute) -> Int { calls.entries.count { $0.route == route } }

    package var zones: [RehearsedProviderZone] { desk.state.withLock { $0.zones } }

    package func pack(_ id: String) -> RehearsedPack? {
        zones.lazy.flatMap(\.packs).first { $0.id == id }
    }

    package func hostname(_ id: String) -> RehearsedHostname? { desk.state.withLock { $0.hostname(id) } }

    /// Changes a pack, or the certificate of a custom hostname, while the server runs: its status, its tokens
    /// (`issueTokens`), its shape.
    package func update(_ id: String, _ change: @Sendable (inout RehearsedPack) -> Void) {
        desk.state.withLock { $0.change(id, change) }
        desk.settle()
    }

    package func updateHostname(_ id: String, _ change: @Sendable (inout RehearsedHostname) -> Void) {
        desk.state.withLock { $0.changeHostname(id, change) }
        desk.settle()
    }

    package func updateZone(_ id: String, _ change: @Sendable (inout RehearsedProviderZone) -> Void) {
        desk.state.withLock { $0.changeZone(id, change) }
        desk.settle()
    }

    package func replaceZones(_ zones: [RehearsedProviderZone]) {
        desk.state.withLock { $0.zones = zones }
        desk.settle()
    }

    /// Only these may call, each with every right.
    package func accept(_ credentials: Set<RehearsedCredential>) {
        desk.state.withLock { state in
            state.grants = Dictionary(uniqueKeysWithValues: credentials.map { ($0, RehearsedGrant()) })
        }
    }

    /// Gives one credential these rights and no others.
    package func grant(_ grant: RehearsedGrant, to credential: RehearsedCredential) {
        desk.state.withLock { $0.grants[credential] = grant }
    }

    /// Changes how lists are written.
    package func behave(_ change: @Sendable (inout RehearsedManners) -> Void) {
        desk.state.withLock { change(&$0.manners) }
    }

    /// Replaces the way the provider looks.
    package func look(_ look: @escaping Look) { desk.state.withLock { $0.look = look } }

    /// How its CAs read CAA records; without it they read none.
    package func mayIssue(_ mayIssue: @escaping MayIssue) { desk.state.withLock { $0.mayIssue = mayIssue } }

    /// From now on, what the provider places by itself reaches the name servers this way; without it, it is shown
    /// nowhere.
    package func place(_ place: @escaping Place) { desk.place(place) }

    /// The next `times` fitting calls go wrong. Faults are taken in the order they were added.
    /// - Parameters:
    ///   - route: nil fits every route.
    ///   - zoneID: nil fits every zone.
    package func fail(
        _ fault: RehearsedFault,
        on route: RehearsedRoute? = nil,
        zoneID: String? = nil,
        times: Int = 1
    ) {
        desk.state.withLock { $0.faults.add(fault, route: route, subject: zoneID, times: times) }
    }

    package func clearFaults() { desk.state.withLock { $0.faults.clear() } }

    package func shutdown() async { await server.shutdown() }
}
