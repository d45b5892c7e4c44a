// DigiCert CertCentral behind the Provider port: which calls are made for a reading, a look, a check, a change, a revalidation.
package import DCV
import Platform
import Synchronization

/// Domains and pending orders of one CertCentral account.
///
/// Calls of a reading: one for every 500 domains; one more for a domain whose proof is in its last third (or ends within 90 days) or that
/// waits for something, two where its validations must be asked for; with orders one for their list, and one or two for each that is
/// pending. A valid domain that is far from its end costs nothing of its own.
package final class DigiCertProvider: Provider {
    let configuration: DigiCertConfiguration
    private let client: APIClient
    private let clock: any Clock
    private let memory = Mutex(Memory())

    /// What a later call of the same run needs of an earlier answer.
    private struct Memory {
        /// Types of validation by domain.
        var types: [Int64: [String]] = [:]
        var covers: [DigiCertCover] = []
        /// Orders that were pending, with what they became; nil while they are. An order that is issued leaves the list of pending ones, and
        /// its records would be kept until they are old.
        var orders: [Int64: Authorization?] = [:]
    }

    package init(_ configuration: DigiCertConfiguration, _ surroundings: ProviderSurroundings) {
        self.configuration = configuration
        clock = surroundings.clock
        client = APIClient(configuration.name, configuration.manners, surroundings)
    }

    package var name: ProviderName { configuration.name }

    package func read() async -> ProviderReading {
        var reading = DigiCertReading(provider: name)
        await readDomains(into: &reading)
        if configuration.readsOrders { await readOrders(into: &reading) }
        return reading.result
    }

    package func refresh(_ authorization: Authorization) async -> Result<Authorization, ProviderFailure> {
        switch DigiCertHandle(authorization.key.id) {
        case .domain(let id):
            switch await domain(id, withDetails: false) {
            case .failure(let fault): return .failure(fault.failure)
            case .success(let domain):
                guard domain.isActive, !domain.isUnsubmitted else { return .failure(gone(authorization)) }
                return .success(domain.authorization(authorization.key, at: clock.now()))
            }
        case .order(let id):
            switch await order(id) {
            case .failure(let fault): return .failure(fault.failure)
            case .success(let order):
                let covers = memory.withLock { $0.covers }
                return .success(order.authorization(authorization.key, besides: covers))
            }
        case nil: return .failure(foreign(authorization))
        }
    }

    package func trigger(_ authorization: Authorization, style: TriggerStyle) async -> Result<Void, ProviderFailure> {
        guard let handle = DigiCertHandle(authorization.key.id) else { return .failure(foreign(authorization)) }
        guard style == .patch, authorization.status == .pending, authorization.capabilities.triggers.contains(style)
        else {
            let saw = "a check (\(style.rawValue)) while the status is \(authorization.status.rawValue)"
            return .failure(
                .notPossible(authorization, saw: saw, wanted: "one call for one that waits for a token's proof")
            )
        }
        let call = DigiCertCall.check(handle)
        switch await send(call) {
        case .failure(let fault): return .failure(fault.failure)
        case .success(let document):
            guard let missed = DigiCertCheck.missed(document) else { return .success(()) }
            return .failure(judge(call).lookFailed(missed).failure)
        }
    }

    package func changeMethod(
        of authorization: Authorization,
        to method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> {
        guard let handle = DigiCertHandle(authorization.key.id) else { return .failure(foreign(authorization)) }
        guard let word = DigiCertMethod(asking: method), authorization.status == .pending,
            authorization.method != method, authorization.capabilities.methods.contains(method)
        else {
            let offered = authorization.capabilities.methods.map { $0.rawValue }.joined(separator: ", ")
            let wanted = "another method than now, of: \(offered.isEmpty ? "none" : offered)"
            return .failure(.notPossible(authorization, saw: "a change to \(method.rawValue)", wanted: wanted))
        }
        return await perform(.changeMethod(of: handle, to: word))
    }

    /// Never while the domain waits for proof: a token that lives must not be voided.
    package func revalidate(
        _ authorization: Authorization,
        by method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> {
        guard case .domain(let id) = DigiCertHandle(authorization.key.id) else {
            return .failure(
                .notPossible(authorization, saw: "a revalidation", wanted: "a domain; orders prove their names once")
            )
        }
        guard let word = DigiCertMethod(asking: method), [.valid, .dead].contains(authorization.status),
            authorization.capabilities.revalidations.contains(method)
        else {
            let saw = "a revalidation by \(method.rawValue) while the status is \(authorization.status.rawValue)"
            return .failure(
                .notPossible(
                    authorization,
                    saw: saw,
                    wanted: "a domain whose proof holds or has ended, and a token method"
                )
            )
        }
        var types = memory.withLock { $0.types[id] }
        if types == nil {
            switch await domain(id, withDetails: false) {
            case .failure(let fault): return .failure(fault.failure)
            case .success(let domain): types = domain.types
            }
        }
        guard let types, !types.isEmpty else {
            return .failure(
                .notPossible(authorization, saw: "no type of validation", wanted: "the types that it had (ov, ev)")
            )
        }
        return await perform(.submit(id, types, by: word))
    }

    package func examine() async -> ProviderExamination {
        let domains = await send(.domains(offset: 0, limit: 1))
        let orders = configuration.readsOrders ? await send(.orders(offset: 0, limit: 1)) : nil
        return DigiCertExamination(provider: name, domains: domains, orders: orders).result
    }
}

extension DigiCertProvider {
    private func send(_ call: DigiCertCall) async -> Result<JSONValue, APIFault> {
        await client.send(DigiCertRequest(configuration: configuration, call: call))
    }

    private func perform(_ call: DigiCertCall) async -> Result<Void, ProviderFailure> {
        switch await send(call) {
        case .success: .success(())
        case .failure(let fault): .failure(fault.failure)
        }
    }

    private func judge(_ call: DigiCertCall) -> DigiCertJudge { DigiCertJudge(provider: name, call: call) }

    private func key(_ handle: DigiCertHandle) -> AuthorizationKey? {
        (try? AuthorizationID(handle.text)).map { AuthorizationKey(provider: name, id: $0) }
    }

    /// Every entry of a list, as far as it could be read.
    private func list(
        _ pages: DigiCertPages,
        into reading: inout DigiCertReading,
        _ call: (_ offset: Int) -> DigiCertCall
    ) async -> [JSONValue] {
        var pages = pages
        var offset = 0
        // `add` ends the loop at its limit of pages.
        while true {
            let call = call(offset)
            switch await send(call) {
            case .failure(let fault):
                reading.add(fault)
                return pages.entries
            case .success(let document):
                switch pages.add(document) {
                case .next(let next): offset = next
                case .done: return pages.entries
                case .broken(let reason):
                    reading.add(judge(call).notUnderstood(reason))
                    return pages.entries
                }
            }
        }
    }

    // MARK: domains

    private func readDomains(into reading: inout DigiCertReading) async {
        let entries = await list(DigiCertPages("domains"), into: &reading) { offset in
            .domains(offset: offset, limit: DigiCertPages.pageLimit)
        }
        var covers: [DigiCertCover] = []
        let known = entries.compactMap { DigiCertDomain($0) }
        if known.count < entries.count {
            let words = judge(.domains(offset: 0, limit: DigiCertPages.pageLimit))
            reading.add(words.notUnderstood("\(entries.count - known.count) domains without a usable id and name"))
        }
        for listed in known where listed.isActive {
            guard let domain = await looked(at: listed, &reading) else { continue }
            guard !domain.isUnsubmitted else {
                reading.addUnsubmitted(domain.name)
                continue
            }
            guard let key = key(domain.handle) else { continue }
            let authorization = domain.authorization(key, at: clock.now())
            if [.valid, .pending].contains(authorization.status) {
                covers.append(DigiCertCover(name: domain.name, isExact: authorization.method == .http))
            }
            reading.add(authorization)
        }
        memory.withLock { $0.covers = covers }
    }

    /// The domain with everything that a plan may need; nil when that could not be read.
    private func looked(at listed: DigiCertDomain, _ reading: inout DigiCertReading) async -> DigiCertDomain? {
        if listed.isUnsubmitted { return listed }
        if listed.isQuiet(at: clock.now()) {
            memory.withLock { $0.types[listed.id] = listed.types }
            return listed
        }
        guard !reading.mustStop else {
            reading.skip(listed.name.text)
            return nil
        }
        switch await domain(listed.id, withDetails: true) {
        case .success(let domain): return domain
        case .failure(let fault):
            reading.add(fault.about(listed.name.text))
            return nil
        }
    }

    /// - Parameter withDetails: also where only the organization's state and the number of verified people are to be learnt.
    private func domain(_ id: Int64, withDetails: Bool) async -> Result<DigiCertDomain, APIFault> {
        let call = DigiCertCall.domain(id)
        switch await send(call) {
        case .failure(let fault): return .failure(fault)
        case .success(let document):
            guard var domain = DigiCertDomain(document), domain.id == id else {
                return .failure(judge(call).notUnderstood("no id and name of that domain"))
            }
            if domain.needsDetails || withDetails && domain.isPending {
                let call = DigiCertCall.validation(ofDomain: id)
                switch await send(call) {
                case .failure(let fault): return .failure(fault.about(domain.name.text))
                case .success(let document):
                    guard document["validations"]?.array != nil else {
                        return .failure(judge(call).notUnderstood("no list in \"validations\"").about(domain.name.text))
                    }
                    domain = domain.detailed(by: document)
                }
            }
            memory.withLock { [types = domain.types] in $0.types[id] = types }
            return .success(domain)
        }
    }

    // MARK: orders

    private func readOrders(into reading: inout DigiCertReading) async {
        guard !reading.mustStop else {
            reading.skip("pending orders")
            return
        }
        let entries = await list(DigiCertPages("orders"), into: &reading) { offset in
            .orders(offset: offset, limit: DigiCertPages.pageLimit)
        }
        let covers = memory.withLock { $0.covers }
        let known = entries.compactMap { DigiCertOrder($0) }
        if known.count < entries.count {
            let words = judge(.orders(offset: 0, limit: DigiCertPages.pageLimit))
            reading.add(words.notUnderstood("\(entries.count - known.count) orders without a usable id"))
        }
        // The filter has been seen to be ignored.
        let pending = known.filter { $0.isPending && $0.isTLS && !isCovered($0, covers) }.map { $0.id }
        let left = memory.withLock { $0.orders.filter { !pending.contains($0.key) } }
        for id in pending + left.keys.sorted() {
            if let ended = left[id] ?? nil {
                reading.add(ended)
                continue
            }
            guard !reading.mustStop else {
                reading.skip(DigiCertHandle.order(id).text)
                continue
            }
            switch await order(id) {
            case .failure(let fault): reading.add(fault)
            case .success(let order):
                guard let key = key(order.handle), order.isTLS, !isCovered(order, covers) else { continue }
                let authorization = order.authorization(key, besides: covers)
                let hasEnded = [.valid, .dead].contains(authorization.status)
                memory.withLock { $0.orders[id] = .some(hasEnded ? authorization : nil) }
                reading.add(authorization)
            }
        }
    }

    /// Whether the account's domains carry it: then their authorizations are what waits.
    private func isCovered(_ order: DigiCertOrder, _ covers: [DigiCertCover]) -> Bool {
        order.faults.isEmpty && !order.identifiers.isEmpty && order.uncovered(by: covers).isEmpty
    }

    private func order(_ id: Int64) async -> Result<DigiCertOrder, APIFault> {
        let call = DigiCertCall.order(id)
        switch await send(call) {
        case .failure(let fault): return .failure(fault)
        case .success(let document):
            guard let order = DigiCertOrder(document), order.id == id else {
                return .failure(judge(call).notUnderstood("no id of that order"))
            }
            guard order.lacksToken(at: clock.now()) else { return .success(order) }
            return await send(.randomValue(ofOrder: id)).map { order.showing($0) }
        }
    }
}

extension DigiCertProvider {
    private func gone(_ authorization: Authorization) -> ProviderFailure {
        .gone(
            authorization,
            saw: "the domain is no longer active, or has no validation any more",
            wanted: "the domain that was listed before",
            advice: "nothing: the next run reads the list anew"
        )
    }

    private func foreign(_ authorization: Authorization) -> ProviderFailure {
        .notPossible(
            authorization,
            saw: "an id that is no domain's and no order's",
            wanted: "domain.NUMBER or order.NUMBER"
        )
    }
}
