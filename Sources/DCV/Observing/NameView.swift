// A name without a record to be shown: which zones lead to it, who serves it, and what stands in the way of asking.

/// What one look at a name learnt.
package struct NameView: Hashable, Sendable, Codable {
    package let name: DomainName
    package let at: Instant
    /// The apex of the zone that holds the name; nil when none was found.
    package let zone: DomainName?
    /// From the root to that zone.
    package let zones: [ZoneView]
    /// What DNSSEC says of the zone's answers; nil when it was not examined.
    package let security: SecurityStatus?
    package let problems: [Survey.Problem]

    package init(
        name: DomainName,
        at: Instant,
        zone: DomainName?,
        zones: [ZoneView],
        security: SecurityStatus?,
        problems: [Survey.Problem]
    ) {
        self.name = name
        self.at = at
        self.zone = zone
        self.zones = zones
        self.security = security
        self.problems = problems
    }

    private enum CodingKeys: String, CodingKey {
        case name
        case at = "at_ms"
        case zone, zones, security, problems
    }
}

extension NameView {
    /// What the checks say of the zones and problems, about the name.
    var findings: [Finding] {
        // Checks look at surveys; of this one nothing about a record can be said, because nobody was asked for one.
        guard let value = try? TXTValue("-") else { return [] }
        let survey = Survey(
            record: RequiredRecord(.txt(name: name, value: value)),
            at: at,
            zone: zone,
            observations: [],
            problems: problems,
            zones: zones,
            security: security
        )
        return Checks.findings(survey).map { $0.about(name.text) }
    }
}
