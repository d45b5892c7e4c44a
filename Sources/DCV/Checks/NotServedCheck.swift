// Says who answers but does not serve what was asked for: a CA that meets it sees no proof.

enum NotServedCheck {
    static func findings(_ survey: Survey) -> [Finding] {
        survey.observations.compactMap { observation in
            // Of a fetch `WebCheck` knows more.
            guard case .notServed(let reason) = observation.sighting, observation.fetch == nil,
                !survey.explains(observation)
            else { return nil }
            let (wanted, advice) = words(survey, observation.vantage)
            return Finding(
                "not-served",
                .waiting,
                subject: "\(survey.record)",
                saw: "\(observation.vantage): \(reason)",
                wanted: wanted,
                advice: advice,
                reproduce: survey.reproduce(observation),
                rule: observation.vantage.policyKey
            )
        }
    }

    private static func words(_ survey: Survey, _ vantage: VantagePoint) -> (wanted: String, advice: String) {
        switch vantage {
        case .authoritative:
            (
                "an authoritative answer for \(survey.zone?.text ?? survey.record.name.text)",
                "load the zone on this server, take the server out of the delegation, or allow it under propagation.unreachable"
            )
        case .recursive:
            (
                "this resolver's answer for \(survey.record.name)",
                "look why the resolver does not answer: it may refuse this client, not reach the zone or not validate "
                    + "it; or name another one under propagation.recursive"
            )
        case .web:
            (
                "status 200 with the token, or 404 while it is missing",
                "let the web server answer this path by itself over plain HTTP: no redirect, no login, no encoding"
            )
        }
    }
}
