// The table of CAA: a climb and an order in short, and the verdict that RFC 8659, RFC 8657 and the CAs give.

import DCV

/// One row. `climb` is written from the name upwards: `-` none, `!text` no answer, `bogus`, else records joined by ` | `; what differs from
/// server to server is joined by ` ~ `.
struct CAACase: CustomStringConvertible, Sendable {
    let source: String
    let climb: [String]
    var order = "shop.example.com"
    var issuers = ["letsencrypt"]
    var methods = ["dns-01", "ca-tbr-7"]
    var account: String?
    var isLater = false
    /// The verdict's code.
    let verdict: String
    /// A part of the verdict's words.
    var says = ""

    var description: String { source }

    func request() throws -> CAARequest {
        CAARequest(
            try Identifier(order),
            issuers: try issuers.map { CertificateAuthorities.named(try CertificateAuthorities.issuer($0)) },
            methods: methods,
            accountURI: account
        )
    }

    func seen() throws -> CAAClimb {
        let request = try request()
        let names = request.identifier.name.selfAndAncestors.dropLast()
        let rungs = try zip(names, climb + Array(repeating: "-", count: names.count)).map { name, text in
            try Self.rung(name, text)
        }
        let at = isLater ? CAA.parametersBind : CAA.parametersBind.adding(milliseconds: -1)
        return CAAClimb(request.identifier.name, at: at, rungs: rungs)
    }

    static func rung(_ name: DomainName, _ text: String) throws -> CAAClimb.Rung {
        let servers = text.components(" ~ ")
        if servers.count > 1 {
            let seen = try servers.enumerated().map { index, text in
                let one = try rung(name, text)
                return CAAClimb.Rung(
                    name,
                    one.answer,
                    aliases: one.aliases,
                    security: one.security,
                    servers: IPAddress("192.0.2.\(index + 1)").map { [$0] } ?? []
                )
            }
            return seen[0].with(others: Array(seen.dropFirst()))
        }
        switch text {
        case "-": return CAAClimb.Rung(name, .none)
        case "indeterminate":
            return CAAClimb.Rung(name, .none, security: .indeterminate(reason: "no keys"))
        case "bogus": return CAAClimb.Rung(name, .none, security: .bogus(reason: "signature expired"))
        case _ where text.hasPrefix("!unsigned "):
            return CAAClimb.Rung(
                name,
                .failed(reason: String(text.dropFirst(10))),
                security: .insecure(reason: "no DS")
            )
        case _ where text.hasPrefix("!signed "):
            return CAAClimb.Rung(name, .failed(reason: String(text.dropFirst(8))), security: .secure)
        case _ where text.hasPrefix("!"): return CAAClimb.Rung(name, .failed(reason: String(text.dropFirst())))
        case _ where text.hasPrefix("-> "):
            let parts = text.dropFirst(3).split(separator: "=", maxSplits: 1).map(String.init)
            let rest = try rung(name, parts[1])
            return CAAClimb.Rung(name, rest.answer, aliases: [try DomainName(parts[0])])
        default: return CAAClimb.Rung(name, .records(text.components(" | ").map(record)))
        }
    }

    /// `0 issue letsencrypt.org`: flags, tag, and the value to the end.
    private static func record(_ text: String) -> CAARecord {
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        return CAARecord(UInt8(parts[0]) ?? 0, parts[1], parts.count > 2 ? parts[2] : "")
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [String] {
        var parts = [""]
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(separator) {
                parts.append("")
                rest = rest.dropFirst(separator.count)
            } else {
                parts[parts.count - 1].append(rest.removeFirst())
            }
        }
        return parts
    }
}

enum CAACases {
    static let climbs: [CAACase] = [
        .init(source: "8659 3: no set anywhere", climb: ["-", "-", "-"], verdict: "allowed", says: "no CAA record"),
        .init(source: "8659 3: a set at the name", climb: ["0 issue letsencrypt.org"], verdict: "allowed"),
        .init(source: "8659 3: a set at the parent", climb: ["-", "0 issue pki.goog"], verdict: "forbidden"),
        .init(source: "8659 3: a set at the top-level domain", climb: ["-", "-", "0 issue ;"], verdict: "forbidden"),
        .init(
            source: "8659 3: the closest set wins and allows",
            climb: ["0 issue letsencrypt.org", "0 issue ;"],
            verdict: "allowed"
        ),
        .init(
            source: "8659 3: the closest set wins and forbids",
            climb: ["0 issue pki.goog", "0 issue letsencrypt.org"],
            verdict: "forbidden",
            says: "0 issue \"pki.goog\" at shop.example.com"
        ),
        .init(
            source: "8659 3: a set without issue ends the climb, too",
            climb: ["0 iodef mailto:a@example.com", "0 issue ;"],
            verdict: "allowed"
        ),
        .init(
            source: "8659 3: the set at an alias's target counts for the name",
            climb: ["-> host.example.net=0 issue pki.goog", "0 issue letsencrypt.org"],
            verdict: "forbidden",
            says: "at host.example.net"
        ),
        .init(
            source: "8659 3: an alias's target without a set, and the climb goes on from the name",
            climb: ["-> host.example.net=-", "0 issue letsencrypt.org"],
            verdict: "allowed"
        ),
        .init(source: "Boulder: an error at the name", climb: ["!SERVFAIL"], verdict: "cannot-tell", says: "SERVFAIL"),
        .init(
            source: "Boulder: an error below a set that allows wins over it",
            climb: ["!SERVFAIL", "0 issue letsencrypt.org"],
            verdict: "cannot-tell"
        ),
        .init(
            source: "Boulder: an error below a set that forbids wins over it",
            climb: ["!timeout", "0 issue ;"],
            verdict: "cannot-tell"
        ),
        .init(
            source: "Boulder: an error above a set is of no account",
            climb: ["0 issue letsencrypt.org", "!SERVFAIL", "!SERVFAIL"],
            verdict: "allowed"
        ),
        .init(
            source: "Boulder: SERVFAIL at the top-level domain with nothing below",
            climb: ["-", "-", "!NXDOMAIN"],
            verdict: "cannot-tell",
            says: "CAA records of com"
        ),
        .init(
            source: "BR 4.2.2.2: bogus is no answer",
            climb: ["-", "bogus"],
            verdict: "cannot-tell",
            says: "expired"
        ),
        .init(
            source: "BR 4.2.2.2: bogus below a set that allows",
            climb: ["bogus", "0 issue letsencrypt.org"],
            verdict: "cannot-tell"
        ),
        .init(
            source: "BR 4.2.2.2: keys that cannot be fetched",
            climb: ["indeterminate", "0 issue letsencrypt.org"],
            verdict: "cannot-tell",
            says: "no keys"
        ),
        .init(
            source: "BR 4.2.2.1: a failure in an unsigned zone",
            climb: ["!unsigned timeout"],
            verdict: "cannot-tell",
            says: "may go on after another try"
        ),
        .init(
            source: "BR 4.2.2.1: a failure in a signed zone",
            climb: ["!signed timeout"],
            verdict: "cannot-tell",
            says: "must not issue"
        ),
        .init(
            source: "8659 3: a wildcard's climb begins at the name below the asterisk",
            climb: ["0 issue letsencrypt.org"],
            order: "*.shop.example.com",
            verdict: "allowed"
        ),
    ]

    /// A CA may meet any server: what the strictest one leads to counts.
    static let differing: [CAACase] = [
        .init(
            source: "BR 3.2.2.9: the second of two servers forbids",
            climb: ["0 issue letsencrypt.org ~ 0 issue ;"],
            verdict: "forbidden",
            says: "shop.example.com (as 192.0.2.2 shows it)"
        ),
        .init(
            source: "BR 3.2.2.9: the first of two servers forbids",
            climb: ["0 issue ; ~ 0 issue letsencrypt.org"],
            verdict: "forbidden",
            says: "(as 192.0.2.1 shows it)"
        ),
        .init(
            source: "BR 3.2.2.9: a set at one server, and above it another one that forbids",
            climb: ["0 issue letsencrypt.org ~ -", "0 issue ;"],
            verdict: "forbidden",
            says: "at example.com"
        ),
        .init(
            source: "BR 3.2.2.9: a set that forbids at one server, and above it one that allows",
            climb: ["- ~ 0 issue ;", "0 issue letsencrypt.org"],
            verdict: "forbidden",
            says: "(as 192.0.2.2 shows it)"
        ),
        .init(
            source: "BR 3.2.2.9: sets at all servers end the climb",
            climb: ["0 issue letsencrypt.org ~ 0 issue letsencrypt.org | 0 issue pki.goog", "0 issue ;"],
            verdict: "allowed"
        ),
        .init(
            source: "BR 3.2.2.9: a set that forbids at one server, and none anywhere else",
            climb: ["- ~ 0 issue ;"],
            verdict: "forbidden",
            says: "(as 192.0.2.2 shows it)"
        ),
        .init(
            source: "BR 3.2.2.9: all ways allow",
            climb: ["0 issue letsencrypt.org ~ -", "- ~ 0 issue letsencrypt.org"],
            verdict: "allowed"
        ),
        .init(
            source: "BR 3.2.2.9: an error behind one of two aliases",
            climb: ["-> a.example.net=!timeout ~ 0 issue letsencrypt.org"],
            verdict: "cannot-tell",
            says: "timeout"
        ),
        .init(
            source: "BR 3.2.2.9: a prohibition weighs more than an error",
            climb: ["!timeout ~ 0 issue ;"],
            verdict: "forbidden"
        ),
        .init(
            source: "BR 3.2.2.9: an error weighs more than a condition",
            climb: ["0 issue letsencrypt.org; accounturi=x:1 ~ !timeout"],
            verdict: "cannot-tell"
        ),
        .init(
            source: "BR 3.2.2.9: a condition at one server",
            climb: ["0 issue letsencrypt.org ~ 0 issue letsencrypt.org; accounturi=x:1"],
            verdict: "depends"
        ),
        .init(
            source: "8659 4.1: a critical record at one server",
            climb: ["0 issue letsencrypt.org ~ 128 future x"],
            verdict: "forbidden",
            says: "is critical"
        ),
    ]

    static let all = climbs + differing + properties + parameters + issuers
}
