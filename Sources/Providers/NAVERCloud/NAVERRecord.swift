// `txtName` and `txtValue` become a record, or a refusal: here a provider's text gets a name in a zone, or gets nowhere.
import DCV
import Platform

/// Reads the record of one validation and binds it to the name that was asked for.
///
/// The record stands at that name or under labels below it that all begin with an underscore, so an answer can name
/// neither a service nor another name. Both record types come in fields called TXT: the value tells them apart.
struct NAVERRecordReader: Sendable {
    /// Cloud Basic certificates are proved by a CNAME to this zone.
    private static let cnameZone = "cm.naverncp.com"
    /// Zones in which CAs keep the targets of such CNAMEs.
    private static let caZones = [cnameZone, "digicert.com", "sectigo.com", "comodoca.com", "navercloudtrust.com"]
        .compactMap { try? DomainName($0) }
    private static let hostLabelMinimum = 3

    /// The name that was asked for, without the asterisk.
    let host: DomainName
    let choice: NAVERConfiguration.RecordChoice
    /// Whether the provider says that the record is set up once for all times (`PTXT`).
    var isPersistent = false

    /// A record that is not used, with the reason.
    struct Refused: Error {
        let refusal: RecordRefusal

        init(_ saw: String, wanted: String) { refusal = RecordRefusal(saw: saw, wanted: wanted) }
    }

    func read(name nameText: String?, value: String?) throws(Refused) -> RequiredRecord {
        guard let nameText, let value else {
            let parts = [("txtName", nameText), ("txtValue", value)]
            throw Refused(
                parts.map { "\($0): \($1 == nil ? "missing" : "a string")" }.joined(separator: ", "),
                wanted: "both as text"
            )
        }
        let name: DomainName
        do {
            name = try DomainName(nameText)
        } catch {
            throw Refused("txtName \(error)", wanted: nameWanted)
        }
        guard isBound(name) else { throw Refused("txtName \"\(name)\"", wanted: nameWanted) }
        // BR 3.2.2.4.22: a record that stays.
        let isPersistLabel = name.labels.first.map { $0 == PersistentProof.label } == true
        let isStanding = isPersistLabel || isPersistent
        if isStanding { return try txt(name, value, isStanding: true) }
        let isTarget = try isCNAME(value)
        return isTarget ? try cname(name, value) : try txt(name, value, isStanding: false)
    }

    private func isBound(_ name: DomainName) -> Bool {
        guard name.isSubdomain(of: host) else { return false }
        let below = name.labels.dropLast(host.labels.count)
        return below.allSatisfy(DomainName.isUnderscored)
    }

    private var nameWanted: String { "\(host), or a label before it that begins with \"_\"" }

    /// A host name outside the zones of known CAs could be either; then the operator must say it.
    private func isCNAME(_ value: String) throws(Refused) -> Bool {
        switch choice {
        case .txt: return false
        case .cname: return true
        case .auto:
            guard let target = try? DomainName(value), target.labels.count >= Self.hostLabelMinimum else {
                return false
            }
            if Self.caZones.contains(where: { target.isSubdomain(of: $0) && target != $0 }) { return true }
            throw Refused(
                "txtValue \"\(target)\", a host name in no zone of a known CA",
                wanted: "a token, or a setting \"records: txt\" or \"records: cname\""
            )
        }
    }

    /// A CNAME may serve every renewal, so it stays. At the host itself it would take the host's own records away.
    private func cname(_ name: DomainName, _ value: String) throws(Refused) -> RequiredRecord {
        let wanted = "the name of a CNAME's target, below a label that begins with \"_\""
        let target: DomainName
        do {
            target = try DomainName(value)
        } catch {
            throw Refused("txtValue \(error)", wanted: wanted)
        }
        guard target.labels.count > 1, target != name, name != host else {
            throw Refused("\(name) CNAME \(target)", wanted: wanted)
        }
        return RequiredRecord(.cname(name: name, target: target), purpose: .standing)
    }

    private func txt(_ name: DomainName, _ value: String, isStanding: Bool) throws(Refused) -> RequiredRecord {
        let wanted =
            ProofText.tokenWanted
            + (isStanding ? ", or an issuer with accounturi (BR 3.2.2.4.22)" : "")
        let token: TXTValue
        do {
            token = try TXTValue(value)
        } catch {
            throw Refused("txtValue \(error)", wanted: wanted)
        }
        // Below an underscore label a standing record harms nobody; at the host no policy may be mistaken for it.
        guard ProofText.isToken(token) || isStanding && name != host else {
            throw Refused("txtValue \"\(OctetText(token.bytes).shortened())\"", wanted: wanted)
        }
        return RequiredRecord(.txt(name: name, value: token), purpose: isStanding ? .standing : .oneTime)
    }
}
