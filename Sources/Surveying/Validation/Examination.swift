// All servers' answers to one question, validated: who shows something bogus, and what holds for the whole.
import DCV
import LDNS

/// The DNSSEC side of one look at every address.
struct Examination: Sendable {
    let rule: Policy.Propagation.DNSSEC
    /// By the address that answered; those that gave no answer, or none that was examined, are not in it.
    var statuses: [IPAddress: SecurityStatus] = [:]
    /// What stands in the way of an examination.
    var problem: Survey.Problem?

    /// The worst of all; nil when nothing was examined.
    var whole: SecurityStatus? {
        statuses.sorted { $0.key < $1.key }.map(\.value).reduce(nil) { SecurityStatus.worse($0, $1) }
    }

    init(_ rule: Policy.Propagation.DNSSEC) { self.rule = rule }

    /// What the answer of this address counts as instead of what it says.
    func fault(at address: IPAddress) -> Sighting? {
        guard rule == .validate, case .bogus(let reason) = statuses[address] else { return nil }
        return .bogus(reason: reason)
    }
}

extension AuthoritativeLook {
    mutating func take(_ examination: Examination) {
        security = SecurityStatus.worse(security, examination.whole)
        if let problem = examination.problem, !problems.contains(problem) { problems.append(problem) }
    }
}

extension Validation {
    /// Judges every address's answer by itself.
    func examine(
        _ answers: [IPAddress: Answer],
        _ question: Question,
        zone: DomainName,
        _ examination: inout Examination,
        for errand: Errand
    ) async {
        guard isOn else { return }
        for (address, answer) in answers {
            guard case .message(let message) = answer.outcome else { continue }
            examination.statuses[address] = await judge(message, question, zone: zone, for: errand)
        }
        if let why = await notExamined(zone, for: errand) {
            examination.problem = Survey.Problem(.dnssecNotExamined, why)
        } else if case .indeterminate(let reason) = examination.whole, examination.rule == .validate {
            examination.problem = Survey.Problem(
                .dnssecIndeterminate,
                reason,
                wanted: "DS and DNSKEY records from the anchor down to \(zone)",
                reproduce: "delv +vtrace \(question.type) \(question.name)"
            )
        }
    }

    /// Adds what is known of each zone's keys.
    func fill(_ zones: inout [ZoneView], for errand: Errand) async {
        guard isOn else { return }
        for (index, zone) in zones.enumerated() {
            zones[index] = zone.secured(await security(of: zone.apex, for: errand))
        }
    }
}
