// Says which vantage point gave no answer: never read as "the record is absent".

enum UnreachableCheck {
    static func findings(_ survey: Survey) -> [Finding] {
        let living = Set(
            survey.observations.filter { !$0.sighting.isUnreachable }.map(\.vantage.server)
        )
        return survey.observations.compactMap { observation in
            guard case .unreachable(let reason) = observation.sighting else { return nil }
            let isDeadAddress = living.contains(observation.vantage.server)
            return Finding(
                isDeadAddress ? "dead-address" : "server-unreachable",
                isDeadAddress ? .notice : .waiting,
                subject: "\(survey.record)",
                saw: "\(observation.vantage): \(reason)",
                wanted: "an answer",
                advice: isDeadAddress
                    ? "another address of this server answers; repair or remove this one"
                    : "repair the server or its path from here, or allow it under propagation.unreachable",
                reproduce: survey.reproduce(observation),
                rule: isDeadAddress ? nil : "propagation.unreachable"
            )
        }
    }
}
