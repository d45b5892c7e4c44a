// What CAA records mean for one order: who may issue, who may not, by which record at which name.

/// What is to be judged: a name, and by whom and how its certificate would be issued.
package struct CAARequest: Hashable, Sendable {
    package let identifier: Identifier
    /// CAs that the provider may use; empty when that is not known.
    package let issuers: [CertificateAuthority]
    /// Labels of the validation method (RFC 8657 4, BR 4.2.2.1.2: `dns-01`, `ca-tbr-7`), any of which fits; empty when not known.
    package let methods: [String]
    /// The account at the CA (RFC 8657 3); nil when not known, as to most of a provider's customers.
    package let accountURI: String?

    package init(
        _ identifier: Identifier,
        issuers: [CertificateAuthority],
        methods: [String] = [],
        accountURI: String? = nil
    ) {
        self.identifier = identifier
        self.issuers = issuers
        self.methods = methods
        self.accountURI = accountURI
    }
}

/// The relevant set (RFC 8659 3): the closest one to the name.
package struct CAASet: Hashable, Sendable, CustomStringConvertible {
    package let name: DomainName
    /// Where it stands: another name than `name` when a CNAME led there.
    package let owner: DomainName
    package let records: [CAARecord]
    /// Servers that failed beside the one that showed it.
    package let failing: [String]
    /// Those that show it, where other servers show something else; empty where all agree.
    package let shownBy: [IPAddress]
    /// Whether only some servers lead to it, because others show something else here or further down: then it may pass by itself.
    package let isDisputed: Bool
    /// A command that shows it to a person.
    package let reproduce: String

    /// - Parameters:
    ///   - differs: other servers show something else at this name.
    ///   - isForked: other servers have a set further down.
    init(_ rung: CAAClimb.Rung, _ records: [CAARecord], differs: Bool, isForked: Bool) {
        name = rung.name
        owner = rung.owner
        self.records = records
        failing = rung.failing
        shownBy = differs ? rung.servers : []
        isDisputed = differs || isForked
        reproduce = rung.reproduce
    }

    /// The owner, and where servers differ, those that show the set.
    package var place: String {
        shownBy.isEmpty
            ? owner.text : "\(owner) (as \(shownBy.map(\.description).joined(separator: ", ")) shows it)"
    }

    package var description: String {
        let place = owner == name ? "\(name)" : "\(name), which is an alias of \(owner),"
        return "\(place) CAA \(records.map(\.description).joined(separator: ", "))"
    }

    /// The names that records of a property allow, sorted, each once.
    package func issuers(_ property: CAARecord.Property) -> [String] {
        Set(records.filter { $0.property == property }.compactMap { $0.permission?.issuer }).sorted()
    }
}

/// Why a CA must not issue.
package struct CAAObjection: Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// A record with the critical bit and a tag that is not known (RFC 8659 4.1).
        case criticalUnknown
        /// No record names anybody: `issue ";"`, or malformed values.
        case nobody
        /// Others are named.
        case others
        /// The CA is named in capitals, and others compare octets (as Let's Encrypt does).
        case spelling
        /// The CA is named for other validation methods only (RFC 8657 4).
        case method
        /// The CA is named for another account only (RFC 8657 3).
        case account
    }

    package let reason: Reason
    package let set: CAASet
    /// Those that say no.
    package let records: [CAARecord]

    package var description: String {
        let what = records.map(\.description).joined(separator: ", ")
        return switch reason {
        case .criticalUnknown: "\(what) at \(set.place) is critical and of a kind that CAs do not know"
        case .nobody: "\(what) at \(set.place) allows no CA"
        case .others: "\(what) at \(set.place) allows others only"
        case .spelling:
            "\(what) at \(set.place) names it in capitals, which is no CA's name to those who compare octets"
        case .method: "\(what) at \(set.place) allows it by another validation method only"
        case .account: "\(what) at \(set.place) allows it for another account only"
        }
    }
}

/// What the set means for one CA.
package enum CAAPermit: Hashable, Sendable {
    case allowed(CAARecord)
    /// Allowed if something holds that cannot be seen from here.
    case conditional(CAARecord, condition: String)
    case forbidden(CAAObjection)
}

/// The answers of a set that differ from CA to CA, or hang on something unseen.
package struct CAADependence: Hashable, Sendable, CustomStringConvertible {
    package let set: CAASet
    /// One for each CA that may be used, in the order of the request; empty when no CA was named.
    package let permits: [Permit]
    /// The names that the set allows.
    package let named: [String]

    package struct Permit: Hashable, Sendable {
        package let issuer: CertificateAuthority
        package let permit: CAAPermit
    }

    package var allowed: [CertificateAuthority] {
        permits.compactMap { if case .allowed = $0.permit { $0.issuer } else { nil } }
    }
    package var forbidden: [CertificateAuthority] {
        permits.compactMap { if case .forbidden = $0.permit { $0.issuer } else { nil } }
    }

    package var description: String {
        guard !permits.isEmpty else {
            return "which CA issues is not known; \(set.place) allows \(named.joined(separator: ", "))"
        }
        var parts: [String] = []
        if !allowed.isEmpty { parts.append("allowed: \(Self.list(allowed))") }
        if !forbidden.isEmpty { parts.append("not allowed: \(Self.list(forbidden))") }
        for permit in permits {
            if case .conditional(let record, let condition) = permit.permit {
                parts.append("\(permit.issuer) \(condition) (\(record))")
            }
        }
        return parts.joined(separator: "; ") + "; by the CAA records of \(set.place)"
    }

    private static func list(_ issuers: [CertificateAuthority]) -> String {
        issuers.map(\.name).joined(separator: ", ")
    }
}

package enum CAAVerdict: Hashable, Sendable {
    /// Every CA that may be used is allowed; by `nil` where no record restricts anybody.
    case allowed(by: CAASet?)
    /// No CA that may be used is.
    case forbidden(CAAObjection)
    case depends(on: CAADependence)
    /// A name on the way up gave no answer, which a CA must not take for "no records".
    case cannotTell(why: String, at: CAAClimb.Rung?)

    /// What keeps an order from its CA, the lightest first.
    package enum Hindrance: Int, Comparable {
        case none
        /// It could not be seen; another look may.
        case unseen
        /// Some servers only lead to what forbids it; the others may be ahead of them.
        case disputed
        /// A person must change something.
        case standing

        package static func < (one: Hindrance, other: Hindrance) -> Bool { one.rawValue < other.rawValue }

        /// Why looking again may help; nil when it will not, or need not.
        package var isOpenBecause: String? {
            switch self {
            case .none, .standing: nil
            case .unseen: "whether CAA records allow it could not be seen"
            case .disputed: "name servers differ about CAA records"
            }
        }
    }

    package var hindrance: Hindrance {
        switch self {
        case .allowed, .depends: .none
        case .cannotTell: .unseen
        case .forbidden(let objection): objection.set.isDisputed ? .disputed : .standing
        }
    }

    /// Which of two verdicts counts for somebody who may meet either.
    var rank: Int {
        switch self {
        case .allowed: 0
        case .depends: 1
        case .cannotTell: 2
        case .forbidden: 3
        }
    }

    /// Stable word for programs.
    package var code: String {
        switch self {
        case .allowed: "allowed"
        case .forbidden: "forbidden"
        case .depends: "depends"
        case .cannotTell: "cannot-tell"
        }
    }
}

extension CAAVerdict: CustomStringConvertible {
    package var description: String {
        switch self {
        case .allowed(nil): "allowed: no CAA record restricts it"
        case .allowed(let set?): "allowed by the CAA records of \(set.owner)"
        case .forbidden(let objection): "forbidden: \(objection)"
        case .depends(let dependence): "depends: \(dependence)"
        case .cannotTell(let why, _): "cannot tell: \(why)"
        }
    }
}
