// What the rehearsed provider does and answers: lists, looks, switches - each in the provider's envelope.
import DCV
import Synchronization

extension RehearsedReply {
    /// The envelope every answer of the provider comes in.
    static func envelope(
        status: Int,
        result: JSONText,
        errors: [JSONText] = [],
        messages: [JSONText] = [],
        resultInfo: JSONText? = nil,
        headers: [(name: String, value: String)] = []
    ) -> RehearsedReply {
        let body = JSONText.members([
            "result": result, "result_info": resultInfo, "success": .bool(errors.isEmpty), "errors": .array(errors),
            "messages": .array(messages),
        ])
        let always: [(name: String, value: String)] = [
            ("content-type", "application/json"), ("ratelimit", "\"default\";r=1199;t=300"),
            ("ratelimit-policy", "\"burst\";q=1200;w=300"),
        ]
        return RehearsedReply(status: status, headers: always + headers, json: body)
    }

    static func failure(
        status: Int,
        _ errors: [(code: Int?, message: String)],
        chain: (code: Int, message: String)? = nil,
        retryAfter: String? = nil
    ) -> RehearsedReply {
        let chainText = chain.map {
            JSONText.array([.members(["code": .integer($0.code), "message": .string($0.message)])])
        }
        return .envelope(
            status: status,
            result: .null,
            errors: errors.map {
                .members([
                    "code": $0.code.map(JSONText.integer), "message": .string($0.message), "error_chain": chainText,
                ])
            },
            headers: retryAfter.map { [("retry-after", $0)] } ?? []
        )
    }

    static func noRoute(_ path: String) -> RehearsedReply {
        .failure(
            status: 404,
            [
                (7003, "Could not route to \(path), perhaps your object identifier is invalid?"),
                (7000, "No route for that URI"),
            ]
        )
    }

    /// A good token is told with code 10000 among the *messages*, the number that among errors means a bad one.
    static var tokenIsActive: RehearsedReply {
        .envelope(
            status: 200,
            result: .members(["id": .string("ed17574386854bf78a67040be0a770b0"), "status": .string("active")]),
            messages: [
                .members([
                    "code": .integer(10000), "message": .string("This API Token is valid and active"), "type": .null,
                ])
            ]
        )
    }
}

extension ProviderDesk {
    func zoneList(_ call: ProviderCall) -> RehearsedReply {
        let zones = state.withLock { $0.zones }.filter { zone in
            (call.query["name"].map { $0 == zone.name } ?? true)
                && (call.query["status"].map { $0 == "active" } ?? true)
        }
        let page = Int(call.query["page"] ?? "") ?? 1
        let perPage = Int(call.query["per_page"] ?? "") ?? 20
        let (skipped, overflow) = (page - 1).multipliedReportingOverflow(by: perPage)
        let shown = overflow ? [] : Array(zones.dropFirst(skipped).prefix(perPage))
        return .envelope(
            status: 200,
            result: .array(shown.map(\.entry)),
            resultInfo: .members([
                "page": .integer(page), "per_page": .integer(perPage),
                "total_pages": .integer((zones.count + perPage - 1) / perPage), "count": .integer(shown.count),
                "total_count": .integer(zones.count),
            ])
        )
    }

    /// Reads all packs of a zone: time goes on for them, then they are written.
    func packList(
        zoneID: String,
        _ entry: (RehearsedPack) -> JSONText,
        where isListed: (RehearsedPack) -> Bool = { _ in true }
    ) -> RehearsedReply {
        let now = stopwatch.milliseconds
        let entries = state.withLock { state -> [JSONText] in
            guard let zone = state.zones.firstIndex(where: { $0.id == zoneID }) else { return [] }
            return state.zones[zone].packs.indices.compactMap { index in
                state.zones[zone].packs[index].advance(atMilliseconds: now)
                let pack = state.zones[zone].packs[index]
                state.zones[zone].packs[index].countRead()
                return isListed(pack) ? entry(pack) : nil
            }
        }
        return .envelope(status: 200, result: .array(entries))
    }

    /// The same method asks for a look now; another one is a new order with new tokens.
    func patch(_ pack: RehearsedPack, method: String) async -> RehearsedReply {
        // The codes of these two refusals are not on record; the provider's words are.
        if pack.isActive {
            return .failure(status: 400, [(1467, "You cannot update the DCV method for an active certificate")])
        }
        guard pack.awaitsProof else {
            return .failure(
                status: 400,
                [(1482, "The certificate pack is \(pack.status): a previous job is in progress")]
            )
        }
        if method == pack.method {
            let reply = RehearsedReply.envelope(status: 200, result: pack.verificationEntry)
            await validate(pack)
            return reply
        }
        if method == "http" && pack.hasWildcard {
            return .failure(status: 400, [(1432, "The http validation method is not available for wildcard hostnames")])
        }
        guard pack.offers.contains(method) else {
            return .failure(
                status: 400,
                [(1432, "The validation method \(method) is not supported for this certificate")]
            )
        }
        state.withLock {
            $0.change(pack.id) {
                $0.method = method
                $0.issueTokens()
            }
        }
        let changed = state.withLock { state in state.zones.lazy.flatMap(\.packs).first { $0.id == pack.id } }
        return .envelope(status: 200, result: (changed ?? pack).verificationEntry)
    }

    /// Looks for all tokens of a pack. A failure voids them: the CA's answer to a look that came too early.
    func validate(_ pack: RehearsedPack) async {
        let look = state.withLock { $0.look }
        var reasons = await withTaskGroup(of: (index: Int, reason: String?).self) { group in
            for (index, token) in pack.tokens.enumerated() { group.addTask { (index, await look(token)) } }
            var found: [Int: String] = [:]
            for await (index, reason) in group { found[index] = reason }
            return found.sorted { $0.key < $1.key }.map(\.value)
        }
        if pack.tokens.isEmpty { reasons.append("there are no tokens yet") }
        let now = stopwatch.milliseconds
        let outcome = reasons
        let counted = state.withLock { state -> Bool in
            var counted = false
            state.change(pack.id) { current in
                // Two looks at once, or a switch in between: only the first to end counts.
                guard current.generation == pack.generation, current.awaitsProof else { return }
                counted = true
                if outcome.isEmpty { current.prove(atMilliseconds: now) } else { current.fail(outcome) }
            }
            return counted
        }
        if counted {
            validations.append(RehearsedValidation(atMilliseconds: now, packID: pack.id, reasons: outcome))
        }
    }
}
