// Items of `verification_info` become records - or refusals: here a provider's text gets a name in a zone, or gets
// nowhere.
import DCV
import Platform

/// Reads items and binds each record to a host that it may prove.
///
/// A DNS record's name must be such a host, or such a host with one label in front that begins with an underscore; so a
/// provider's answer can never name the record of a service, of another zone or of the rest of the DNS. A file must stand
/// on such a host.
///
/// An entry of `ssl/verification` names one host of a pack that may have many. Where the pack's own list could not be
/// read, the zone bounds the names below an underscore: refusing the other hosts' records would leave the whole pack
/// unproved.
struct CloudflareRecordReader {
    /// What one item gave.
    struct Outcome {
        var alternatives: [RequiredRecord] = []
        var hosts: [DomainName] = []
        var refusals: [RecordRefusal] = []
        /// Addresses a mail would go to: counted, never kept.
        var mailAddresses = 0
    }

    /// Targets of delegation, which stay for every renewal: never withdrawn.
    private static let delegationTargets = [CloudflareZone.delegation].compactMap { $0 }
    /// Hosts that one message names.
    private static let hostsShownLimit = 10

    let zone: DomainName
    /// The hosts of this certificate; nil when the provider names none: then any in the zone, but only below an
    /// underscore label.
    let hosts: [DomainName]?
    /// Whether those are all the hosts there are.
    let hasAllHosts: Bool
    /// Settles `record_value`, the one key that does not say its kind.
    let method: ValidationMethod?

    func read(_ item: JSONValue) -> Outcome {
        var outcome = Outcome()
        guard item.object != nil else {
            outcome.refusals.append(RecordRefusal(saw: item.kind, wanted: "an object with a record"))
            return outcome
        }
        outcome.mailAddresses = item["emails"]?.array?.count ?? 0
        addDNS(item, "txt_name", "txt_value", .txt, to: &outcome)
        addDNS(item, "cname", "cname_target", .cname, to: &outcome)
        addOldForm(item, to: &outcome)
        addHTTP(item, to: &outcome)
        if outcome.alternatives.isEmpty, outcome.refusals.isEmpty, outcome.mailAddresses == 0 {
            addStrangers(item, to: &outcome)
        }
        return outcome
    }

    /// `record_name` with `record_target` or `record_value`, which do not say their kind: a target with a dot in it
    /// can only be a name; all else is what the entry's method says.
    private func addOldForm(_ item: JSONValue, to outcome: inout Outcome) {
        let valueKey = isThere(item["record_value"]) ? "record_value" : "record_target"
        guard isThere(item["record_name"]) || isThere(item[valueKey]) else { return }
        let target = item["record_target"]?.string.flatMap { try? DomainName($0) }
        if valueKey == "record_target", let target, target.labels.count > 1 {
            return addDNS(item, "record_name", valueKey, .cname, to: &outcome)
        }
        switch method {
        case .txt: addDNS(item, "record_name", valueKey, .txt, to: &outcome)
        case .cname: addDNS(item, "record_name", valueKey, .cname, to: &outcome)
        case .http, .email, nil:
            let wanted = "validation_method txt or cname, which says what it is"
            outcome.refusals.append(RecordRefusal(saw: "record_name with \(valueKey)", wanted: wanted))
        }
    }

    private func addDNS(
        _ item: JSONValue,
        _ nameKey: String,
        _ valueKey: String,
        _ kind: RecordKind,
        to outcome: inout Outcome
    ) {
        guard let (nameText, valueText) = pair(item, nameKey, valueKey, &outcome) else { return }
        let name: DomainName
        do {
            name = try DomainName(nameText)
        } catch {
            outcome.refusals.append(RecordRefusal(saw: "\(nameKey) \(error)", wanted: nameWanted))
            return
        }
        guard let host = host(provedBy: name, kind) else {
            outcome.refusals.append(RecordRefusal(saw: "\(nameKey) \"\(name)\"", wanted: nameWanted))
            return
        }
        let wanted =
            kind == .txt
            ? ProofText.tokenWanted
            : "another public domain name"
        do {
            if let record = try record(kind, name, valueText) {
                outcome.alternatives.append(record)
                outcome.hosts.append(host)
            } else {
                let shown = OctetText(valueText.utf8).shortened()
                outcome.refusals.append(RecordRefusal(saw: "\(valueKey) \"\(shown)\"", wanted: wanted))
            }
        } catch {
            outcome.refusals.append(RecordRefusal(saw: "\(valueKey) \(error)", wanted: wanted))
        }
    }

    /// Nil for a TXT value that is no token, and for a CNAME target that is the record itself or has a single label:
    /// no public name has.
    private func record(_ kind: RecordKind, _ name: DomainName, _ value: String) throws(NameError) -> RequiredRecord? {
        guard kind == .cname else {
            let token = try TXTValue(value)
            return ProofText.isToken(token) ? RequiredRecord(.txt(name: name, value: token)) : nil
        }
        let target = try DomainName(value)
        guard target.labels.count > 1, target != name else { return nil }
        let stays = Self.delegationTargets.contains { target.isSubdomain(of: $0) }
        return RequiredRecord(.cname(name: name, target: target), purpose: stays ? .standing : .oneTime)
    }

    private func addHTTP(_ item: JSONValue, to outcome: inout Outcome) {
        guard let (url, body) = pair(item, "http_url", "http_body", &outcome) else { return }
        let bytes = Array(url.utf8)
        let shown = OctetText(bytes).shortened()
        let prefix = "http://"
        guard bytes.prefix(prefix.utf8.count).map({ ASCII.lowercased($0) }) == Array(prefix.utf8) else {
            outcome.refusals.append(RecordRefusal(saw: "http_url \"\(shown)\"", wanted: "an http:// URL"))
            return
        }
        let rest = bytes.dropFirst(prefix.utf8.count)
        let hostBytes = rest.prefix { $0 != 0x2F }
        do {
            let host = try DomainName(hostBytes)
            guard isMine(host) else {
                outcome.refusals.append(RecordRefusal(saw: "http_url \"\(shown)\"", wanted: "a URL on \(hostsWanted)"))
                return
            }
            let path = try HTTPTokenPath(rest.dropFirst(hostBytes.count))
            outcome.alternatives.append(RequiredRecord(.http(host: host, path: path, body: try HTTPTokenBody(body))))
            outcome.hosts.append(host)
        } catch {
            outcome.refusals.append(
                RecordRefusal(saw: "http_url \"\(shown)\": \(error)", wanted: "a token file on \(hostsWanted)")
            )
        }
    }

    /// Keys that this version does not know are a proof that it cannot give.
    private func addStrangers(_ item: JSONValue, to outcome: inout Outcome) {
        let known = [
            "status", "emails", "txt_name", "txt_value", "cname", "cname_target", "record_name", "record_target",
        ]
        let keys = (item.object?.keys ?? []).filter {
            !(known + ["record_value", "http_url", "http_body"]).contains($0)
        }
        guard let first = keys.first else { return }
        let saw = "only unknown keys, such as \"\(OctetText(first.utf8).shortened())\""
        outcome.refusals.append(RecordRefusal(saw: saw, wanted: "a TXT, CNAME or HTTP record"))
    }

    /// Two texts that go together. Both missing or empty is nothing; one alone is half a record.
    private func pair(
        _ item: JSONValue,
        _ one: String,
        _ other: String,
        _ outcome: inout Outcome
    ) -> (String, String)? {
        guard isThere(item[one]) || isThere(item[other]) else { return nil }
        if let first = item[one]?.string, let second = item[other]?.string, !first.isEmpty, !second.isEmpty {
            return (first, second)
        }
        let kinds = [one, other].map { "\($0): \(isThere(item[$0]) ? item[$0]?.kind ?? "" : "missing")" }
        outcome.refusals.append(RecordRefusal(saw: kinds.joined(separator: ", "), wanted: "both as text"))
        return nil
    }

    private func isThere(_ value: JSONValue?) -> Bool {
        switch value {
        case nil, .some(.null), .some(.string("")): false
        default: true
        }
    }
}

extension CloudflareRecordReader {
    private var hostsWanted: String {
        guard let hosts else { return "a host in \(zone)" }
        if hosts.isEmpty { return "a host of this certificate (none is usable)" }
        let names = hosts.prefix(Self.hostsShownLimit).map { $0.text }.joined(separator: " or ")
        let more = hosts.count - Self.hostsShownLimit
        return more > 0 ? "\(names) or one of \(more) more" : names
    }

    private var nameWanted: String {
        let label = "with one label before it that begins with \"_\""
        guard let hosts else { return "\(hostsWanted), \(label)" }
        if hosts.isEmpty { return hostsWanted }
        return hasAllHosts ? "\(hostsWanted), also \(label)" : "\(hostsWanted), or a host in \(zone) \(label)"
    }

    private func isMine(_ host: DomainName) -> Bool {
        host.isSubdomain(of: zone) && hosts?.contains(host) ?? true
    }

    /// Whether it may be one of the hosts that the pack's entries do not name. Where every name that they give is
    /// unusable, none is.
    private func isHostOfThePack(_ host: DomainName) -> Bool {
        !hasAllHosts && host.isSubdomain(of: zone) && hosts?.isEmpty == false
            && !host.labels.contains(where: DomainName.isUnderscored)
    }

    /// The host whose control a DNS record of that name shows; nil when it is none of ours.
    private func host(provedBy name: DomainName, _ kind: RecordKind) -> DomainName? {
        if let label = name.labels.first, let parent = name.parent, isProofLabel(label, kind),
            isMine(parent) || name.isUnderscored && isHostOfThePack(parent)
        {
            return parent
        }
        return hosts != nil && isMine(name) ? name : nil
    }

    private func isProofLabel(_ label: Substring, _ kind: RecordKind) -> Bool {
        if DomainName.isUnderscored(label) { return true }
        return kind == .cname && ProofText.isDigestLabel(label)
    }
}
