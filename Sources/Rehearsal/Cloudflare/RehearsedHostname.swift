// A custom hostname (SSL for SaaS) at the rehearsed provider: a name of somebody else's, with a certificate of its own.

/// One custom hostname. Its status and its certificate's are two things; both must be active before it serves.
package struct RehearsedHostname: Sendable {
    package enum CertificateShape: Sendable { case object, null, absent }

    /// 36 characters, a UUID.
    package let id: String
    package let hostname: String
    /// `pending`, `active`, `moved` ...
    package var status: String
    package var verificationErrors: [String] = []
    /// Proves that the hostname is its owner's, where the DNS does not yet point here.
    package var ownershipValue: String
    package var showsOwnershipFile = true
    /// Ordered like any pack; only the list of custom hostnames tells it.
    package var certificate: RehearsedPack
    package var certificateShape = CertificateShape.object
    /// Whether the token of a single name is told once more in the keys of old (`txt_name` ... beside `method`).
    package var repeatsToken = false
    package var bundleMethod = "ubiquitous"
    /// The members of `ssl.settings`: texts, and the list `ciphers`.
    package var settings: [String: Setting] = [:]
    package var customOriginServer: String?

    /// Settings that a PATCH has lost because it left them out, oldest first.
    package internal(set) var resets: [String] = []

    package enum Setting: Hashable, Sendable {
        case text(String)
        case list([String])
    }

    /// - Parameters:
    ///   - certificateID: a UUID.
    ///   - wildcard: whether the certificate covers the names below too.
    package init(
        id: String,
        hostname: String,
        certificateID: String,
        status: String = "pending",
        method: String = "txt",
        wildcard: Bool = false,
        certificateAuthority: String = "google",
        tokens: [RehearsedToken]? = nil
    ) {
        self.id = id
        self.hostname = hostname
        self.status = status
        var seed = TokenSeed(id)
        ownershipValue = seed.hex(32)
        certificate = RehearsedPack(
            id: certificateID,
            hosts: [hostname] + (wildcard ? ["*." + hostname] : []),
            method: method,
            certificateAuthority: certificateAuthority,
            tokens: tokens
        )
    }

    package var ownershipToken: RehearsedToken { .txt(name: "_cf-custom-hostname.\(hostname)", value: ownershipValue) }
    package var ownershipFile: RehearsedToken {
        .http(url: "http://\(hostname)/.well-known/cf-custom-hostname-challenge/\(id)", body: ownershipValue)
    }
    var awaitsOwnership: Bool { status == "pending" }

    // MARK: How it is written

    func entry(delegationUUID: String) -> JSONText {
        var members: [(key: String, value: JSONText)] = [
            ("id", .string(id)), ("hostname", .string(hostname)), ("status", .string(status)),
            ("created_at", .string("2026-01-01T05:20:00.192Z")),
        ]
        switch certificateShape {
        case .object: members.append(("ssl", certificateEntry(delegationUUID)))
        case .null: members.append(("ssl", .null))
        case .absent: break
        }
        if !verificationErrors.isEmpty {
            members.append(("verification_errors", .array(verificationErrors.map(JSONText.string))))
        }
        if let customOriginServer { members.append(("custom_origin_server", .string(customOriginServer))) }
        guard awaitsOwnership else { return .object(members) }
        if case .txt(let name, let value) = ownershipToken {
            let told = JSONText.members(["type": .string("txt"), "name": .string(name), "value": .string(value)])
            members.append(("ownership_verification", told))
        }
        if showsOwnershipFile { members.append(("ownership_verification_http", .object(ownershipFile.members))) }
        return .object(members)
    }

    private func certificateEntry(_ delegationUUID: String) -> JSONText {
        var members: [(key: String, value: JSONText)] = [
            ("id", .string(certificate.id)), ("status", .string(certificate.status)),
            ("method", .string(certificate.method)), ("type", .string("dv")),
            ("wildcard", .bool(certificate.hasWildcard)), ("bundle_method", .string(bundleMethod)),
            ("certificate_authority", .string(certificate.certificateAuthority)),
        ]
        if !settings.isEmpty {
            let written = settings.sorted { $0.key < $1.key }.map { ($0.key, Self.written($0.value)) }
            members.append(("settings", .object(written)))
        }
        if repeatsToken && certificate.showsTokens, let token = certificate.tokens.first { members += token.members }
        if let records = certificate.validationRecords { members.append(("validation_records", records)) }
        if let errors = certificate.writtenErrors { members.append(("validation_errors", errors)) }
        if let records = certificate.delegationRecords(delegationUUID) {
            members.append(("dcv_delegation_records", records))
        }
        return .object(members)
    }

    private static func written(_ setting: Setting) -> JSONText {
        switch setting {
        case .text(let text): .string(text)
        case .list(let texts): .array(texts.map(JSONText.string))
        }
    }
}
