// How the provider writes a certificate pack down: in the list of verifications, in the list of packs.

extension RehearsedPack {
    /// The entry of `GET /zones/{zone}/ssl/verification`.
    var verificationEntry: JSONText {
        var members: [(key: String, value: JSONText)] = [("certificate_status", .string(status))]
        if showsPackID { members.append(("cert_pack_uuid", .string(id))) }
        members.append(("validation_method", .string(method)))
        members.append(("validation_type", .string("dv")))
        if let info { members.append(("verification_info", info)) }
        if showsHostname, let host = hosts.first { members.append(("hostname", .string(host))) }
        members.append(("signature", .string("ECDSAWithSHA256")))
        if let brandCheck { members.append(("brand_check", .bool(brandCheck))) }
        if let verificationType { members.append(("verification_type", .string(verificationType))) }
        if let verificationStatus { members.append(("verification_status", .bool(verificationStatus))) }
        return .object(members)
    }

    /// The answer to a PATCH of `ssl/verification`: the entry, with the status under its documented name too.
    var patchedEntry: JSONText {
        guard case .object(let members) = verificationEntry else { return verificationEntry }
        return .object(members + [("status", .string(status))])
    }

    /// The entry of `GET /zones/{zone}/ssl/certificate_packs`.
    func packEntry(delegationUUID: String) -> JSONText {
        .members([
            "id": .string(id), "type": .string(type), "hosts": .array(hosts.map(JSONText.string)),
            "primary_certificate": .string("0"), "status": .string(status), "certificates": .array([]),
            "created_on": .string("2026-01-01T05:20:00.114782Z"), "validity_days": .integer(90),
            "validation_method": .string(method), "validation_records": validationRecords,
            "validation_errors": writtenErrors, "dcv_delegation_records": delegationRecords(delegationUUID),
            "certificate_authority": .string(certificateAuthority),
        ])
    }

    /// Absent when there are none to tell.
    var validationRecords: JSONText? { showsTokens ? .array(tokens.map(pending)) : nil }

    var writtenErrors: JSONText? {
        validationErrors.isEmpty ? nil : .array(validationErrors.map { .members(["message": .string($0)]) })
    }

    func delegationRecords(_ uuid: String) -> JSONText? {
        guard offersDelegation else { return nil }
        return .array(
            Delegation.names(hosts).map { name in
                .members([
                    "cname": .string(Delegation.alias(name)), "cname_target": .string(Delegation.target(name, uuid)),
                ])
            }
        )
    }

    private var info: JSONText? {
        guard showsTokens else { return nil }
        switch shape {
        case .array: return .array(tokens.map(pending))
        case .object: return tokens.first.map { .object($0.members) }
        case .recordTarget: return tokens.first.map { .object($0.oldMembers) }
        case .null: return .null
        case .absent: return nil
        }
    }

    private func pending(_ token: RehearsedToken) -> JSONText {
        .object([("status", .string("pending"))] + token.members + (file(for: token)?.members ?? []))
    }
}

/// The names of delegated challenges (DCV delegation).
enum Delegation {
    /// The provider's own zone, in which it shows the values of delegated challenges.
    static let zone = "dcv.cloudflare.com"

    /// A wildcard and its parent share one challenge name.
    static func names(_ hosts: [String]) -> [String] {
        let names = hosts.map { $0.utf8.starts(with: "*.".utf8) ? String($0.dropFirst(2)) : $0 }
        return names.enumerated().filter { names.firstIndex(of: $0.element) == $0.offset }.map(\.element)
    }

    static func alias(_ name: String) -> String { "_acme-challenge.\(name)" }
    static func target(_ name: String, _ uuid: String) -> String { "\(name).\(uuid).\(zone)" }
}
