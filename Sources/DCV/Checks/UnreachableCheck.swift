// Says which vantage point gave no answer: never read as "the record is absent".

enum UnreachableCheck {
    static func findings(_ survey: Survey) -> [Finding] {
        let living = Set(
            survey.observations.filter { !$0.sighting.isUnreachable }.map(\.vantage.server)
        )
        return survey.observations.compactMap { observation in
            guard case .unreachable(let reason) = observation.sighting,
                !WebCheck.isBrokenIPv6(observation, survey), !survey.explains(observation)
            else { return nil }
            let isDeadAddress = observation.isPassedOver && living.contains(observation.vantage.server)
            return Finding(
                isDeadAddress ? "dead-address" : "server-unreachable",
                isDeadAddress ? .notice : .waiting,
                subject: "\(survey.record)",
                saw: "\(observation.vantage): \(reason)",
                wanted: "an answer",
                advice: advice(observation.vantage, isDeadAddress),
                reproduce: survey.reproduce(observation),
                rule: isDeadAddress ? nil : observation.vantage.policyKey
            )
        }
    }

    private static func advice(_ vantage: VantagePoint, _ isDeadAddress: Bool) -> String {
        switch vantage {
        case .authoritative where isDeadAddress:
            "another address of this server answers; repair or remove this one"
        case .authoritative:
            "repair the server or its path from here, or allow it under propagation.unreachable"
        case .recursive:
            "look at the resolver or its path from here, or name another one under propagation.recursive"
        case .web where isDeadAddress:
            "another address of this web host answers; repair this one, or remove it from the host's A and AAAA records"
        case .web:
            "repair the web server or its path from here; the CA fetches the file from this address, too"
        }
    }
}
