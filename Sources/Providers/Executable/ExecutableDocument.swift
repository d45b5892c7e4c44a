// The document that a program prints for `list` (hooks/providers/README.md), read strictly: what it says of a whole
// account, and which entries can be named at all.
import DCV
import Platform

/// A list that was understood as a whole.
struct ExecutableDocument {
    static let version: Int64 = 1
    /// The longest output that is read.
    static let limitBytes = 4 << 20
    static let authorizationLimit = 5_000

    let authorizations: [Authorization]
    let findings: [Finding]
    /// Whether the program said that this is everything, and every entry has a usable handle.
    let isComplete: Bool

    /// Secrets are blanked before anything is read, so that none can become a name, a value or a finding.
    init(_ bytes: [UInt8], from provider: ProviderName, mask: SecretMask) throws(DocumentFault) {
        let parsed: JSONValue
        do {
            parsed = try StrictJSON.parse(bytes, limitBytes: Self.limitBytes)
        } catch {
            // It names the place in the document, and with it keys.
            throw DocumentFault(path: "$", saw: mask.masked("\(error)"), wanted: "one JSON document")
        }
        let root = DocumentValue(value: mask.masked(parsed), path: "$")
        try root.checkKeys(["version", "complete", "authorizations", "findings"])
        let version = try root.member("version", wanted: "\(Self.version)")
        guard version.value.int == Self.version else { throw version.fault(wanted: "\(Self.version)") }
        let isWhole = try root.member("complete", wanted: "true or false").flag()
        let entries = try root.member("authorizations", wanted: "a list of authorizations")
            .items(limit: Self.authorizationLimit, of: "authorizations")
        let told = try ExecutableFindings.read(root["findings"], subject: "\(provider)")
        var authorizations: [Authorization] = []
        var nameless: [DocumentFault] = []
        for entry in entries {
            do {
                authorizations.append(try ExecutableAuthorizationReader(provider, entry).read())
            } catch {
                nameless.append(error)
            }
        }
        self.authorizations = authorizations
        let advice =
            "correct the program (hooks/providers/README.md); nothing is concluded about what the list lacks"
        findings = told + nameless.findings(subject: "\(provider)", advice: advice)
        isComplete = isWhole && nameless.isEmpty
    }
}
