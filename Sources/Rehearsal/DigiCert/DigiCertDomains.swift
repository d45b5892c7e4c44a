// What the rehearsed DigiCert answers about domains, and does with them.
import DCV
import Synchronization

extension DigiCertDesk {
    private static let defaultLimit = 1000
    /// Mountain Time, in which dates without a time of day are written; its summer is not rehearsed.
    private static let mountainOffsetSeconds: Int64 = -25_200
    /// 199 days.
    private static let validationSeconds: Int64 = 17_193_600

    func domainList(_ call: DigiCertCall) -> RehearsedReply {
        let (all, shape) = state.withLock { ($0.domains, $0.shape) }
        return page("domains", all.filter { fits($0, call) }, call) { entry($0, call, isWhole: false, shape) }
    }

    private func fits(_ domain: RehearsedDigiCertDomain, _ call: DigiCertCall) -> Bool {
        if let word = call.filter("status"), domain.isActive != (word == "active") { return false }
        if let method = call.filter("dcv_method"), domain.method != method { return false }
        if let word = call.filter("validation") {
            let isFitting = word == "active" ? status(of: domain) == word : domain.dcvStatus == word
            if !isFitting { return false }
        }
        guard let sought = call.filter("search") else { return true }
        // A name, or a part of one after a percent sign.
        return sought.utf8.first == 0x25 ? domain.name.contains(sought.dropFirst()) : domain.name == sought
    }

    func page<Element>(
        _ name: String,
        _ all: [Element],
        _ call: DigiCertCall,
        _ entry: (Element) -> JSONText
    ) -> RehearsedReply {
        let limit = call.number("limit", or: Self.defaultLimit)
        let offset = call.number("offset", or: 0)
        let shown = all.dropFirst(offset).prefix(limit)
        return .json(
            200,
            .object([
                (name, .array(shown.map(entry))),
                (
                    "page",
                    .members(["total": .integer(all.count), "limit": .integer(limit), "offset": .integer(offset)])
                ),
            ])
        )
    }

    func entry(
        _ domain: RehearsedDigiCertDomain,
        _ call: DigiCertCall,
        isWhole: Bool,
        _ shape: RehearsedDigiCertShape
    ) -> JSONText {
        func wants(_ name: String) -> Bool { call.fields.values[name] == "true" }
        let hasTime = wants("include_dcv_expiration_time")
        let until = domain.validatedUntil.map { instant -> JSONText in
            let text = hasTime ? Self.time(instant) : Self.mountainDate(instant)
            return .object(domain.types.map { ($0, .string(text)) })
        }
        var members: [(key: String, value: JSONText)] = [
            ("id", .integer(domain.id)), ("is_active", .bool(domain.isActive)),
            ("status", .string(status(of: domain))), ("name", .string(domain.name)),
            ("date_created", .string("2026-01-05T17:00:00+00:00")), ("organization", Self.organization(shape)),
            ("dcv_method", .string(domain.method)),
        ]
        if let until { members.append(("dcv_expiration", until)) }
        if wants("include_validation"), case .object(let inner) = validations(of: domain, withUsers: false, shape) {
            members += inner
        }
        if isWhole {
            members.append(("is_pending_validation", .bool(domain.awaitsProof)))
            if let until = domain.validatedUntil {
                members.append(
                    ("dcv_approval_datetime", .string(Self.time(until.adding(seconds: -Self.validationSeconds))))
                )
                members.append(("dcv_expiration_datetime", .string(Self.time(until))))
            }
            if wants("include_dcv"), domain.awaitsProof, domain.token.generation > 0 {
                members.append(("dcv_token", token(of: domain)))
            }
        }
        members.append(
            ("container", .members(["id": .integer(5), "name": .string("Rehearsal"), "is_active": .bool(true)]))
        )
        return .object(members)
    }

    /// An older validation stays usable while a new one is pending.
    private func status(of domain: RehearsedDigiCertDomain) -> String {
        domain.isComplete || (domain.validatedUntil.map { clock.now() < $0 } ?? false) ? "active" : "pending"
    }

    static func organization(_ shape: RehearsedDigiCertShape) -> JSONText {
        .members([
            "id": .integer(112_233), "name": .string("Rehearsal Incorporated"), "display_name": .string("Rehearsal"),
            "is_active": shape.isActiveIsText ? .string("1") : .bool(true),
        ])
    }

    /// `{"validations": [...]}`, one entry a type.
    func validations(
        of domain: RehearsedDigiCertDomain,
        withUsers: Bool,
        _ shape: RehearsedDigiCertShape
    ) -> JSONText {
        let types = shape.listsEVFirst ? domain.types.sorted() : domain.types.sorted().reversed()
        let isPending = domain.awaitsProof && domain.validatedUntil == nil
        let hides = isPending && shape.omitsKeysWhilePending
        return .members([
            "validations": .array(
                types.map { type in
                    .members([
                        "type": .string(type), "name": .string(type.utf8.elementsEqual("ev".utf8) ? "EV" : "OV"),
                        "description": .string("\(type) domain validation"),
                        "date_created": hides ? nil : .string("2026-01-05T17:00:00+00:00"),
                        "validated_until": domain.validatedUntil.map { .string(Self.time($0)) },
                        "status": .string(status(of: domain)),
                        "dcv_status": .string(domain.dcvStatus),
                        "org_status": hides ? nil : .string(domain.orgStatus),
                        "verified_users": withUsers && type == "ev" ? .array([Self.canaryUser]) : nil,
                    ])
                }
            )
        ])
    }

    private static var canaryUser: JSONText {
        let canaries = RehearsedDigiCert.canaries
        return .members([
            "id": .integer(8), "first_name": .string(canaries[1]), "last_name": .string(canaries[0]),
            "email": .string(canaries[2]), "telephone": .string(canaries[3]), "job_title": .string(canaries[4]),
        ])
    }

    private func token(of domain: RehearsedDigiCertDomain) -> JSONText {
        .members([
            "token": .string(domain.token.value), "status": .string("pending"),
            "expiration_date": .string(Self.time(domain.token.expires)),
            "verification_value": domain.method == "dns-cname-token" ? .string("dcv.digicert.com") : nil,
            "http_token_url": domain.method == "http-token"
                ? .string(RehearsedDigiCertToken.url(domain.name)) : nil,
        ])
    }

    // MARK: effects

    /// A validation before the old one ends, or the first. A token that lives is kept.
    func submit(_ domain: RehearsedDigiCertDomain, _ call: DigiCertCall) -> RehearsedReply {
        let now = clock.now()
        let changed = change(domain) { current in
            let method = call.method ?? current.method
            let keepsToken = current.awaitsProof && method == current.method && current.token.isAlive(at: now)
            current.method = method
            current.dcvStatus = "pending"
            if method != "email" && !keepsToken { current.token.issue(at: now) }
        }
        return .json(201, changed.method == "email" ? .object([]) : .members(["dcv_token": token(of: changed)]))
    }

    func changeMethod(of domain: RehearsedDigiCertDomain, _ call: DigiCertCall) -> RehearsedReply {
        let method = call.method ?? ""
        let now = clock.now()
        let changed = change(domain) { current in
            if current.method != method || !current.token.isAlive(at: now) { current.token.issue(at: now) }
            current.method = method
        }
        return .json(200, method == "email" ? .object([]) : .members(["dcv_token": token(of: changed)]))
    }

    /// A new value; the one before is void from now on.
    func newToken(of domain: RehearsedDigiCertDomain) -> RehearsedReply {
        guard domain.method != "email" else {
            return error(400, "invalid_dcv_method", "The DCV method of the domain has no token.")
        }
        let now = clock.now()
        let changed = change(domain) { $0.token.issue(at: now) }
        return .json(
            200,
            .members([
                "token": .string(changed.token.value), "expiration_date": .string(Self.time(changed.token.expires)),
                "http_token_url": changed.method == "http-token"
                    ? .string(RehearsedDigiCertToken.url(changed.name)) : nil,
            ])
        )
    }

    /// Looks for the domain's value, or for that of an order with this name: either will do.
    func check(_ domain: RehearsedDigiCertDomain) async -> RehearsedReply {
        guard domain.awaitsProof else {
            return domain.isComplete ? .json(200, .members(["status": .string("active")])) : miss(domain.method)
        }
        let now = clock.now()
        let (orders, shape) = state.withLock { ($0.orders, $0.shape) }
        let tokens = [domain.token] + orders.filter { $0.names.contains(domain.name) }.map(\.token)
        let isShown = await isShown(tokens, name: domain.name, method: domain.method, .checkDomain, id: domain.id)
        guard isShown else { return miss(domain.method) }
        _ = change(domain) { current in
            // A value issued while it looked is not the one that was found.
            guard current.token.generation == domain.token.generation else { return }
            current.dcvStatus = "complete"
            current.validatedUntil = now.adding(seconds: Self.validationSeconds)
        }
        return .json(
            200,
            .members([
                "token": shape.repeatsToken ? .string(domain.token.value) : nil, "status": .string("active"),
            ])
        )
    }

    private func change(
        _ domain: RehearsedDigiCertDomain,
        _ change: (inout RehearsedDigiCertDomain) -> Void
    ) -> RehearsedDigiCertDomain {
        state.withLock { state in
            state.changeDomain(domain.id, change)
            return state.domains.first { $0.id == domain.id } ?? domain
        }
    }

    static func time(_ instant: Instant) -> String {
        let time = CivilTime(instant)
        return time.date + "T" + time.time + "+00:00"
    }

    static func mountainDate(_ instant: Instant) -> String {
        CivilTime(instant, offsetSeconds: mountainOffsetSeconds).date
    }
}
