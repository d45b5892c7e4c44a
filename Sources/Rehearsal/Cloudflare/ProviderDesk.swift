// The rehearsed provider's memory, and which of its parts answers a call.
import DCV
import Synchronization

/// How lists are written, where the provider has more than one way.
package struct RehearsedManners: Sendable {
    /// `total_pages` in `result_info`, which is not documented everywhere.
    package var countsPages = true
    /// `result_info` beside the list of packs, which recorded answers lack.
    package var pagesPacks = true
    /// `result: null` for a list without entries.
    package var saysNullForNothing = false
    /// `success`, `errors` and `messages` beside the list of verifications, which recorded answers lack.
    package var wrapsVerifications = true
    /// Plain texts, where the messages of other calls are objects.
    package var hostnameMessages: [String] = []
    /// 81058 or 81057: both were seen for a record that is there already.
    package var identicalRecordCode = 81058
}

/// The provider's memory and its answers; shared by all connections.
final class ProviderDesk: Sendable {
    struct State: Sendable {
        var zones: [RehearsedProviderZone]
        var grants: [RehearsedCredential: RehearsedGrant]
        var look: RehearsedCloudflare.Look
        var mayIssue: RehearsedCloudflare.MayIssue = { _, _ in nil }
        var manners = RehearsedManners()
        var faults = FaultQueue<RehearsedRoute>()
        var recordsMade = 0

        /// A pack, or the certificate of a custom hostname.
        mutating func change(_ packID: String, _ change: (inout RehearsedPack) -> Void) {
            for zone in zones.indices {
                for pack in zones[zone].packs.indices where zones[zone].packs[pack].id == packID {
                    change(&zones[zone].packs[pack])
                }
                for index in zones[zone].hostnames.indices where zones[zone].hostnames[index].certificate.id == packID {
                    change(&zones[zone].hostnames[index].certificate)
                }
            }
        }

        mutating func changeZone(_ id: String, _ change: (inout RehearsedProviderZone) -> Void) {
            for zone in zones.indices where zones[zone].id == id { change(&zones[zone]) }
        }

        mutating func changeHostname(_ id: String, _ change: (inout RehearsedHostname) -> Void) {
            for zone in zones.indices {
                for index in zones[zone].hostnames.indices where zones[zone].hostnames[index].id == id {
                    change(&zones[zone].hostnames[index])
                }
            }
        }

        func hostname(_ id: String) -> RehearsedHostname? { zones.lazy.flatMap(\.hostnames).first { $0.id == id } }
    }

    let state: Mutex<State>
    let calls = History<RehearsedAPICall>()
    let validations = History<RehearsedValidation>()
    let ownershipChecks = History<RehearsedValidation>()
    let surprises = History<String>()
    let stopwatch: Stopwatch
    /// Held while `place` is told, so that two changes are told in their order.
    private let placement = Mutex(Placement())

    private struct Placement: Sendable {
        var place: RehearsedCloudflare.Place?
        /// By zone: what `place` was told.
        var shown: [String: Set<RehearsedToken>] = [:]
    }

    init(
        zones: [RehearsedProviderZone],
        credentials: Set<RehearsedCredential>,
        stopwatch: Stopwatch,
        look: @escaping RehearsedCloudflare.Look
    ) {
        let grants = Dictionary(uniqueKeysWithValues: credentials.map { ($0, RehearsedGrant()) })
        state = Mutex(State(zones: zones, grants: grants, look: look))
        self.stopwatch = stopwatch
    }

    func answer(_ request: RehearsedRequest) async -> RehearsedReply {
        let call = ProviderCall(request)
        calls.append(RehearsedAPICall(route: call?.route, ids: call?.ids ?? [:], request: request))
        guard let call else {
            surprise(request, "the provider has no such call")
            return .noRoute(request.path)
        }
        // A fault hides what a careless caller did wrong from the caller, not from the test.
        let caller = grant(request, route: call.route)
        let refusal = callerRefusal(caller, call) ?? formRefusal(call)
        let fault = state.withLock { $0.faults.take(route: call.route, subject: call.zoneID) }
        let reply = await answer(fault) {
            if let refusal { refusal } else { await perform(call, for: caller) }
        }
        settle()
        return reply
    }

    func surprise(_ request: RehearsedRequest, _ why: String) {
        let query = request.query.isEmpty ? "" : "?\(request.query)"
        let body = request.body.isEmpty ? "" : " \(OctetText(request.body).shortened(limitBytes: 200))"
        surprises.append("\(request.method) \(request.path)\(query)\(body): \(why)")
    }

    func place(_ place: @escaping RehearsedCloudflare.Place) {
        placement.withLock { $0 = Placement(place: place) }
        settle()
    }

    /// Tells what the provider shows by itself now and did not show before, and the other way round.
    func settle() {
        placement.withLock { placement in
            guard let place = placement.place else { return }
            let zones = state.withLock { $0.zones }
            let shown = zones.map(\.shown).reduce(into: [:]) { $0.merge($1) { $0.union($1) } }
            for zone in Set(shown.keys).union(placement.shown.keys).sorted() {
                let (now, before) = (shown[zone, default: []], placement.shown[zone, default: []])
                if now != before { place(zone, now.subtracting(before), before.subtracting(now)) }
            }
            placement.shown = shown
        }
    }

    private func callerRefusal(_ caller: Result<RehearsedGrant, Refusal>, _ call: ProviderCall) -> RehearsedReply? {
        switch caller {
        case .success(let grant): refusal(of: call, for: grant)?.reply
        case .failure(let refusal): refusal.reply
        }
    }

    private func perform(_ call: ProviderCall, for caller: Result<RehearsedGrant, Refusal>) async -> RehearsedReply {
        switch (call.route, caller) {
        case (_, .failure(let refusal)): return refusal.reply
        case (.zones, .success(let grant)): return zoneList(call, for: grant)
        case (.verifyToken, .success(let grant)), (.verifyAccountToken, .success(let grant)): return .verified(grant)
        default: break
        }
        guard let zone = state.withLock({ state in state.zones.first { $0.id == call.zoneID } }) else {
            return unknownZone(call)
        }
        switch call.route {
        case .zone: return .envelope(status: 200, result: zone.entry)
        case .retry:
            for pack in zone.packs where pack.awaitsProof { await validate(pack) }
            return await verificationList(zoneID: zone.id)
        case .certificatePacks: return await packList(call, zoneID: zone.id)
        case .certificatePack: return await onePack(call, zone)
        case .patch, .restart:
            guard let pack = zone.packs.first(where: { $0.id == call.packID }) else { return .packNotFound }
            if call.route == .restart { return restart(pack, in: zone) }
            return await patch(pack, method: call.body?["validation_method"]?.asString ?? "")
        case .universalSettings: return universalSettings(zone)
        case .delegation:
            return .envelope(status: 200, result: .members(["uuid": .string(zone.delegationUUID)]))
        case .hostnames: return await hostnameList(call, zoneID: zone.id)
        case .hostname: return await oneHostname(call, zoneID: zone.id)
        case .patchHostname: return await patchHostname(call, zoneID: zone.id)
        case .records: return recordList(call, zoneID: zone.id)
        case .createRecord: return createRecord(call, zoneID: zone.id)
        case .deleteRecord: return deleteRecord(call, zoneID: zone.id)
        default: return await verificationList(zoneID: zone.id)
        }
    }

    private func unknownZone(_ call: ProviderCall) -> RehearsedReply {
        switch call.route {
        case .records, .createRecord, .deleteRecord:
            if !ZoneObjectID.isOne(call.zoneID ?? "") {
                return .failure(status: 400, [(1003, "Invalid or missing zone id.")])
            }
        default: break
        }
        return .noRoute(call.request.path)
    }
}

/// The ids of zones and of their records: 32 hexadecimal digits.
enum ZoneObjectID {
    static func isOne(_ text: String) -> Bool {
        text.utf8.count == 32
            && text.utf8.allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
            }
    }
}
