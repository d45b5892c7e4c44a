// A provider's API on loopback that behaves as the provider does: it looks for itself, issues, voids tokens, and can
// misbehave.
package import DCV
import Synchronization

/// Who may call the rehearsed API.
package enum RehearsedCredential: Hashable, Sendable {
    case token(String)
    case key(email: String, key: String)
}

/// One call of the API, as it was asked.
package struct RehearsedAPICall: Sendable {
    /// nil: a call the provider does not have.
    package let route: RehearsedRoute?
    package let zoneID: String?
    package let packID: String?
    package let request: RehearsedRequest
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

    package let address: IPAddress
    package let port: Int
    /// What was asked, oldest first.
    package let calls: History<RehearsedAPICall>
    /// What the provider found when it looked.
    package let validations: History<RehearsedValidation>
    private let surpriseHistory: History<String>
    private let server: LoopbackHTTPServer
    private let desk: ProviderDesk

    private init(address: IPAddress, server: LoopbackHTTPServer, desk: ProviderDesk) {
        self.address = address
        self.port = server.port
        self.calls = desk.calls
        self.validations = desk.validations
        self.surpriseHistory = desk.surprises
        self.server = server
        self.desk = desk
    }

    /// - Parameters:
    ///   - port: 0 takes a free one.
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
        "http://" + (address.isV6 ? "[\(address)]" : "\(address)") + ":\(port)/client/v4"
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

    /// Changes a pack while the server runs: its status, its tokens (`issueTokens`), its shape.
    package func update(_ id: String, _ change: @Sendable (inout RehearsedPack) -> Void) {
        desk.state.withLock { $0.change(id, change) }
    }

    package func replaceZones(_ zones: [RehearsedProviderZone]) { desk.state.withLock { $0.zones = zones } }

    package func accept(_ credentials: Set<RehearsedCredential>) {
        desk.state.withLock { $0.credentials = credentials }
    }

    /// Replaces the way the provider looks.
    package func look(_ look: @escaping Look) { desk.state.withLock { $0.look = look } }

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

/// The provider's memory and its answers; shared by all connections.
final class ProviderDesk: Sendable {
    struct State: Sendable {
        var zones: [RehearsedProviderZone]
        var credentials: Set<RehearsedCredential>
        var look: RehearsedCloudflare.Look
        var faults = FaultQueue<RehearsedRoute>()

        mutating func change(_ packID: String, _ change: (inout RehearsedPack) -> Void) {
            for zone in zones.indices {
                for pack in zones[zone].packs.indices where zones[zone].packs[pack].id == packID {
                    change(&zones[zone].packs[pack])
                }
            }
        }
    }

    let state: Mutex<State>
    let calls = History<RehearsedAPICall>()
    let validations = History<RehearsedValidation>()
    let surprises = History<String>()
    let stopwatch: Stopwatch

    init(
        zones: [RehearsedProviderZone],
        credentials: Set<RehearsedCredential>,
        stopwatch: Stopwatch,
        look: @escaping RehearsedCloudflare.Look
    ) {
        state = Mutex(State(zones: zones, credentials: credentials, look: look))
        self.stopwatch = stopwatch
    }

    func answer(_ request: RehearsedRequest) async -> RehearsedReply {
        let call = ProviderCall(request)
        calls.append(
            RehearsedAPICall(route: call?.route, zoneID: call?.zoneID, packID: call?.packID, request: request)
        )
        guard let call else {
            surprise(request, "the provider has no such call")
            return .noRoute(request.path)
        }
        // A fault hides what a careless caller did wrong from the caller, not from the test.
        let refusal = credentialRefusal(request) ?? formRefusal(call)
        let fault = state.withLock { $0.faults.take(route: call.route, subject: call.zoneID) }
        return await answer(fault) {
            if let refusal { refusal } else { await perform(call) }
        }
    }

    func surprise(_ request: RehearsedRequest, _ why: String) {
        let query = request.query.isEmpty ? "" : "?\(request.query)"
        let body = request.body.isEmpty ? "" : " \(OctetText(request.body).shortened(limitBytes: 200))"
        surprises.append("\(request.method) \(request.path)\(query)\(body): \(why)")
    }

    private func perform(_ call: ProviderCall) async -> RehearsedReply {
        switch call.route {
        case .zones: return zoneList(call)
        case .verifyToken: return .tokenIsActive
        case .zone, .verification, .retry, .certificatePacks, .patch: break
        }
        guard let zone = state.withLock({ state in state.zones.first { $0.id == call.zoneID } }) else {
            return .noRoute(call.request.path)
        }
        switch call.route {
        case .zone: return .envelope(status: 200, result: zone.entry)
        case .retry:
            for pack in zone.packs where pack.awaitsProof { await validate(pack) }
            return packList(zoneID: zone.id, \.verificationEntry)
        case .certificatePacks:
            let listsAll = call.query["status"] == "all"
            return packList(zoneID: zone.id, \.packEntry) { listsAll || $0.isActive }
        case .patch:
            guard let pack = zone.packs.first(where: { $0.id == call.packID }) else {
                return .failure(status: 404, [(1408, "The requested certificate pack was not found")])
            }
            return await patch(pack, method: call.method ?? "")
        default: return packList(zoneID: zone.id, \.verificationEntry)
        }
    }
}
