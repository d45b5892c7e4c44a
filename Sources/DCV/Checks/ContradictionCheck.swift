// Says which vantage point shows something that excludes the wanted record.

enum ContradictionCheck {
    static func findings(_ survey: Survey) -> [Finding] {
        survey.observations.compactMap { observation in
            guard observation.sighting.contradicts(survey.record.kind, isRecursive: observation.isRecursive) else {
                return nil
            }
            let (code, saw) = describe(observation.sighting)
            return Finding(
                code,
                .error,
                subject: "\(survey.record)",
                saw: "\(observation.place) shows \(saw)",
                wanted: "\(survey.record)",
                advice: advice(code, observation),
                reproduce: survey.reproduce(observation),
                rule: observation.isRecursive ? "propagation.recursive" : nil
            )
        }
    }

    private static func describe(_ sighting: Sighting) -> (code: String, saw: String) {
        switch sighting {
        case .wrong(let saw, _):
            ("other-value", saw.prefix(3).map { "\"\($0.shortened())\"" }.joined(separator: ", "))
        case .bogus(let reason): ("dnssec-bogus", "an answer that fails DNSSEC validation: \(reason)")
        case .hostile(let reason): ("hostile-answer", "an answer that breaks the protocol: \(reason)")
        case .present, .absent, .notServed, .unreachable: ("", "")
        }
    }

    private static func advice(_ code: String, _ observation: Observation) -> String {
        switch code {
        case "other-value":
            "a name holds one CNAME only, and this agent replaces nothing: change or remove the other one by hand"
        case "dnssec-bogus": "repair the zone's signatures or its DS record; a CA must refuse while validation fails"
        case _ where observation.isRecursive:
            "find out what stands at this address, or name another resolver under propagation.recursive"
        default: "find out what stands at this address; the CA will meet it too"
        }
    }
}
