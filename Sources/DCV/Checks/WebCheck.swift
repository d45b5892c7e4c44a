// Says what a CA meets on the way to a token file: redirects, pages, encodings, addresses that differ.

enum WebCheck {
    static func findings(_ survey: Survey) -> [Finding] {
        guard case .http(let host, let path, _) = survey.record.content else { return [] }
        let seen = survey.observations.compactMap { observation in
            observation.fetch.map { Seen(observation: observation, fetch: $0, subject: "\(survey.record)") }
        }
        let ends = ends(seen)
        return ends.compactMap(\.fault) + ends.compactMap(\.foreignBody) + redirected(seen) + brokenIPv6(seen, survey)
            + unseenIPv6(seen) + differing(seen, "\(host)\(path)")
    }

    /// What an address behind redirects answers is told once, however many addresses of the host lead there.
    private static func ends(_ seen: [Seen]) -> [Seen] {
        var told: Set<[WebFetch.Hop]> = []
        return seen.filter { one in
            let beyond = Array(one.fetch.hops.dropFirst())
            return beyond.isEmpty || told.insert(beyond).inserted
        }
    }

    /// Whether an address of a web host is a dead IPv6 address beside a living IPv4 one: told here, not as any dead
    /// address.
    static func isBrokenIPv6(_ observation: Observation, _ survey: Survey) -> Bool {
        guard observation.fetch != nil, observation.vantage.address.isV6, observation.sighting.isUnreachable else {
            return false
        }
        return survey.observations.contains {
            $0.fetch != nil && !$0.vantage.address.isV6 && !$0.sighting.isUnreachable
        }
    }

    /// One address's fetch.
    fileprivate struct Seen {
        let observation: Observation
        let fetch: WebFetch
        let subject: String

        var vantage: VantagePoint { observation.vantage }
        var isShowing: Bool { observation.sighting.isPresent }

        func finding(
            _ code: String,
            _ severity: Finding.Severity,
            saw: String,
            wanted: String? = nil,
            advice: String,
            reproduce: String? = nil,
            rule: String? = nil
        ) -> Finding {
            Finding(
                code,
                severity,
                subject: subject,
                saw: saw,
                wanted: wanted,
                advice: advice,
                reproduce: reproduce ?? fetch.hops.last?.reproduce,
                rule: rule
            )
        }

        /// What kept the file from being had.
        var fault: Finding? {
            guard case .notServed(let reason) = observation.sighting else { return nil }
            guard let fault = fetch.fault else {
                return finding(
                    "not-served",
                    .waiting,
                    saw: "\(observation.place): \(reason)",
                    wanted: WebFetch.wanted,
                    advice: "let the web server answer this path by itself over plain HTTP"
                )
            }
            return finding(
                fault.rawValue,
                fault.severity,
                saw: "\(observation.place): \(reason)",
                wanted: fault.wanted,
                advice: fault.advice,
                rule: fault.rule
            )
        }

        /// Something else than the token came with status 200.
        var foreignBody: Finding? {
            guard case .wrong(let saw, _) = observation.sighting else { return nil }
            let text = saw.first?.shortened() ?? ""
            return finding(
                fetch.isPage ? "page-instead-of-token" : "body-differs",
                .waiting,
                saw: "\(observation.place) answers 200 with \"\(text)\"",
                wanted: "the token alone, as text; white space behind it does no harm",
                advice: fetch.isPage
                    ? "the web server answers every path with a page: let it serve the files of this folder as they are"
                    : "put the wanted token into the file, or look which program answers this path"
            )
        }
    }

    /// Once for each way that was walked, with all addresses that began it.
    private static func redirected(_ seen: [Seen]) -> [Finding] {
        let ways = Dictionary(grouping: seen.filter { $0.fetch.hops.count > 1 }) { $0.fetch.hops.map(\.url) }
        return ways.sorted { $0.key.lexicographicallyPrecedes($1.key) }.compactMap { urls, group in
            guard let first = group.first else { return nil }
            let isSecure = urls.contains { $0.hasPrefix("https:") }
            return first.finding(
                "http-redirected",
                .notice,
                saw: addresses(group.map(\.vantage.address)) + ": "
                    + urls.map { shortened($0) }.joined(separator: " -> ")
                    + (isSecure ? "; certificates on the way were not verified, as CAs do not" : ""),
                advice: "CAs follow this; a file served without redirects has fewer ways to fail",
                reproduce: first.fetch.hops.first?.reproduce,
                rule: "BR 3.2.2.4.19"
            )
        }
    }

    /// CAs try IPv6 first, and IPv4 once if no connection comes about: at the first request only, some never.
    private static func brokenIPv6(_ seen: [Seen], _ survey: Survey) -> [Finding] {
        var findings: [Finding] = []
        for one in seen where isBrokenIPv6(one.observation, survey) {
            guard case .unreachable(let reason) = one.observation.sighting else { continue }
            findings.append(
                one.finding(
                    "ipv6-broken",
                    .notice,
                    saw: "\(one.vantage): \(reason), while IPv4 answers",
                    wanted: "an answer, because CAs connect to IPv6 first",
                    advice:
                        "repair IPv6 or remove the AAAA record: a CA may fall back to IPv4 once, and not every CA does; "
                        + "if this host has no IPv6 itself, look from one that has"
                )
            )
        }
        return findings
    }

    /// CAs take the IPv6 address of a redirect's target, and nobody here knows what it answers.
    private static func unseenIPv6(_ seen: [Seen]) -> [Finding] {
        var findings: [Finding] = []
        var told: Set<IPAddress> = []
        for one in seen {
            for hop in one.fetch.hops {
                guard let unseen = hop.passedOver, told.insert(unseen).inserted else { continue }
                let url = shortened(hop.url)
                findings.append(
                    one.finding(
                        "ipv6-not-seen",
                        .notice,
                        saw: "\(url): this machine has no route to \(unseen), \(hop.address) was asked instead",
                        wanted:
                            "an answer from \(unseen), which CAs take behind a redirect, without a fall-back to IPv4",
                        advice:
                            "look from a machine that has IPv6, or remove the AAAA record of the redirect's target",
                        reproduce: hop.reproduce(at: unseen)
                    )
                )
            }
        }
        return findings
    }

    /// Addresses that answer, each otherwise: a CA meets one of them, nobody knows which. The host's are told first, then those that
    /// redirects lead to.
    private static func differing(_ seen: [Seen], _ what: String) -> [Finding] {
        let answering = seen.filter { !$0.observation.sighting.isUnreachable }
        let deepest = answering.map(\.fetch.hops.count).max() ?? 0
        return (0..<deepest).flatMap { depth in
            // Behind a redirect a dead address is told as such.
            let asked = answering.filter {
                depth < $0.fetch.hops.count && (depth == 0 || $0.fetch.fault != .redirectTargetUnreachable)
            }
            return Dictionary(grouping: asked) { $0.fetch.hops[depth].url }
                .sorted { $0.key < $1.key }
                .compactMap { url, group in difference(group, depth == 0 ? what : shortened(url), at: depth) }
        }
    }

    private static func difference(_ seen: [Seen], _ what: String, at depth: Int) -> Finding? {
        let said = Dictionary(grouping: seen) { $0.fetch.hops[depth].address }
            .mapValues { Set($0.map(\.answer)).sorted().joined(separator: ", or ") }
        let answers = Dictionary(grouping: said.keys) { said[$0] ?? "" }
        guard answers.count > 1, let odd = seen.first(where: { !$0.isShowing }) else { return nil }
        let told = answers.sorted { $0.key < $1.key }.map { "\(addresses($1)): \($0)" }
        return odd.finding(
            "addresses-differ",
            .waiting,
            saw: "\(what) differs by address: \(told.joined(separator: "; "))",
            wanted: "the same answer from every address of the host",
            advice:
                "put the file on every machine behind the name, or remove the addresses of those that cannot serve it"
        )
    }

    private static func shortened(_ url: String) -> String { OctetText(url.utf8).shortened(limitBytes: 128) }

    private static func addresses(_ addresses: [IPAddress]) -> String {
        Set(addresses).sorted().map(\.description).joined(separator: ", ")
    }
}

extension WebCheck.Seen {
    /// The answer in a few words, equal for equal answers.
    fileprivate var answer: String {
        switch observation.sighting {
        case .present: "the token"
        case .absent: "not found"
        case .wrong(let saw, _): "\"\(saw.first?.shortened(limitBytes: 24) ?? "")\""
        case .notServed(let reason), .bogus(let reason), .hostile(let reason), .unreachable(let reason): reason
        }
    }
}

extension WebFetch {
    static let wanted = "status 200 with the token, or 404 while it is missing"
}

extension WebFetch.Fault {
    /// Errors stay until a person changes the web server.
    var severity: Finding.Severity { isStanding ? .error : .waiting }

    var wanted: String {
        switch self {
        case .redirectRefused:
            "no redirect, or at most 10 of status 301, 302, 307 or 308 to public hosts at port 80 or 443"
        case .redirectTargetUnreachable: "an answer from the host that the redirect names"
        case .tlsFailed: "TLS 1.2 or later at the redirect's target; the certificate may be any"
        case .speaksTLS: "plain HTTP at port 80"
        case .encoded: "the token's own octets"
        case .brokenOff, .status: WebFetch.wanted
        }
    }

    var advice: String {
        switch self {
        case .redirectRefused: "leave this path out of the web server's redirects, or let them lead where CAs follow"
        case .redirectTargetUnreachable: "repair the host that the redirect names, or serve the file without a redirect"
        case .status: "let the web server answer this path by itself: no login, no filter, no maintenance page"
        case .encoded: "switch compression off for this path: some CAs do not unpack"
        case .speaksTLS: "let the web server speak plain HTTP at port 80: CAs begin there"
        case .brokenOff:
            "look why the web server takes the connection and does not answer: a firewall, or a program that hangs"
        case .tlsFailed: "let the redirect's target speak TLS 1.2 or later, or serve the file without a redirect"
        }
    }

    var rule: String? {
        switch self {
        case .redirectRefused, .redirectTargetUnreachable, .tlsFailed, .status: "BR 3.2.2.4.19"
        case .encoded, .speaksTLS, .brokenOff: "RFC 8555 8.3"
        }
    }
}

extension WebFetch.Hop {
    /// The command that asks what was asked, where it was asked.
    package var reproduce: String { reproduce(at: address) }

    func reproduce(at address: IPAddress) -> String {
        let (isSecure, host, urlPort) = parts
        let bracketed = address.isV6 ? "[\(address)]" : "\(address)"
        let way =
            urlPort == port
            ? "--resolve \(host):\(port):\(bracketed)" : "--connect-to \(host):\(urlPort):\(bracketed):\(port)"
        return "curl -sSi\(isSecure ? "k" : "") -H 'Accept-Encoding: identity' \(way) \(quoted)"
    }

    /// In the form of a vantage point.
    var place: String { "\(OctetText(parts.host.utf8).shortened()) (\(address))" }

    private var parts: (isSecure: Bool, host: String, port: UInt16) {
        let pieces = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        guard pieces.count >= 2 else { return (false, url, 80) }
        let isSecure = pieces[0] == "https:"
        let authority = pieces[1]
        let standard: UInt16 = isSecure ? 443 : 80
        guard let colon = authority.lastIndex(of: ":"), authority.utf8.last != 0x5D else {
            return (isSecure, String(authority), standard)
        }
        let port = UInt16(authority[authority.index(after: colon)...]) ?? standard
        return (isSecure, String(authority[..<colon]), port)
    }

    /// For a shell: in quotes where a character of the URL means something to it.
    private var quoted: String {
        let isPlain = url.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "-._~:/%".utf8.contains($0) }
        return isPlain
            ? url : "'" + url.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
