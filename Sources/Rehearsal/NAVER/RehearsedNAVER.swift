// NAVER Cloud's Certificate Manager on loopback: it checks signatures, looks for itself, and can be told to time out.
package import DCV
import Synchronization

/// An API key of the account.
package struct RehearsedNAVERKey: Sendable {
    package let accessKey: String
    package let secretKey: String
    /// A sub account's key: good for API 1.0, answered with an empty 403 by API 2.0.
    package let isOfSubAccount: Bool

    package init(accessKey: String, secretKey: String, isOfSubAccount: Bool = false) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.isOfSubAccount = isOfSubAccount
    }
}

/// Certificate Manager, rehearsed: API 2.0 as far as validation goes, and the list of API 1.0.
///
/// There is no call that makes it look: it polls by itself, on reads of a name's validation. Found: that name is
/// validated, and with the last name the certificate is NORMAL. Not found: it goes on waiting until `timeOut`.
package final class RehearsedNAVER: Sendable {
    /// Looks for one token: nil when it is shown, else the reason.
    package typealias Look = @Sendable (RehearsedToken) async -> String?

    package enum Route: String, Hashable, Sendable, CaseIterable {
        case certificates = "GET /api/v2/certificate/certificates"
        case verificationInfo = "GET /api/v2/certificate/getVerificationInfo/{certificateNo}"
        case domains = "GET /api/v2/domain/domains"
        case oldCertificates = "GET /api/v1/certificates"
    }

    /// When it looks.
    package enum Polling: Sendable {
        /// On every so-many-th read of a name.
        case everyReads(Int)
        /// On any read of API 2.0, when the last look for the name (or the server's start) was so long ago.
        case everyMilliseconds(Int64)
    }

    /// One look for the token of one name.
    package struct Validation: Sendable {
        package let atMilliseconds: Int64
        package let certificateNumber: Int
        package let name: String
        /// nil: found.
        package let reason: String?
        package var succeeded: Bool { reason == nil }
    }

    package let address: IPAddress
    package let port: Int
    /// What was asked, oldest first.
    package let calls: History<RehearsedCall<Route>>
    package let validations: History<Validation>
    /// Why the gateway turned callers away.
    package let refusals: History<String>
    private let server: LoopbackHTTPServer
    private let desk: NAVERDesk

    private init(address: IPAddress, server: LoopbackHTTPServer, desk: NAVERDesk) {
        self.address = address
        port = server.port
        calls = desk.calls
        validations = desk.validations
        refusals = desk.refusals
        self.server = server
        self.desk = desk
    }

    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - clock: for signatures, which live five minutes, and for the dates in answers.
    ///   - look: how the provider looks; by default it finds everything.
    package static func start(
        certificates: [RehearsedNAVERCertificate],
        domains: [RehearsedNAVERDomain] = [],
        keys: [RehearsedNAVERKey],
        clock: any Clock,
        address: IPAddress = .v4(0x7F00_0001),
        port: Int = 0,
        stopwatch: Stopwatch = Stopwatch(),
        look: @escaping Look = { _ in nil }
    ) async throws -> RehearsedNAVER {
        var ordered = certificates
        for index in ordered.indices { ordered[index].order(at: clock.now()) }
        let desk = NAVERDesk(
            NAVERDesk.State(certificates: ordered, domains: domains, keys: keys, look: look),
            clock: clock,
            stopwatch: stopwatch
        )
        let server = try await LoopbackHTTPServer.start(addresses: [address], port: port, stopwatch: stopwatch) {
            request in
            await desk.answer(request)
        }
        return RehearsedNAVER(address: address, server: server, desk: desk)
    }

    /// `http://127.0.0.1:PORT`, in the place of `https://certificatemanager.apigw.ntruss.com`.
    package var endpoint: String { LoopbackHTTPServer.origin(address, port) }

    /// Calls the provider does not have, or in a form it refuses. A test ends with `#expect(naver.surprises.isEmpty)`.
    package var surprises: [String] { desk.surprises.entries }

    package func count(of route: Route) -> Int { calls.entries.count { $0.route == route } }

    package var certificates: [RehearsedNAVERCertificate] { desk.state.withLock { $0.certificates } }

    package func certificate(_ number: Int) -> RehearsedNAVERCertificate? {
        certificates.first { $0.number == number }
    }

    /// Changes a certificate while the server runs.
    package func update(_ number: Int, _ change: @Sendable (inout RehearsedNAVERCertificate) -> Void) {
        desk.state.withLock { $0.change(number, change) }
    }

    /// The names that still wait are given up, and the certificate with them: a person must order again.
    package func timeOut(_ number: Int) { desk.state.withLock { $0.change(number) { $0.timeOut() } } }

    /// What a person does after a timeout: new validations beside the old entries.
    package func reissue(_ number: Int) {
        let now = desk.clock.now()
        desk.state.withLock { $0.change(number) { $0.order(at: now) } }
    }

    package func accept(_ keys: [RehearsedNAVERKey]) { desk.state.withLock { $0.keys = keys } }

    /// How answers are written from now on.
    package func write(_ shape: RehearsedNAVERShape) { desk.state.withLock { $0.shape = shape } }

    package func poll(_ polling: Polling) { desk.state.withLock { $0.polling = polling } }

    /// Replaces the way the provider looks.
    package func look(_ look: @escaping Look) { desk.state.withLock { $0.look = look } }

    /// The next `times` fitting calls go wrong. Faults are taken in the order they were added.
    /// - Parameters:
    ///   - route: nil fits every route.
    ///   - certificateNumber: nil fits every certificate.
    package func fail(_ fault: RehearsedFault, on route: Route? = nil, certificateNumber: Int? = nil, times: Int = 1) {
        desk.state.withLock {
            $0.faults.add(fault, route: route, subject: certificateNumber.map { "\($0)" }, times: times)
        }
    }

    package func clearFaults() { desk.state.withLock { $0.faults.clear() } }

    package func shutdown() async { await server.shutdown() }
}

/// The provider's memory; shared by all connections.
final class NAVERDesk: Sendable {
    struct State: Sendable {
        var certificates: [RehearsedNAVERCertificate]
        var domains: [RehearsedNAVERDomain]
        var keys: [RehearsedNAVERKey]
        var look: RehearsedNAVER.Look
        var shape = RehearsedNAVERShape()
        var polling = RehearsedNAVER.Polling.everyReads(1)
        var faults = FaultQueue<RehearsedNAVER.Route>()
        /// Reads of a name, and when it was last looked for; by certificate number and name.
        var reads: [String: Int] = [:]
        var looks: [String: Int64] = [:]

        mutating func change(_ number: Int, _ change: (inout RehearsedNAVERCertificate) -> Void) {
            for index in certificates.indices where certificates[index].number == number {
                change(&certificates[index])
            }
        }
    }

    let state: Mutex<State>
    let calls = History<RehearsedCall<RehearsedNAVER.Route>>()
    let validations = History<RehearsedNAVER.Validation>()
    let refusals = History<String>()
    let surprises = History<String>()
    let clock: any Clock
    let stopwatch: Stopwatch

    init(_ state: sending State, clock: any Clock, stopwatch: Stopwatch) {
        self.state = Mutex(state)
        self.clock = clock
        self.stopwatch = stopwatch
    }

    func answer(_ request: RehearsedRequest) async -> RehearsedReply {
        let call = NAVERCall(request)
        calls.append(RehearsedCall(route: call?.route, subject: call?.certificateNumber, request: request))
        // A fault hides what a careless caller did wrong from the caller, not from the test.
        let refusal = gatewayRefusal(request, call) ?? call.flatMap(formRefusal)
        guard let call else { return refusal ?? .gatewayError(status: 404, code: "300", "Not Found Exception") }
        let fault = state.withLock { $0.faults.take(route: call.route, subject: call.certificateNumber) }
        var reply = await answer(fault) {
            if let refusal { refusal } else { await perform(call) }
        }
        // By its date a caller whose signature is refused can tell that its own clock is wrong.
        reply.headers.append(("date", CivilTime(clock.now()).httpDate))
        return reply
    }

    func surprise(_ request: RehearsedRequest, _ why: String) { surprises.append("\(request.line): \(why)") }

    private func perform(_ call: NAVERCall) async -> RehearsedReply {
        switch call.route {
        case .certificates:
            await pollAll()
            return certificateList(call)
        case .oldCertificates: return oldCertificateList()
        case .domains: return domainList(call)
        case .verificationInfo:
            await poll(call)
            return verificationInfo(call)
        }
    }
}
