// A record that a program's document names becomes a RequiredRecord of one of its identifiers, or a fault: here a
// stranger's text gets a name in a zone, or gets nowhere.
import DCV
import Platform

/// Binds each record to an identifier that it may prove (BR 3.2.2.4.7, 18, 19).
///
/// A DNS record stands below a label that begins with an underscore, in front of an identifier's name or of a name above
/// it. A TXT may also stand at an identifier's own name; a CNAME there would take the service's place, so it may not.
/// A file stands on an identifier's own host, never for a wildcard.
struct ExecutableRecordReader {
    static let keys = ["kind", "name", "value", "path", "purpose"]
    /// Above an identifier, names with fewer labels are registries', not customers'.
    private static let leastLabels = 2

    /// The identifiers that may be proved by the record.
    let identifiers: [Identifier]

    func read(_ item: DocumentValue) throws(DocumentFault) -> RequiredRecord {
        try item.checkKeys(Self.keys)
        let kind = try item.member("kind", wanted: "txt, cname, http").word(RecordKind.self)
        let name = try item.member("name", wanted: "a domain name")
        let value = try item.member("value", wanted: "the text to be shown")
        let purpose = try item.member("purpose", wanted: "oneTime, standing").word(DocumentPurpose.self)
        if kind != .http, let path = item["path"] { throw path.fault(wanted: "no path: only http has one") }
        let content: RequiredRecord.Content =
            switch kind {
            case .txt: try txt(name, value)
            case .cname: try cname(name, value)
            case .http: try file(name, item.member("path", wanted: "the path of the file"), value)
            }
        return RequiredRecord(content, purpose: purpose.purpose)
    }

    private func txt(_ place: DocumentValue, _ value: DocumentValue) throws(DocumentFault) -> RequiredRecord.Content {
        let name = try boundName(place, .txt)
        let wanted = ProofText.tokenWanted
        let token = try value.made(wanted) { (text) throws(NameError) in try TXTValue(text) }
        // The values of a standing proof are issue values, not tokens (BR 3.2.2.4.22).
        guard name.labels.first == PersistentProof.label[...] || ProofText.isToken(token) else {
            throw value.fault(wanted: wanted)
        }
        return .txt(name: name, value: token)
    }

    private func cname(_ place: DocumentValue, _ value: DocumentValue) throws(DocumentFault) -> RequiredRecord.Content {
        let name = try boundName(place, .cname)
        let wanted = "another public domain name"
        let target = try value.made(wanted) { (text) throws(NameError) in try DomainName(text) }
        guard target.labels.count >= Self.leastLabels, target != name else { throw value.fault(wanted: wanted) }
        return .cname(name: name, target: target)
    }

    private func file(
        _ place: DocumentValue,
        _ path: DocumentValue,
        _ body: DocumentValue
    ) throws(DocumentFault) -> RequiredRecord.Content {
        let wanted = "the host of an identifier that is no wildcard\(named)"
        let host = try place.made(wanted) { (text) throws(NameError) in try DomainName(text) }
        guard identifiers.contains(where: { $0.name == host && !$0.isWildcard }) else {
            throw place.fault(wanted: wanted)
        }
        return .http(
            host: host,
            path: try path.made("a token file") { (text) throws(NameError) in try HTTPTokenPath(text) },
            body: try body.made("a token") { (text) throws(NameError) in try HTTPTokenBody(text) }
        )
    }

    private func boundName(_ place: DocumentValue, _ kind: RecordKind) throws(DocumentFault) -> DomainName {
        let own = kind == .txt ? "an identifier's name, perhaps" : "an identifier's name"
        let wanted = "\(own) with one label before it that begins with \"_\"\(named)"
        let name = try place.made(wanted) { (text) throws(NameError) in try DomainName(text) }
        guard isBound(name, kind) else { throw place.fault(wanted: wanted) }
        return name
    }

    private func isBound(_ name: DomainName, _ kind: RecordKind) -> Bool {
        if kind == .txt, identifiers.contains(where: { $0.name == name }) { return true }
        guard let label = name.labels.first, let parent = name.parent else { return false }
        if name.isUnderscored {
            return parent.labels.count >= Self.leastLabels
                && identifiers.contains { $0.name.isSubdomain(of: parent) }
        }
        return kind == .cname && ProofText.isDigestLabel(label)
            && identifiers.contains { $0.name == parent }
    }

    /// The identifiers for people.
    private var named: String {
        let shown = identifiers.prefix(3).map(\.text).joined(separator: ", ")
        if identifiers.isEmpty { return " (none is usable)" }
        return identifiers.count > 3 ? " (\(shown) ...)" : " (\(shown))"
    }
}

/// The words for a record's purpose.
private enum DocumentPurpose: String, CaseIterable {
    case oneTime, standing

    var purpose: RequiredRecord.Purpose {
        switch self {
        case .oneTime: .oneTime
        case .standing: .standing
        }
    }
}
