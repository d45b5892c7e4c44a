// What the rehearsed provider does and answers about the records of its own zones (`dns_records`).
import DCV
import Synchronization

extension ProviderDesk {
    func recordList(_ call: ProviderCall, zoneID: String) -> RehearsedReply {
        let (zone, manners) = state.withLock { state in (state.zones.first { $0.id == zoneID }, state.manners) }
        let query = call.query.values
        let fitting = (zone?.records ?? []).filter { record in
            query.allSatisfy { key, value in
                switch key {
                case "type": record.type == value
                case "name", "name.exact": ASCII.lowercased(record.name) == ASCII.lowercased(value)
                case "content", "content.exact":
                    record.plainContent
                        == RehearsedZoneEntry(id: "", type: record.type, name: "", content: value).plainContent
                default: true
                }
            }
        }
        let page = ListPage(call)
        let isQuoted = zone?.quotesContents ?? false
        return .list(
            page.cut(fitting).map { $0.entry(quoted: isQuoted) },
            manners,
            page.info(total: fitting.count, manners: manners)
        )
    }

    func createRecord(_ call: ProviderCall, zoneID: String) -> RehearsedReply {
        guard let body = call.body, let type = body["type"]?.asString, let name = body["name"]?.asString,
            let content = body["content"]?.asString
        else { return .failure(status: 400, [(1004, "DNS Validation Error")]) }
        return state.withLock { state -> RehearsedReply in
            state.recordsMade += 1
            var seed = TokenSeed("record \(state.recordsMade)")
            let record = RehearsedZoneEntry(
                id: seed.hex(32),
                type: type,
                name: name,
                content: content,
                ttlSeconds: body["ttl"]?.asInteger ?? 1
            )
            guard let index = state.zones.firstIndex(where: { $0.id == zoneID }) else {
                return .noRoute(call.request.path)
            }
            if state.zones[index].records.contains(where: { $0.isSame(as: record) }) {
                return .failure(
                    status: 400,
                    [(state.manners.identicalRecordCode, "An identical record already exists.")]
                )
            }
            let apex = try? DomainName(state.zones[index].name)
            guard let apex, (try? DomainName(name))?.isSubdomain(of: apex) == true else {
                // The provider takes a name that does not end in its zone for one relative to it.
                surprise(call.request, "a name outside the zone")
                return .failure(status: 400, [(1004, "DNS Validation Error")])
            }
            state.zones[index].records.append(record)
            return .envelope(status: 200, result: record.entry(quoted: state.zones[index].quotesContents))
        }
    }

    func deleteRecord(_ call: ProviderCall, zoneID: String) -> RehearsedReply {
        let id = call.ids["record"] ?? ""
        guard ZoneObjectID.isOne(id) else { return .noRoute(call.request.path) }
        return state.withLock { state -> RehearsedReply in
            guard let zone = state.zones.firstIndex(where: { $0.id == zoneID }),
                let record = state.zones[zone].records.firstIndex(where: { $0.id == id })
            else { return .failure(status: 404, [(81044, "Record does not exist.")]) }
            state.zones[zone].records.remove(at: record)
            return .envelope(status: 200, result: .members(["id": .string(id)]))
        }
    }
}
