// What a look for CAA records saw, name by name from the identifier up to the top-level domain: the material of the verdict.

/// The climb of RFC 8659 3 as it was seen in one pass.
package struct CAAClimb: Hashable, Sendable, Codable {
    /// One name on the way up.
    package struct Rung: Hashable, Sendable, Codable {
        package let name: DomainName
        /// Where CNAMEs at the name led, in their order; what stands at the last one counts for the name (RFC 8659 3). Nothing is
        /// looked for above an alias's target.
        package let aliases: [DomainName]
        package let answer: Answer
        /// Nil when DNSSEC was not examined.
        package let security: SecurityStatus?
        /// Servers that failed while another one answered, each with its reason: a CA may meet either.
        package let failing: [String]
        /// Those of them whose answers fail DNSSEC validation.
        package let bogus: [Bogus]
        /// Those that answered so, by their addresses; empty when none did, or a resolver.
        package let servers: [IPAddress]
        /// The port of all name servers.
        package let port: UInt16
        /// The same name as other servers show it, each without others of its own; a CA may meet any of them.
        package let others: [Rung]

        package init(
            _ name: DomainName,
            _ answer: Answer,
            aliases: [DomainName] = [],
            security: SecurityStatus? = nil,
            failing: [String] = [],
            bogus: [Bogus] = [],
            servers: [IPAddress] = [],
            port: UInt16 = Asked.Transport.udp.standardPort,
            others: [Rung] = []
        ) {
            self.name = name
            self.answer = answer
            self.aliases = aliases
            self.security = security
            self.failing = failing
            self.bogus = bogus
            self.servers = servers
            self.port = port
            self.others = others
        }

        /// What differing servers show, each as a rung without others, in their order; else the one.
        package var alternatives: [Rung] {
            others.isEmpty ? [self] : [with(others: [])] + others
        }

        package func with(others: [Rung]) -> Rung {
            Rung(
                name,
                answer,
                aliases: aliases,
                security: security,
                failing: failing,
                bogus: bogus,
                servers: servers,
                port: port,
                others: others
            )
        }

        /// The name that the records stand at.
        package var owner: DomainName { aliases.last ?? name }

        package init(from decoder: any Decoder) throws {
            let keyed = try decoder.container(keyedBy: CodingKeys.self)
            name = try keyed.decode(DomainName.self, forKey: .name)
            answer = try keyed.decode(Answer.self, forKey: .answer)
            aliases = try keyed.decodeIfPresent([DomainName].self, forKey: .aliases) ?? []
            security = try keyed.decodeIfPresent(SecurityStatus.self, forKey: .security)
            failing = try keyed.decodeIfPresent([String].self, forKey: .failing) ?? []
            bogus = try keyed.decodeIfPresent([Bogus].self, forKey: .bogus) ?? []
            servers = try keyed.decodeIfPresent([IPAddress].self, forKey: .servers) ?? []
            port = try keyed.decodeIfPresent(UInt16.self, forKey: .port) ?? Asked.Transport.udp.standardPort
            others = try keyed.decodeIfPresent([Rung].self, forKey: .others) ?? []
        }

        package func encode(to encoder: any Encoder) throws {
            var keyed = encoder.container(keyedBy: CodingKeys.self)
            try keyed.encode(name, forKey: .name)
            try keyed.encode(answer, forKey: .answer)
            if !aliases.isEmpty { try keyed.encode(aliases, forKey: .aliases) }
            try keyed.encodeIfPresent(security, forKey: .security)
            if !failing.isEmpty { try keyed.encode(failing, forKey: .failing) }
            if !bogus.isEmpty { try keyed.encode(bogus, forKey: .bogus) }
            if !servers.isEmpty { try keyed.encode(servers, forKey: .servers) }
            if port != Asked.Transport.udp.standardPort { try keyed.encode(port, forKey: .port) }
            if !others.isEmpty { try keyed.encode(others, forKey: .others) }
        }

        private enum CodingKeys: String, CodingKey {
            case name, aliases, answer, security, failing, bogus, servers, port, others
        }
    }

    /// A server whose answer fails DNSSEC validation while another one's holds.
    package struct Bogus: Hashable, Sendable, Codable {
        /// What it was asked for: the rung's name, or one that a CNAME led to.
        package let name: DomainName
        package let server: IPAddress

        package init(name: DomainName, server: IPAddress) {
            self.name = name
            self.server = server
        }
    }

    package enum Answer: Hashable, Sendable {
        /// At least one, sorted.
        case records([CAARecord])
        /// The name has none, or does not exist.
        case none
        /// Nobody gave an answer that counts.
        case failed(reason: String)
    }

    /// Where it began: the identifier without the asterisk.
    package let name: DomainName
    package let at: Instant
    /// The name first, the top-level domain last; never the root.
    package let rungs: [Rung]

    package init(_ name: DomainName, at: Instant, rungs: [Rung]) {
        self.name = name
        self.at = at
        self.rungs = rungs
    }

    private enum CodingKeys: String, CodingKey {
        case name
        case at = "at_ms"
        case rungs
    }
}

extension CAAClimb.Rung: CustomStringConvertible {
    /// `www.example.com -> host.example.net: 0 issue "letsencrypt.org"`, `example.com: none`, `com: failed (...)`; where servers differ,
    /// `example.com: none (192.0.2.53), or example.com: 0 issue ";" (192.0.2.54)`.
    package var description: String {
        guard others.isEmpty else { return alternatives.map { "\($0)\($0.showing)" }.joined(separator: ", or ") }
        let way = ([name] + aliases).map(\.text).joined(separator: " -> ")
        let beside = failing.isEmpty ? "" : " (but \(failing.joined(separator: "; ")))"
        var word = "\(way): \(answer)\(beside)"
        if case .bogus(let reason)? = security { word += "; DNSSEC bogus: \(reason)" }
        return word
    }

    /// Who shows it, in brackets.
    package var showing: String {
        servers.isEmpty ? "" : " (\(servers.map(\.description).joined(separator: ", ")))"
    }

    /// Why a CA gets no answer here; nil when it does. Bogus data are no answer (RFC 4035 5.5: SERVFAIL), and neither are those whose
    /// keys could not be fetched.
    package var failure: String? {
        if case .failed(let reason) = answer { return reason }
        switch security {
        case .bogus(let reason): return "DNSSEC bogus: \(reason)"
        case .indeterminate(let reason): return "DNSSEC cannot be judged: \(reason)"
        case .secure, .insecure, nil: return nil
        }
    }

    /// Whether every server answered, all the same, and nothing is wrong with it: then it may be remembered.
    package var isFlawless: Bool { others.isEmpty && failing.isEmpty && failure == nil }

    /// A command that shows the same to a person.
    package var reproduce: String {
        guard let server = servers.first else { return DigLine.text("CAA", owner) }
        return DigLine.text("CAA", Asked(owner, port: port), at: server, isRecursive: false)
    }

    /// Whether the climb goes on: some server shows no records, or nobody knows.
    package var isOpen: Bool {
        alternatives.contains { if case .records = $0.answer { false } else { true } }
    }
}

extension CAAClimb.Answer: Codable, CustomStringConvertible {
    private enum Key: String, CodingKey { case records, failed }

    package var description: String {
        switch self {
        case .records(let records): records.map(\.description).joined(separator: ", ")
        case .none: "none"
        case .failed(let reason): "failed (\(reason))"
        }
    }

    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: Key.self)
        if let reason = try keyed.decodeIfPresent(String.self, forKey: .failed) {
            self = .failed(reason: reason)
        } else {
            let records = try keyed.decode([CAARecord].self, forKey: .records)
            self = records.isEmpty ? .none : .records(records)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: Key.self)
        switch self {
        case .records(let records): try keyed.encode(records, forKey: .records)
        case .none: try keyed.encode([CAARecord](), forKey: .records)
        case .failed(let reason): try keyed.encode(reason, forKey: .failed)
        }
    }
}

extension CAAClimb: CustomStringConvertible {
    package var description: String { rungs.map(\.description).joined(separator: "\n") }
}
