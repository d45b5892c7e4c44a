// What the simulated world shows to whoever looks: records with each server's lag, and CAA records.
import DCV

@testable import Agent

struct SimulatedSurveyor: Surveyor {
    let world: SimulatedWorld
    let zone: DomainName

    private func vantage(_ server: Int) -> VantagePoint? {
        guard let name = try? DomainName("ns\(server).example.com"), let address = IPAddress("192.0.2.\(server + 1)")
        else {
            return nil
        }
        return .authoritative(server: name, address: address)
    }

    func survey(_ requests: [SurveyRequest]) async -> [Survey] {
        requests.map { request in
            world.with { state in
                let record = request.record
                let observations = state.lagSeconds.indices.compactMap { server -> Observation? in
                    guard let vantage = vantage(server) else { return nil }
                    if state.generator.isHit(percent: state.faults.serverSilent) {
                        return Observation(vantage, .unreachable(reason: "no answer in 5 s"))
                    }
                    let shown = state.shown(record.name, by: server)
                    if shown.contains(record.value) { return Observation(vantage, .present(others: [])) }
                    if shown.isEmpty { return Observation(vantage, .absent(negativeTTLSeconds: 60)) }
                    return Observation(vantage, .wrong(saw: shown.sorted().map { OctetText($0.utf8) }, ttlSeconds: 60))
                }
                return Survey(record: record, at: state.now, zone: zone, observations: observations)
            }
        }
    }

    func view(of name: DomainName) async -> NameView {
        NameView(name: name, at: world.with { $0.now }, zone: zone, zones: [], security: nil, problems: [])
    }

    func climb(_ names: [DomainName]) async -> [CAAClimb] {
        names.map { name in
            world.with { state in
                let ancestors = name.selfAndAncestors.dropLast()
                let rungs = ancestors.map { ancestor in
                    if state.generator.isHit(percent: state.faults.caaSilent) {
                        return CAAClimb.Rung(ancestor, .failed(reason: "SERVFAIL"))
                    }
                    guard ancestor == zone else { return CAAClimb.Rung(ancestor, .none) }
                    let issuer = state.otherIssuerUntil > state.now ? "pki.goog" : "letsencrypt.org"
                    return CAAClimb.Rung(ancestor, .records([CAARecord(0, "issue", issuer)]))
                }
                return CAAClimb(name, at: state.now, rungs: rungs)
            }
        }
    }

    func rrset(of record: RequiredRecord, at target: DomainName) async -> RRsetView {
        world.with { state in
            var values: [IPAddressText: [OctetText]] = [:]
            for server in state.lagSeconds.indices {
                guard let vantage = vantage(server) else { continue }
                values[IPAddressText(vantage.address)] = state.shown(target, by: server).sorted().map {
                    OctetText($0.utf8)
                }
            }
            return RRsetView(name: target, kind: record.kind, values: values)
        }
    }
}
