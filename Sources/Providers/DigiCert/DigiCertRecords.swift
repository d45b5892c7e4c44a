// A token, a method and a name become the records that would prove the name - or a refusal. Only the name that DigiCert validates gives names
// to records; nothing that stands in an answer does.
import DCV
import Platform

struct DigiCertRecords: Sendable {
    private static let dnsLabel = "_dnsauth"
    private static let filePath = try? HTTPTokenPath("/.well-known/pki-validation/fileauth.txt")
    private static let target = try? DomainName("dcv.digicert.com")

    let method: DigiCertMethod
    let token: DigiCertToken
    let proof: DigiCertProof

    /// The record to publish first, then those that DigiCert takes as well; empty with a refusal when there is none.
    func alternatives(for identifier: Identifier) -> ([RequiredRecord], RecordRefusal?) {
        switch method {
        case .txt: dnsRecords(txt(identifier.name), identifier)
        case .cname: cname(identifier)
        case .file, .staticFile, .dynamicFile: file(identifier)
        case .email: ([], nil)
        }
    }

    /// Below the label first: at the domain's own name stand other people's records.
    private func txt(_ name: DomainName) -> [RequiredRecord] {
        guard let value = try? TXTValue(token.text) else { return [] }
        return [try? name.prepending(Self.dnsLabel), name].compactMap { $0 }
            .map { RequiredRecord(.txt(name: $0, value: value)) }
    }

    private func cname(_ identifier: Identifier) -> ([RequiredRecord], RecordRefusal?) {
        guard let target = Self.target, let tokenTarget = try? target.prepending(token.text) else {
            return (
                [], RecordRefusal(saw: "token \"\(token.text)\"", wanted: "a token that can be a label of a name")
            )
        }
        // Another target than the one we know: a record of ours would not be found, and theirs is not taken from an answer.
        if let said = proof.target, ![target, tokenTarget].contains(where: { $0 == (try? DomainName(said)) }) {
            let saw = "verification_value \"\(OctetText(said.utf8).shortened())\""
            return ([], RecordRefusal(saw: saw, wanted: "\(target) or \(tokenTarget)"))
        }
        let name = identifier.name
        let records: [RequiredRecord?] = [
            (try? name.prepending(Self.dnsLabel)).map { RequiredRecord(.cname(name: $0, target: tokenTarget)) },
            (try? name.prepending("_" + token.text)).map { RequiredRecord(.cname(name: $0, target: target)) },
        ]
        return dnsRecords(records.compactMap { $0 }, identifier)
    }

    private func dnsRecords(
        _ records: [RequiredRecord],
        _ identifier: Identifier
    ) -> ([RequiredRecord], RecordRefusal?) {
        guard records.isEmpty else { return (records, nil) }
        return (
            [], RecordRefusal(saw: "a name of \(identifier.name.text.utf8.count) octets", wanted: "room for a label")
        )
    }

    private func file(_ identifier: Identifier) -> ([RequiredRecord], RecordRefusal?) {
        let name = identifier.name
        guard !identifier.isWildcard else {
            return (
                [],
                RecordRefusal(saw: "a file for \(identifier)", wanted: "a DNS method for a wildcard (BR 3.2.2.4.18)")
            )
        }
        let wanted = "a file on http://\(name) below /.well-known/pki-validation/"
        guard let body = try? HTTPTokenBody(token.text) else {
            return ([], RecordRefusal(saw: "token \"\(token.text)\"", wanted: "a token that can stand in a file"))
        }
        let path: HTTPTokenPath?
        if let text = proof.fileURL {
            path = Self.path(text, on: name)
        } else {
            path = method == .dynamicFile ? nil : Self.filePath
        }
        guard let path else {
            let saw =
                proof.fileURL.map { "http_token_url \"\(OctetText($0.utf8).shortened())\"" } ?? "no http_token_url"
            return ([], RecordRefusal(saw: saw, wanted: wanted))
        }
        return ([RequiredRecord(.http(host: name, path: path, body: body))], nil)
    }

    /// The path of a URL on that very host, at the scheme's own port; the scheme may be left out.
    private static func path(_ text: String, on name: DomainName) -> HTTPTokenPath? {
        guard let url = (try? HTTPURL(text)) ?? (try? HTTPURL("http://" + text)), url.host == .name(name),
            url.port == url.scheme.defaultPort, let path = try? HTTPTokenPath(url.target), let known = filePath,
            path.text.utf8.starts(with: folder(of: known))
        else { return nil }
        return path
    }

    private static func folder(of path: HTTPTokenPath) -> [UInt8] {
        let octets = Array(path.text.utf8)
        return Array(octets.prefix(through: octets.lastIndex(of: 0x2F) ?? 0))
    }
}
