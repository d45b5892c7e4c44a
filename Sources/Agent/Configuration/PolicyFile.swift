// policies/NAME.yaml -> Policy: every key that is read stands here, and policies/README.md gives each its reason.
package import DCV
import Yams

/// A policy with what its file says beside its values.
package struct PolicyDocument: Sendable {
    package let policy: Policy
    package let examples: [PolicyExample]
    /// Keys that the file writes, with dots: `trigger.pace`. All others have the value of `Policy.standard`.
    package let written: Set<String>
    /// Nil for the built-in default, which no file was found for.
    package let file: String?
    /// Where the file names each resolver.
    package let resolverPlaces: [String: SourcePlace]

    package init(
        _ policy: Policy,
        examples: [PolicyExample] = [],
        written: Set<String> = [],
        file: String? = nil,
        resolverPlaces: [String: SourcePlace] = [:]
    ) {
        self.policy = policy
        self.examples = examples
        self.written = written
        self.file = file
        self.resolverPlaces = resolverPlaces
    }
}

/// Reads policy files. Whatever a file leaves out is `Policy.standard`.
package enum PolicyFile {
    private static let topKeys = [
        "version", "methods", "propagation", "caa", "publish", "trigger", "revalidate", "wait", "examples",
    ]
    /// Bounds of every duration in a policy: nothing is asked more often than each second or left alone longer than a month.
    private static let durations: ClosedRange<Int64> = 1...(30 * 86_400)

    /// - Returns: what could be understood, with every fault of the file.
    package static func read(_ bytes: [UInt8], name: String, file: String) -> Understood<PolicyDocument> {
        var reader = YAMLReader(file: file)
        var policy = Policy.standard
        policy.name = name
        var examples: [PolicyExample] = []
        var written: Set<String> = []
        var resolvers: [String: SourcePlace] = [:]
        if let root = reader.document(bytes) {
            read(root, into: &policy, &resolvers, &reader)
            if let node = root.mapping?["examples"] { examples = PolicyExamples.read(node, &reader) }
            written = keys(root)
        }
        let document = PolicyDocument(
            policy,
            examples: examples,
            written: written,
            file: file,
            resolverPlaces: resolvers
        )
        return Understood(document, reader.faults)
    }

    /// The keys of all leaves, with dots.
    private static func keys(_ root: Node) -> Set<String> {
        var keys: Set<String> = []
        var open: [(prefix: String, node: Node)] = [("", root)]
        while let (prefix, node) = open.popLast() {
            for pair in node.mapping.map({ Array($0) }) ?? [] {
                guard let name = pair.key.string, prefix + name != "examples" else { continue }
                if pair.value.mapping == nil {
                    keys.insert(prefix + name)
                } else {
                    open.append((prefix + name + ".", pair.value))
                }
            }
        }
        return keys
    }

    private static func read(
        _ root: Node,
        into policy: inout Policy,
        _ resolvers: inout [String: SourcePlace],
        _ reader: inout YAMLReader
    ) {
        let top = reader.mapping(root, "a policy", known: topKeys)
        ConfigurationFile.checkVersion(top["version"], root, &reader)
        if let node = top["methods"] {
            policy.methods = reader.list(node, "methods").compactMap {
                reader.word($0, "a method", ValidationMethod.self)
            }
        }
        if let node = top["propagation"] { readPropagation(node, into: &policy.propagation, &resolvers, &reader) }
        if let node = top["caa"] { readCAA(node, into: &policy.caa, &reader) }
        if let node = top["publish"] { readPublish(node, into: &policy.publish, &reader) }
        if let node = top["trigger"] { readTrigger(node, into: &policy.trigger, &reader) }
        if let node = top["revalidate"] {
            let keys = reader.mapping(node, "revalidate", known: ["before_expiry"])
            if let node = keys["before_expiry"] {
                policy.revalidate.beforeExpirySeconds =
                    reader.seconds(node, "revalidate.before_expiry", in: 0...(90 * 86_400))
                    ?? policy.revalidate.beforeExpirySeconds
            }
        }
        if let node = top["wait"] { readWait(node, into: &policy.wait, &reader) }
    }

    private static func readPropagation(
        _ node: Node,
        into propagation: inout Policy.Propagation,
        _ resolvers: inout [String: SourcePlace],
        _ reader: inout YAMLReader
    ) {
        let keys = reader.mapping(
            node,
            "propagation",
            known: ["authoritative", "unreachable", "chance", "recursive", "dnssec"]
        )
        if let node = keys["authoritative"] {
            propagation.authoritative = quorum(node, "propagation.authoritative", &reader) ?? .all
        }
        if let node = keys["unreachable"], let text = reader.text(node, "propagation.unreachable") {
            if let tolerance = UnreachableTolerance(text) {
                propagation.unreachable = tolerance
            } else {
                reader.fault(node, "propagation.unreachable must be none, any or a number, not \"\(text)\"")
            }
        }
        if let node = keys["dnssec"] {
            propagation.dnssec =
                reader.word(node, "propagation.dnssec", Policy.Propagation.DNSSEC.self) ?? propagation.dnssec
        }
        if let node = keys["chance"], let text = reader.text(node, "propagation.chance") {
            if let chance = Chance(text) {
                propagation.chance = chance
            } else {
                reader.fault(node, "propagation.chance must be a number from 0 to 1 such as 0.999, not \"\(text)\"")
            }
        }
        guard let node = keys["recursive"] else { return }
        let recursive = reader.mapping(node, "propagation.recursive", known: ["servers", "quorum"])
        if let node = recursive["servers"] {
            propagation.resolvers = reader.list(node, "propagation.recursive.servers").compactMap { node in
                let name = reader.text(node, "a resolver's name")
                if let name { resolvers[name] = reader.place(node) }
                return name
            }
        }
        if let node = recursive["quorum"] {
            propagation.resolverQuorum = quorum(node, "propagation.recursive.quorum", &reader) ?? .all
            let named = Set(propagation.resolvers).count
            let isWhole = recursive["servers"].map { $0.sequence?.count == propagation.resolvers.count } ?? true
            if isWhole, case .atLeast(let count) = propagation.resolverQuorum, count > named {
                reader.fault(
                    node,
                    "propagation.recursive.quorum asks for \(count) of \(named) servers: never met"
                )
            }
        }
    }

    private static func readCAA(_ node: Node, into caa: inout Policy.CAARules, _ reader: inout YAMLReader) {
        let keys = reader.mapping(node, "caa", known: ["account", "check", "issuers"])
        if let node = keys["check"] {
            caa.check = reader.word(node, "caa.check", Policy.CAARules.Check.self) ?? caa.check
        }
        if let node = keys["account"], let text = reader.text(node, "caa.account") {
            // What the value of a parameter may hold (RFC 8659 4.2).
            if !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x3B }) {
                caa.account = text
            } else {
                reader.fault(node, "caa.account is the account's URI at the CA, such as https://ca.example/acct/1")
            }
        }
        guard let node = keys["issuers"] else { return }
        caa.issuers = reader.list(node, "caa.issuers").compactMap { node in
            guard let text = reader.text(node, "a CA") else { return nil }
            let known = CertificateAuthorities.all.map(\.key)
            do {
                let name = try CertificateAuthorities.issuer(text)
                if name.labels.count > 1 { return name }
            } catch {}
            reader.fault(
                node,
                "caa.issuers: \"\(text)\" is neither a CA's name in CAA records nor one of \(known.joined(separator: ", "))"
            )
            return nil
        }
    }

    private static func quorum(_ node: Node, _ what: String, _ reader: inout YAMLReader) -> Quorum? {
        guard let text = reader.text(node, what) else { return nil }
        guard let quorum = Quorum(text) else {
            reader.fault(node, "\(what) must be all, majority or a number from 1 on, not \"\(text)\"")
            return nil
        }
        return quorum
    }

    private static func readPublish(_ node: Node, into publish: inout Policy.Publish, _ reader: inout YAMLReader) {
        let known = ["allow", "ttl", "withdraw", "labels", "delegations", "changes_per_run", "restore"]
        let keys = reader.mapping(node, "publish", known: known)
        if let node = keys["allow"] { publish.isAllowed = reader.flag(node, "publish.allow") ?? publish.isAllowed }
        if let node = keys["ttl"] {
            publish.ttlSeconds = reader.seconds(node, "publish.ttl", in: 1...86_400) ?? publish.ttlSeconds
        }
        if let node = keys["withdraw"] {
            publish.withdraw =
                reader.word(node, "publish.withdraw", Policy.Publish.Withdrawal.self) ?? publish.withdraw
        }
        if let node = keys["labels"] {
            publish.labels = reader.word(node, "publish.labels", Policy.Publish.Labels.self) ?? publish.labels
        }
        if let node = keys["delegations"] {
            publish.delegations = reader.list(node, "publish.delegations").compactMap { reader.name($0) }
        }
        if let node = keys["restore"] { publish.restores = reader.flag(node, "publish.restore") ?? publish.restores }
        if let node = keys["changes_per_run"] {
            publish.changesPerRun =
                reader.integer(node, "publish.changes_per_run", in: 1...100_000) ?? publish.changesPerRun
        }
    }

    private static func readTrigger(_ node: Node, into trigger: inout Policy.Trigger, _ reader: inout YAMLReader) {
        let known = ["action", "minimum_interval", "pace", "attempts_per_day"]
        let keys = reader.mapping(node, "trigger", known: known)
        if let node = keys["action"] {
            trigger.action = reader.word(node, "trigger.action", Policy.Trigger.Action.self) ?? trigger.action
        }
        if let node = keys["minimum_interval"] {
            trigger.minimumIntervalSeconds =
                reader.seconds(node, "trigger.minimum_interval", in: durations) ?? trigger.minimumIntervalSeconds
        }
        if let node = keys["pace"] {
            trigger.paceSeconds = reader.seconds(node, "trigger.pace", in: 0...3600) ?? trigger.paceSeconds
        }
        if let node = keys["attempts_per_day"] {
            trigger.attemptsPerDay =
                reader.integer(node, "trigger.attempts_per_day", in: 1...1000) ?? trigger.attemptsPerDay
        }
    }

    private static func readWait(_ node: Node, into wait: inout Policy.Wait, _ reader: inout YAMLReader) {
        let keys = reader.mapping(node, "wait", known: ["poll_minimum", "poll_maximum", "republish_after"])
        if let node = keys["poll_minimum"] {
            wait.pollMinimumSeconds =
                reader.seconds(node, "wait.poll_minimum", in: durations) ?? wait.pollMinimumSeconds
        }
        if let node = keys["poll_maximum"] {
            wait.pollMaximumSeconds =
                reader.seconds(node, "wait.poll_maximum", in: durations) ?? wait.pollMaximumSeconds
        }
        if let node = keys["republish_after"] {
            wait.republishAfterSeconds =
                reader.seconds(node, "wait.republish_after", in: durations) ?? wait.republishAfterSeconds
        }
        if wait.pollMinimumSeconds > wait.pollMaximumSeconds {
            reader.fault(node, "wait.poll_minimum is longer than wait.poll_maximum")
        }
    }
}

extension YAMLReader {
    mutating func name(_ node: Node) -> DomainName? {
        guard let text = text(node, "a domain name") else { return nil }
        do {
            return try DomainName(text)
        } catch {
            fault(node, "is no domain name: \(error.told(as: .name))")
            return nil
        }
    }
}
