// The CAs behind the providers and the names by which CAA records allow them: data, with its source.

/// A CA as CAA sees it: any of its names allows it.
package struct CertificateAuthority: Hashable, Sendable, CustomStringConvertible {
    /// Its short name here, or its CAA name when it stands in no table.
    package let key: String
    /// CAA issuer-domain-names that its certification practice statement lists, the one to recommend first.
    package let names: [DomainName]
    /// It obeys `accounturi` and `validationmethods` (RFC 8657) already; every CA must from `CAA.parametersBind` on.
    package let obeysParameters: Bool
    /// Whether it is known to take its name in capitals for another one (Boulder's `caaDomain != issuerDomain`).
    package var comparesOctets: Bool { key == "letsencrypt" }

    package init(key: String, names: [DomainName], obeysParameters: Bool = false) {
        self.key = key
        self.names = names
        self.obeysParameters = obeysParameters
    }

    /// The name to write into a record.
    package var name: String { names.first?.text ?? key }
    package var description: String { name }
}

package enum CertificateAuthorities {
    private static let amazonNames = ["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"]

    /// From the CAs' practice statements, as collected in mid 2025; NAVER's from its CP/CPS 4.2.4. A name may stand for two CAs
    /// (DigiCert lists Amazon's): the CA whose own name it is comes first.
    package static let all: [CertificateAuthority] = [
        make("letsencrypt", ["letsencrypt.org"], obeysParameters: true), make("google", ["pki.goog"]),
        make("ssl_com", ["ssl.com", "entrust.net", "affirmtrust.com"]),
        make("sectigo", ["sectigo.com", "comodoca.com", "comodo.com", "usertrust.com", "trust-provider.com"]),
        make("amazon", amazonNames),
        make(
            "digicert",
            [
                "digicert.com", "www.digicert.com", "digicert.ne.jp", "cybertrust.ne.jp", "symantec.com", "thawte.com",
                "geotrust.com", "rapidssl.com", "quovadisglobal.com",
            ] + amazonNames
        ),
        make("naver", ["navercloudtrust.com"]), make("globalsign", ["globalsign.com"]),
        make("certainly", ["certainly.com"]), make("godaddy", ["godaddy.com", "starfieldtech.com"]),
        make("microsoft", ["microsoft.com"]),
    ]

    /// The CA with this key.
    package static func keyed(_ key: String) -> CertificateAuthority? { all.first { $0.key == key } }

    /// The CA that `name` stands for: with all its names when a table has it, with this one otherwise.
    package static func named(_ name: DomainName) -> CertificateAuthority {
        all.first { $0.names.first == name } ?? all.first { $0.names.contains(name) }
            ?? CertificateAuthority(key: name.text, names: [name])
    }

    /// The name by which a record allows the CA that a person means: a key of the table, or any CAA name.
    package static func issuer(_ text: String) throws(NameError) -> DomainName {
        if let name = keyed(ASCII.lowercased(text))?.names.first { return name }
        return try DomainName(text)
    }

    private static func make(_ key: String, _ names: [String], obeysParameters: Bool = false) -> CertificateAuthority {
        let names = names.compactMap { try? DomainName($0) }
        return CertificateAuthority(key: key, names: names, obeysParameters: obeysParameters)
    }
}
