// Every code a finding can have, explained for a person who meets it at night. Add a code: one entry in the file of its area, then `make findings`.

/// What one code means, wherever in the program it is said.
package struct FindingExplanation: Hashable, Sendable, Codable {
    /// Where the cause lies, and so who can mend it.
    package enum Area: String, Hashable, Sendable, Codable, CaseIterable {
        case delegation
        case servers
        case record
        case dnssec
        case caa
        case http
        case publishing
        case authorization
        case provider
        case program

        package var title: String {
            switch self {
            case .delegation: "The way to the zone"
            case .servers: "Name servers and resolvers"
            case .record: "The record and its neighbours"
            case .dnssec: "DNSSEC"
            case .caa: "CAA"
            case .http: "Token files"
            case .publishing: "Publishing and hooks"
            case .authorization: "Certificates and their proofs"
            case .provider: "Providers"
            case .program: "This program and its surroundings"
            }
        }
    }

    package let code: String
    package let area: Area
    /// With which severities it is said, the gravest first.
    package let severities: [Finding.Severity]
    /// One or two sentences.
    package let meaning: String
    /// The usual ones, the likeliest first.
    package let causes: [String]
    package let remedy: String
    /// A policy key or a section of an RFC or the Baseline Requirements; nil when it is common sense.
    package let rule: String?

    init(
        _ code: String,
        _ area: Area,
        _ severities: [Finding.Severity],
        means meaning: String,
        causes: [String],
        remedy: String,
        rule: String? = nil
    ) {
        self.code = code
        self.area = area
        self.severities = severities
        self.meaning = meaning
        self.causes = causes
        self.remedy = remedy
        self.rule = rule
    }
}

/// All of them. A test holds that every code said anywhere in the program stands here once, and that none stands here that nobody says.
package enum FindingCatalog {
    /// By area, then by code.
    package static let all: [FindingExplanation] = {
        let entries =
            delegation + servers + zone + record + caa + security + web + publishing + authorization + provider
            + providerReading
            + program
        let order = Dictionary(
            FindingExplanation.Area.allCases.enumerated().map { ($1, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        return entries.sorted {
            (order[$0.area] ?? 0, $0.code) < (order[$1.area] ?? 0, $1.code)
        }
    }()

    package static func explanation(of code: String) -> FindingExplanation? { all.first { $0.code == code } }
}
