// Says that signatures fail where the policy lets that pass.

enum SecurityCheck {
    static func findings(_ survey: Survey) -> [Finding] {
        guard case .bogus(let reason) = survey.security, !survey.observations.contains(where: \.sighting.isBogus) else {
            return []
        }
        return [
            Finding(
                "dnssec-bogus",
                .notice,
                subject: "\(survey.record)",
                saw: reason,
                wanted: "signatures that hold, or no DS",
                advice: "repair the zone's signatures or its DS record; a CA must refuse while validation fails",
                reproduce: survey.observations.first { !$0.isRecursive }.map { survey.reproduce($0) },
                rule: "propagation.dnssec"
            )
        ]
    }
}

extension Sighting {
    var isBogus: Bool { if case .bogus = self { true } else { false } }
}
