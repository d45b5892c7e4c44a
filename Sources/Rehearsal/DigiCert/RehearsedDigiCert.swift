// DigiCert CertCentral on loopback: domains and orders with their tokens, looked for when a check is asked.
package import DCV
import Synchronization

/// The Services API v2, rehearsed as far as domain validation goes.
///
/// A check (`validate-token`, `check-dcv`) makes it look with its own eyes. Found: the validation is complete. Not
/// found: an error, and the token stays. Only `POST .../dcv/token` and a change of the method void a token.
package final class RehearsedDigiCert: Sendable {
    /// Looks for one token: nil when it is shown, else the reason.
    package typealias Look = @Sendable (RehearsedToken) async -> String?

    package enum Route: String, Hashable, Sendable, CaseIterable {
        case domains = "GET /domain"
        case domain = "GET /domain/{id}"
        case validation = "GET /domain/{id}/validation"
        case submit = "POST /domain/{id}/validation"
        case domainMethod = "PUT /domain/{id}/dcv/method"
        case newToken = "POST /domain/{id}/dcv/token"
        case checkDomain = "PUT /domain/{id}/dcv/validate-token"
        case orders = "GET /order/certificate"
        case order = "GET /order/certificate/{id}"
        case orderToken = "PUT /order/certificate/{id}/dcv-random-value"
        case orderMethod = "PUT /order/certificate/{id}/dcv-method"
        case checkOrder = "PUT /order/certificate/{id}/check-dcv"

        var isOfOrders: Bool {
            switch self {
            case .orders, .order, .orderToken, .orderMethod, .checkOrder: true
            default: false
            }
        }
    }

    /// One look for one name, by a check of a domain or of an order.
    package struct Validation: Sendable {
        package let atMilliseconds: Int64
        package let route: Route
        package let id: Int
        package let name: String
        /// What was seen at each place that would have done; empty when the token was found.
        package let reasons: [String]
        package var succeeded: Bool { reasons.isEmpty }
    }

    /// Personal data that stands in answers: none of it may be found in a journal, a log, a report or a file.
    package static let canaries = [
        "Kanarienvogel", "Serinus", "canary.person@canary.example", "+1-555-0100-CANARY", "Canary Title Officer",
    ]

    package let address: IPAddress
    package let port: Int
    /// What was asked, oldest first.
    package let calls: History<RehearsedCall<Route>>
    package let validations: History<Validation>
    private let server: LoopbackHTTPServer
    private let desk: DigiCertDesk

    private init(address: IPAddress, server: LoopbackHTTPServer, desk: DigiCertDesk) {
        self.address = address
        port = server.port
        calls = desk.calls
        validations = desk.validations
        self.server = server
        self.desk = desk
    }

    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - clock: for the dates in answers and the ends of tokens.
    ///   - look: how the provider looks; by default it finds everything.
    package static func start(
        domains: [RehearsedDigiCertDomain],
        orders: [RehearsedDigiCertOrder] = [],
        keys: Set<String>,
        clock: any Clock,
        address: IPAddress = .v4(0x7F00_0001),
        port: Int = 0,
        stopwatch: Stopwatch = Stopwatch(),
        look: @escaping Look = { _ in nil }
    ) async throws -> RehearsedDigiCert {
        var state = DigiCertDesk.State(domains: domains, orders: orders, keys: keys, look: look)
        for index in state.domains.indices where state.domains[index].awaitsProof {
            state.domains[index].token.issue(at: clock.now())
        }
        for index in state.orders.indices { state.orders[index].token.issue(at: clock.now()) }
        let desk = DigiCertDesk(state, clock: clock, stopwatch: stopwatch)
        let server = try await LoopbackHTTPServer.start(addresses: [address], port: port, stopwatch: stopwatch) {
            request in
            await desk.answer(request)
        }
        return RehearsedDigiCert(address: address, server: server, desk: desk)
    }

    /// `http://127.0.0.1:PORT/services/v2`
    package var endpoint: String {
        LoopbackHTTPServer.origin(address, port) + "/services/v2"
    }

    /// Calls the provider does not have, or in a form it refuses. A test ends with
    /// `#expect(digicert.surprises.isEmpty)`.
    package var surprises: [String] { desk.surprises.entries }

    package func count(of route: Route) -> Int { calls.entries.count { $0.route == route } }

    package var domains: [RehearsedDigiCertDomain] { desk.state.withLock { $0.domains } }
    package var orders: [RehearsedDigiCertOrder] { desk.state.withLock { $0.orders } }
    package func domain(_ id: Int) -> RehearsedDigiCertDomain? { domains.first { $0.id == id } }
    package func order(_ id: Int) -> RehearsedDigiCertOrder? { orders.first { $0.id == id } }

    /// Changes a domain while the server runs.
    package func updateDomain(_ id: Int, _ change: @Sendable (inout RehearsedDigiCertDomain) -> Void) {
        desk.state.withLock { $0.changeDomain(id, change) }
    }

    package func updateOrder(_ id: Int, _ change: @Sendable (inout RehearsedDigiCertOrder) -> Void) {
        desk.state.withLock { $0.changeOrder(id, change) }
    }

    package func accept(keys: Set<String>) { desk.state.withLock { $0.keys = keys } }

    /// How answers are written from now on.
    package func write(_ shape: RehearsedDigiCertShape) { desk.state.withLock { $0.shape = shape } }

    /// Replaces the way the provider looks.
    package func look(_ look: @escaping Look) { desk.state.withLock { $0.look = look } }

    /// The next `times` fitting calls go wrong. Faults are taken in the order they were added.
    /// - Parameters:
    ///   - route: nil fits every route.
    ///   - id: of a domain or an order; nil fits every one.
    package func fail(_ fault: RehearsedFault, on route: Route? = nil, id: Int? = nil, times: Int = 1) {
        desk.state.withLock { $0.faults.add(fault, route: route, subject: id.map { "\($0)" }, times: times) }
    }

    package func clearFaults() { desk.state.withLock { $0.faults.clear() } }

    package func shutdown() async { await server.shutdown() }
}

/// The provider's memory; shared by all connections.
final class DigiCertDesk: Sendable {
    struct State: Sendable {
        var domains: [RehearsedDigiCertDomain]
        var orders: [RehearsedDigiCertOrder]
        var keys: Set<String>
        var look: RehearsedDigiCert.Look
        var shape = RehearsedDigiCertShape()
        var faults = FaultQueue<RehearsedDigiCert.Route>()

        mutating func changeDomain(_ id: Int, _ change: (inout RehearsedDigiCertDomain) -> Void) {
            for index in domains.indices where domains[index].id == id { change(&domains[index]) }
        }

        mutating func changeOrder(_ id: Int, _ change: (inout RehearsedDigiCertOrder) -> Void) {
            for index in orders.indices where orders[index].id == id { change(&orders[index]) }
        }
    }

    let state: Mutex<State>
    let calls = History<RehearsedCall<RehearsedDigiCert.Route>>()
    let validations = History<RehearsedDigiCert.Validation>()
    let surprises = History<String>()
    let clock: any Clock
    let stopwatch: Stopwatch

    init(_ state: sending State, clock: any Clock, stopwatch: Stopwatch) {
        self.state = Mutex(state)
        self.clock = clock
        self.stopwatch = stopwatch
    }

    func answer(_ request: RehearsedRequest) async -> RehearsedReply {
        let call = DigiCertCall(request)
        calls.append(RehearsedCall(route: call?.route, subject: call?.id.map { "\($0)" }, request: request))
        // A fault hides what a careless caller did wrong from the caller, not from the test.
        let refusal = keyRefusal(request) ?? formRefusal(request, call)
        guard let call else { return refusal ?? error(404, "not_found|route", "The specified route was not found.") }
        let fault = state.withLock { $0.faults.take(route: call.route, subject: call.id.map { "\($0)" }) }
        return await answer(fault) {
            if let refusal { refusal } else { await perform(call) }
        }
    }

    func surprise(_ request: RehearsedRequest, _ why: String) { surprises.append("\(request.line): \(why)") }

    private func perform(_ call: DigiCertCall) async -> RehearsedReply {
        switch call.route {
        case .domains: return domainList(call)
        case .orders: return orderList(call)
        default: break
        }
        let (domain, order, shape) = state.withLock { state in
            (
                state.domains.first { $0.id == call.id }, state.orders.first { $0.id == call.id }, state.shape
            )
        }
        if call.route.isOfOrders {
            guard let order else { return error(404, "not_found|order", "The specified order could not be found.") }
            switch call.route {
            case .orderToken: return orderToken(order)
            case .orderMethod: return changeMethod(of: order, call)
            case .checkOrder: return await check(order, call)
            default: return .json(200, entry(order, isWhole: true, shape))
            }
        }
        guard let domain else { return error(404, "not_found|domain", "The specified domain could not be found.") }
        switch call.route {
        case .validation: return .json(200, validations(of: domain, withUsers: true, shape))
        case .submit: return submit(domain, call)
        case .domainMethod: return changeMethod(of: domain, call)
        case .newToken: return newToken(of: domain)
        case .checkDomain: return await check(domain)
        default: return .json(200, entry(domain, call, isWhole: true, shape))
        }
    }
}
