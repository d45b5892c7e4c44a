// Says which name server answers but does not serve the zone: a CA that meets it sees no proof.

enum NotServedCheck {
    static func findings(_ survey: Survey) -> [Finding] {
        survey.observations.compactMap { observation in
            guard case .notServed(let reason) = observation.sighting else { return nil }
            return Finding(
                "not-served",
                .waiting,
                subject: "\(survey.record)",
                saw: "\(observation.vantage): \(reason)",
                wanted: "an authoritative answer for \(survey.zone?.text ?? survey.record.name.text)",
                advice: "load the zone on this server, or take the server out of the delegation",
                reproduce: survey.reproduce(observation)
            )
        }
    }
}
