// What the rehearsed provider does and answers about custom hostnames: lists, looks, switches.
import DCV
import Synchronization

extension ProviderDesk {
    func hostnameList(_ call: ProviderCall, zoneID: String) async -> RehearsedReply {
        await lookByItself(zoneID: zoneID)
        let now = stopwatch.milliseconds
        let (hostnames, uuid, manners) = state.withLock { state in
            state.changeZone(zoneID) { zone in
                for index in zone.hostnames.indices {
                    zone.hostnames[index].certificate.advance(atMilliseconds: now)
                }
            }
            let zone = state.zones.first { $0.id == zoneID }
            return (zone?.hostnames ?? [], zone?.delegationUUID ?? "", state.manners)
        }
        let fitting = Self.sorted(hostnames.filter { Self.fits($0, call.query.values) }, call.query.values)
        let page = ListPage(call)
        let shown = page.cut(fitting)
        let read = Set(shown.map(\.id))
        state.withLock { state in
            state.changeZone(zoneID) { zone in
                for index in zone.hostnames.indices where read.contains(zone.hostnames[index].id) {
                    zone.hostnames[index].certificate.countRead()
                }
            }
        }
        return .envelope(
            status: 200,
            result: shown.isEmpty && manners.saysNullForNothing
                ? .null : .array(shown.map { $0.entry(delegationUUID: uuid) }),
            messages: manners.hostnameMessages.map(JSONText.string),
            resultInfo: page.info(total: fitting.count, manners: manners)
        )
    }

    func oneHostname(_ call: ProviderCall, zoneID: String) async -> RehearsedReply {
        await lookByItself(zoneID: zoneID)
        let now = stopwatch.milliseconds
        return state.withLock { state -> RehearsedReply in
            var reply = RehearsedReply.hostnameNotFound(call)
            let messages = state.manners.hostnameMessages.map(JSONText.string)
            state.changeZone(zoneID) { zone in
                guard let index = zone.hostnames.firstIndex(where: { $0.id == call.ids["hostname"] }) else { return }
                zone.hostnames[index].certificate.advance(atMilliseconds: now)
                let entry = zone.hostnames[index].entry(delegationUUID: zone.delegationUUID)
                zone.hostnames[index].certificate.countRead()
                reply = .envelope(status: 200, result: entry, messages: messages)
            }
            return reply
        }
    }

    /// The same method asks for a look now, at the certificate's tokens and at the owner's; another one is a new order.
    func patchHostname(_ call: ProviderCall, zoneID: String) async -> RehearsedReply {
        let zone = state.withLock { state in state.zones.first { $0.id == zoneID } }
        guard let body = call.body, let zone, let old = zone.hostnames.first(where: { $0.id == call.ids["hostname"] })
        else { return .hostnameNotFound(call) }
        let change = HostnameChange(body)
        let certificate = old.certificate
        if let method = change.method, method != certificate.method {
            // The numbers of these refusals are not on record.
            if certificate.isActive || !certificate.awaitsProof {
                return .failure(status: 409, [(1439, "Modifying the custom hostname is not supported.")])
            }
            if method == "http" && certificate.hasWildcard || !certificate.offers.contains(method) {
                return .failure(status: 400, [(1434, "The \(method) validation method is not available here.")])
            }
        }
        let isRecheck = change.method == certificate.method
        state.withLock { state in
            state.changeHostname(old.id) { hostname in
                change.apply(to: &hostname)
                if let method = change.method, !isRecheck {
                    hostname.certificate.method = method
                    hostname.certificate.issueTokens()
                }
            }
        }
        let (changed, messages) = state.withLock { state in
            (state.hostname(old.id) ?? old, state.manners.hostnameMessages.map(JSONText.string))
        }
        let reply = RehearsedReply.envelope(
            status: 202,
            result: changed.entry(delegationUUID: zone.delegationUUID),
            messages: messages
        )
        if isRecheck {
            await checkOwnership(changed, voicing: true)
            if changed.certificate.awaitsProof { await validate(changed.certificate) }
        }
        return reply
    }

    /// A record or a file of the owner's is enough.
    /// - Parameter voicing: whether a look that finds neither leaves its error at the hostname.
    func checkOwnership(_ hostname: RehearsedHostname, voicing: Bool) async {
        guard hostname.awaitsOwnership else { return }
        let look = state.withLock { $0.look }
        var isOwned = await look(hostname.ownershipToken) == nil
        if !isOwned && hostname.showsOwnershipFile { isOwned = await look(hostname.ownershipFile) == nil }
        let found = isOwned
        ownershipChecks.append(
            RehearsedValidation(
                atMilliseconds: stopwatch.milliseconds,
                packID: hostname.id,
                reasons: found ? [] : ["neither \(hostname.ownershipToken) nor \(hostname.ownershipFile)"]
            )
        )
        state.withLock { state in
            state.changeHostname(hostname.id) { current in
                guard current.awaitsOwnership else { return }
                if found { current.status = "active" }
                if found || voicing {
                    current.verificationErrors = found ? [] : ["custom hostname does not CNAME to this zone."]
                }
            }
        }
    }

    private static func fits(_ hostname: RehearsedHostname, _ query: [String: String]) -> Bool {
        let name = ASCII.lowercased(hostname.hostname)
        return query.allSatisfy { key, value in
            switch key {
            case "id": hostname.id == value
            case "hostname", "hostname.exact": name == ASCII.lowercased(value)
            case "hostname.contain": name.contains(ASCII.lowercased(value))
            case "hostname.startsWith": name.utf8.starts(with: ASCII.lowercased(value).utf8)
            case "ssl_status": hostname.certificateShape == .object && hostname.certificate.status == value
            case "hostname_status": hostname.status == value
            case "certificate_authority": hostname.certificate.certificateAuthority == value
            case "wildcard": hostname.certificate.hasWildcard == (value == "true")
            default: true
            }
        }
    }

    /// Without an order, as they were made.
    private static func sorted(
        _ hostnames: [RehearsedHostname],
        _ query: [String: String]
    ) -> [RehearsedHostname] {
        var sorted = hostnames
        switch query["order"] {
        case "ssl": sorted.sort { $0.certificate.id < $1.certificate.id }
        case "ssl_status": sorted.sort { $0.certificate.status < $1.certificate.status }
        default: break
        }
        return query["direction"] == "desc" ? sorted.reversed() : sorted
    }
}

extension RehearsedReply {
    static func hostnameNotFound(_ call: ProviderCall) -> RehearsedReply {
        let isID = (call.ids["hostname"] ?? "").utf8.count == 36
        return isID
            ? .failure(status: 404, [(1436, "The custom hostname was not found.")])
            : .failure(status: 400, [(1435, "The custom hostname ID is invalid. Check your input and try again.")])
    }
}
