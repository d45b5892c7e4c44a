// What the rehearsed DigiCert answers about orders, and how it looks: for domains and orders alike.
import DCV
import Synchronization

extension DigiCertDesk {
    func orderList(_ call: DigiCertCall) -> RehearsedReply {
        let (all, shape) = state.withLock { ($0.orders, $0.shape) }
        let status = call.filter("status")
        let fitting = all.filter { order in status.map { $0 == order.status } ?? true }
        return page("orders", fitting, call) { entry($0, isWhole: false, shape) }
    }

    func entry(
        _ order: RehearsedDigiCertOrder,
        isWhole: Bool,
        _ shape: RehearsedDigiCertShape
    ) -> JSONText {
        .members([
            "id": .integer(order.id),
            "certificate": .members([
                "id": isWhole ? .integer(order.certificateID) : nil, "common_name": .string(order.commonName),
                "dns_names": .array(order.dnsNames.map(JSONText.string)), "signature_hash": .string("sha256"),
            ]),
            "status": .string(order.status), "is_renewed": .bool(false),
            "date_created": .string("2026-01-05T17:00:00+00:00"), "organization": Self.organization(shape),
            "product": .members(["name_id": .string(order.product), "type": .string("dv_ssl_certificate")]),
            "dcv_method": isWhole ? .string(order.method) : nil,
            "domains": isWhole
                ? .array(
                    order.names.enumerated().map { index, name in
                        .members(["id": .integer(order.id * 100 + index), "name": .string(name)])
                    }
                ) : nil,
        ])
    }

    /// Safe to ask: the value that lives, a new one only after its end.
    func orderToken(_ order: RehearsedDigiCertOrder) -> RehearsedReply {
        let now = clock.now()
        let changed = change(order) { if !$0.token.isAlive(at: now) { $0.token.issue(at: now) } }
        return .json(200, value(of: changed))
    }

    func changeMethod(of order: RehearsedDigiCertOrder, _ call: DigiCertCall) -> RehearsedReply {
        let method = call.method ?? ""
        if method == "http-token", let name = order.names.first(where: RehearsedDigiCertToken.isWildcard) {
            return error(400, "invalid_dcv_method", "\(name) cannot be proved by a file.")
        }
        let now = clock.now()
        let changed = change(order) { current in
            if current.method != method || !current.token.isAlive(at: now) { current.token.issue(at: now) }
            current.method = method
        }
        return .json(200, method == "email" ? .object([]) : value(of: changed))
    }

    private func value(of order: RehearsedDigiCertOrder) -> JSONText {
        .members([
            "dcv_random_value": .string(order.token.value),
            "expiration_date": .string(Self.time(order.token.expires)),
        ])
    }

    /// Looks for the order's value, or the domain's own, at every name or at those that were named.
    func check(_ order: RehearsedDigiCertOrder, _ call: DigiCertCall) async -> RehearsedReply {
        let domains = state.withLock { $0.domains }
        let wanted = call.names ?? order.names
        if let stranger = wanted.first(where: { !order.names.contains($0) }) {
            return error(400, "invalid_dns_name", "\(stranger) is not a name of the order.")
        }
        var found: Set<String> = []
        for name in wanted where !order.approvedNames.contains(name) {
            let tokens = [order.token] + domains.filter { $0.name == name && $0.awaitsProof }.map(\.token)
            if await isShown(tokens, name: name, method: order.method, .checkOrder, id: order.id) {
                found.insert(name)
            }
        }
        let changed = change(order) { current in
            guard current.token.generation == order.token.generation else { return }
            current.approvedNames.formUnion(found)
            if current.approvedNames.isSuperset(of: current.names) { current.status = "issued" }
        }
        guard wanted.allSatisfy(changed.approvedNames.contains) else { return miss(order.method) }
        return .json(
            200,
            .members([
                "order_status": .string(changed.status), "certificate_id": .integer(order.certificateID),
                "dcv_status": .string("valid"),
                "dns_name_validations": .array(
                    wanted.map { .members(["dns_name": .string($0), "status": .string("approved")]) }
                ),
            ])
        )
    }

    private func change(
        _ order: RehearsedDigiCertOrder,
        _ change: (inout RehearsedDigiCertOrder) -> Void
    ) -> RehearsedDigiCertOrder {
        state.withLock { state in
            state.changeOrder(order.id, change)
            return state.orders.first { $0.id == order.id } ?? order
        }
    }

    // MARK: looking

    /// Whether one of the values is shown at one of its places, the preferred place first.
    func isShown(
        _ tokens: [RehearsedDigiCertToken],
        name: String,
        method: String,
        _ route: RehearsedDigiCert.Route,
        id: Int
    ) async -> Bool {
        let look = state.withLock { $0.look }
        let now = clock.now()
        var reasons: [String] = []
        for token in tokens where token.isAlive(at: now) {
            for place in token.places(name, method: method) {
                guard let reason = await look(place) else {
                    record([], name: name, route, id: id)
                    return true
                }
                reasons.append(reason)
            }
        }
        record(reasons.isEmpty ? ["no value that lives, or no place for one"] : reasons, name: name, route, id: id)
        return false
    }

    private func record(_ reasons: [String], name: String, _ route: RehearsedDigiCert.Route, id: Int) {
        validations.append(
            RehearsedDigiCert.Validation(
                atMilliseconds: stopwatch.milliseconds,
                route: route,
                id: id,
                name: name,
                reasons: reasons
            )
        )
    }

    /// The codes for TXT, for files and for a method without a token are on record; that for CNAME is made like them.
    func miss(_ method: String) -> RehearsedReply {
        switch method {
        case "http-token":
            return error(
                400,
                "file_random_value_not_found",
                "Could not find the random value at the expected file location for one or more domains."
            )
        case "dns-cname-token":
            return error(400, "invalid_dns_cname", "Could not find a valid CNAME record for one or more domains.")
        case "email":
            return error(400, "invalid_dcv_method", "The DCV method has no random value that could be looked for.")
        default:
            return error(400, "invalid_dns_txt", "Could not find a valid TXT record for one or more domains.")
        }
    }
}
