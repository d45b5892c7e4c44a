// All servers' answers to one question, validated: who shows something bogus, and what holds for the whole.
import DCV
import LDNS

/// The DNSSEC side of one look at every address.
struct Examination: Sendable {
    /// By the address that answered; those that gave no answer, or none that was examined, are not in it.
    var statuses: [IPAddress: SecurityStatus] = [:]
    /// What stands in the way of an examination.
    var problem: Survey.Problem?

    /// The worst of all; nil when nothing was examined.
    var whole: SecurityStatus? {
        statuses.sorted { $0.key < $1.key }.map(\.value).reduce(nil) { SecurityStatus.worse($0, $1) }
    }
}

extension Validation {
    /// Judges every address's answer by itself.
    func examine(
        _ answers: [IPAddress: Answer],
        _ question: Question,
        zone: DomainName,
        for errand: Errand
    ) async -> Examination {
        var examination = Examination()
        guard isOn else { return examination }
        for (address, answer) in answers {
            guard case .message(let message) = answer.outcome else { continue }
            examination.statuses[address] = await judge(message, question, zone: zone, for: errand)
        }
        if let why = await notExamined(zone, for: errand) {
            examination.problem = Survey.Problem(.dnssecNotExamined, why)
        } else if case .indeterminate(let reason) = examination.whole {
            examination.problem = Survey.Problem(
                .dnssecIndeterminate,
                reason,
                wanted: "DS and DNSKEY records from the anchor down to \(zone)",
                reproduce: "delv +vtrace \(question.type) \(question.name)"
            )
        }
        return examination
    }
}
