// What the rehearsed provider does and answers about zones and their certificate packs: lists, looks, switches.
import DCV
import Synchronization

extension ProviderDesk {
    func zoneList(_ call: ProviderCall, for grant: RehearsedGrant) -> RehearsedReply {
        let (all, manners) = state.withLock { ($0.zones, $0.manners) }
        let query = call.query.values
        let kinds = call.query.allValues["type"].map { Set($0.flatMap { $0.split(separator: ",").map { String($0) } }) }
        let zones = all.filter { zone in
            (query["name"].map { $0 == zone.name } ?? true) && (query["status"].map { $0 == zone.status } ?? true)
                && (query["account.id"].map { $0 == zone.accountID } ?? true)
                && (kinds?.contains(zone.kind.rawValue) ?? true) && (grant.zoneIDs?.contains(zone.id) ?? true)
        }
        let page = ListPage(call)
        return .list(page.cut(zones).map(\.entry), manners, page.info(total: zones.count, manners: manners))
    }

    func universalSettings(_ zone: RehearsedProviderZone) -> RehearsedReply {
        let universal = zone.packs.first { $0.type == "universal" }
        return .envelope(
            status: 200,
            result: .members([
                "enabled": .bool(universal != nil),
                "certificate_authority": .string(universal?.certificateAuthority ?? ""),
            ])
        )
    }

    func verificationList(zoneID: String) async -> RehearsedReply {
        let packs = await read(zoneID: zoneID) { $0.listings.contains(.verification) }
        let manners = state.withLock { $0.manners }
        let reply = RehearsedReply.list(packs.map(\.verificationEntry), manners, nil)
        guard !manners.wrapsVerifications, let result = reply.json?["result"] else { return reply }
        return RehearsedReply(status: 200, headers: reply.headers, json: .members(["result": result]))
    }

    /// Without `status=all` only active packs are listed.
    func packList(_ call: ProviderCall, zoneID: String) async -> RehearsedReply {
        let listsAll = call.query.values["status"] == "all"
        let packs = await read(zoneID: zoneID) { $0.listings.contains(.packs) && (listsAll || $0.isActive) }
        let (manners, uuid) = state.withLock { state in
            (state.manners, state.zones.first { $0.id == zoneID }?.delegationUUID ?? "")
        }
        let page = ListPage(call)
        return .list(
            page.cut(packs).map { $0.packEntry(delegationUUID: uuid) },
            manners,
            manners.pagesPacks ? page.info(total: packs.count, manners: manners) : nil
        )
    }

    func onePack(_ call: ProviderCall, _ zone: RehearsedProviderZone) async -> RehearsedReply {
        let packs = await read(zoneID: zone.id) { $0.id == call.packID }
        let entry = packs.first?.packEntry(delegationUUID: zone.delegationUUID)
        return entry.map { .envelope(status: 200, result: $0) } ?? .packNotFound
    }

    /// Time goes on for all packs of a zone; those that are read are counted, and come as they were when read.
    private func read(zoneID: String, where isRead: (RehearsedPack) -> Bool) async -> [RehearsedPack] {
        await lookByItself(zoneID: zoneID)
        let now = stopwatch.milliseconds
        return state.withLock { state -> [RehearsedPack] in
            var packs: [RehearsedPack] = []
            state.changeZone(zoneID) { zone in
                for index in zone.packs.indices {
                    zone.packs[index].advance(atMilliseconds: now)
                    guard isRead(zone.packs[index]) else { continue }
                    packs.append(zone.packs[index])
                    zone.packs[index].countRead()
                }
            }
            return packs
        }
    }

    /// The provider polls without being told to; what it does not find then costs nothing.
    func lookByItself(zoneID: String) async {
        guard let zone = state.withLock({ state in state.zones.first { $0.id == zoneID } }) else { return }
        for pack in zone.packs + zone.hostnames.map(\.certificate) where pack.looksByItselfNow {
            await validate(pack, isOwnLook: true)
        }
        for hostname in zone.hostnames where hostname.certificate.looksByItselfAfterReads != nil {
            await checkOwnership(hostname, voicing: false)
        }
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
            let reply = RehearsedReply.envelope(status: 200, result: pack.patchedEntry)
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
        return .envelope(status: 200, result: (changed ?? pack).patchedEntry)
    }

    /// Begins the validation of an advanced pack anew, once it has timed out and not before.
    func restart(_ pack: RehearsedPack, in zone: RehearsedProviderZone) -> RehearsedReply {
        guard pack.type == "advanced" else {
            return .failure(status: 403, [(1450, "Advanced Certificate Manager is required")])
        }
        guard pack.status == "validation_timed_out" else {
            return .failure(status: 400, [(1467, "No state change: the certificate pack is \(pack.status)")])
        }
        state.withLock { $0.change(pack.id) { $0.restart() } }
        let changed = state.withLock { state in state.zones.lazy.flatMap(\.packs).first { $0.id == pack.id } }
        return .envelope(status: 200, result: (changed ?? pack).packEntry(delegationUUID: zone.delegationUUID))
    }

    /// Looks for all tokens of a pack. A failure voids them: the CA's answer to a look that came too early.
    /// - Parameter isOwnLook: the provider's own poll, before it bothers the CA: a failure is as if nobody had looked.
    func validate(_ pack: RehearsedPack, isOwnLook: Bool = false) async {
        let look = state.withLock { $0.look }
        var reasons = await withTaskGroup(of: (index: Int, reason: String?).self) { group in
            for (index, token) in pack.tokens.enumerated() {
                group.addTask {
                    guard let reason = await look(token) else { return (index, nil) }
                    if let file = pack.file(for: token), await look(file) == nil { return (index, nil) }
                    return (index, reason)
                }
            }
            var found: [Int: String] = [:]
            for await (index, reason) in group { found[index] = reason }
            return found.sorted { $0.key < $1.key }.map(\.value)
        }
        if pack.tokens.isEmpty { reasons.append("there are no tokens yet") }
        let mayIssue = state.withLock { $0.mayIssue }
        for host in pack.hosts {
            if let objection = await mayIssue(host, pack.certificateAuthority) { reasons.append(objection) }
        }
        if isOwnLook && !reasons.isEmpty { return }
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

extension RehearsedReply {
    static var packNotFound: RehearsedReply {
        .failure(status: 404, [(1408, "The requested certificate pack was not found")])
    }

    static func list(_ entries: [JSONText], _ manners: RehearsedManners, _ resultInfo: JSONText?) -> RehearsedReply {
        .envelope(
            status: 200,
            result: entries.isEmpty && manners.saysNullForNothing ? .null : .array(entries),
            resultInfo: resultInfo
        )
    }
}
