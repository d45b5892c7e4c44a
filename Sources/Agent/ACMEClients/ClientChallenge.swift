// A challenge as an ACME client hands it to its hook: words of a stranger until each is what RFC 8555 says it must be.
import Crypto
import DCV

/// Why a call cannot be understood: whoever made it must be corrected.
package struct ClientCallRefused: Error, Hashable {
    package let text: String

    init(_ text: String) { self.text = text }
}

/// One name that a client wants to prove, and the record or file that proves it.
package struct ClientChallenge: Hashable, Sendable {
    static let label = "_acme-challenge"
    private static let folder = "/.well-known/acme-challenge/"
    /// base64url of a SHA-256 without padding (RFC 8555 8.4).
    private static let digestOctets = 43
    private static let keyOctets = 16

    /// The client does not say whether the certificate names a wildcard over it.
    let name: DomainName
    let record: RequiredRecord

    /// `dns-01` by the record's own name, which a client may have found behind a CNAME.
    package init(owner: String, value: String) throws(ClientCallRefused) {
        let owner = try Self.name(owner, "the record's name")
        guard let name = owner.certified else {
            throw ClientCallRefused("\"\(owner)\" is no name below a domain that a certificate can be for")
        }
        guard Self.isDigest(value) else {
            throw ClientCallRefused(
                "\"\(OctetText(value.utf8).shortened())\" is no value of dns-01: those have \(Self.digestOctets) characters "
                    + "of base64url (RFC 8555 8.4)"
            )
        }
        do {
            record = RequiredRecord(.txt(name: owner, value: try TXTValue(value)))
        } catch {
            throw ClientCallRefused("the value: \(error)")
        }
        self.name = name
    }

    /// `dns-01` by the domain that is to be proved.
    package init(domain: String, digest: String) throws(ClientCallRefused) {
        try self.init(owner: "\(Self.label).\(try Self.domain(domain))", value: digest)
    }

    /// `dns-01` by what the digest is made of.
    package init(domain: String, token: String, keyAuthorization: String) throws(ClientCallRefused) {
        try Self.check(keyAuthorization, of: token)
        try self.init(domain: domain, digest: Self.base64URL(SHA256.hash(data: Array(keyAuthorization.utf8))))
    }

    /// `http-01` (RFC 8555 8.3).
    package init(host: String, token: String, keyAuthorization: String) throws(ClientCallRefused) {
        try Self.check(keyAuthorization, of: token)
        let host = try Self.domain(host)
        do {
            let path = try HTTPTokenPath(Self.folder + token)
            record = RequiredRecord(.http(host: host, path: path, body: try HTTPTokenBody(keyAuthorization)))
        } catch {
            throw ClientCallRefused("the token: \(error)")
        }
        name = host
    }

    /// What stands in the journal already.
    init?(_ record: RequiredRecord) {
        guard let name = record.name.certified else { return nil }
        self.name = name
        self.record = record
    }

    /// By name and value, so that the clean-up finds again what another process published.
    func key(of client: ACMEClient) -> AuthorizationKey? {
        let digest = SHA256.hash(data: Array(record.description.utf8)).prefix(Self.keyOctets)
        return try? AuthorizationKey("\(client.rawValue):\(ASCII.hex(digest))")
    }

    // MARK: words

    /// Whether it has the shape of a `dns-01` value.
    static func isDigest(_ value: String) -> Bool {
        value.utf8.count == digestOctets && value.utf8.allSatisfy(isBase64URL)
    }

    /// Whether it has the shape of what is served for `http-01`: the token, a dot and the thumbprint of the account's key.
    static func isKeyAuthorization(_ value: String, of token: String) -> Bool {
        !token.isEmpty && token.utf8.allSatisfy(isBase64URL) && value.utf8.starts(with: (token + ".").utf8)
            && isDigest(String(decoding: value.utf8.dropFirst(token.utf8.count + 1), as: UTF8.self))
    }

    private static func check(_ keyAuthorization: String, of token: String) throws(ClientCallRefused) {
        guard isKeyAuthorization(keyAuthorization, of: token) else {
            throw ClientCallRefused(
                "\"\(OctetText(keyAuthorization.utf8).shortened())\" is no key authorization for the token "
                    + "\"\(OctetText(token.utf8).shortened())\": that is the token, a dot and a thumbprint (RFC 8555 8.1)"
            )
        }
    }

    private static func domain(_ text: String) throws(ClientCallRefused) -> DomainName {
        guard IPAddress(text) == nil else {
            throw ClientCallRefused(
                "\(OctetText(text.utf8).shortened()) is an IP address: no record proves one (RFC 8738), and dnsproof publishes "
                    + "for names only; let the client answer this challenge itself"
            )
        }
        return try name(text, "the domain")
    }

    private static func name(_ text: String, _ what: String) throws(ClientCallRefused) -> DomainName {
        do {
            let name = try DomainName(text)
            if !name.isRoot { return name }
        } catch {
            throw ClientCallRefused("\(what): \(error.told(as: .name))")
        }
        throw ClientCallRefused("\(what) is empty")
    }

    private static func isBase64URL(_ octet: UInt8) -> Bool {
        ASCII.isLetter(octet) || ASCII.isDigit(octet) || octet == 0x2D || octet == 0x5F
    }

    private static func base64URL(_ octets: some Sequence<UInt8>) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var (text, bits, count): ([UInt8], UInt32, UInt32) = ([], 0, 0)
        for octet in octets {
            (bits, count) = ((bits << 8 | UInt32(octet)) & 0xFFFF, count + 8)
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> count & 0x3F)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << (6 - count) & 0x3F)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
