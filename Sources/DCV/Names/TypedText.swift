// What a person typed or pasted and what cannot be taken: which character stands where, and what to write instead.

/// What the text was meant to be.
package enum TypedField: Sendable {
    /// A host name, a zone, an alias's target.
    case name
    /// The owner name of a record.
    case owner
    case value
    case path
}

extension NameError {
    /// The reason for whoever typed it. Findings quote strangers, who are not told what to write.
    package func told(as field: TypedField) -> String {
        guard reason == .octetNotAllowed, let offset, let scalar = scalar(at: offset) else {
            return description
                + (reason == .emptyLabel ? ": two dots stand together, or one stands at the beginning" : "")
        }
        let before = String(decoding: saw.bytes[..<offset], as: UTF8.self).unicodeScalars.count
        let what =
            "\"\(saw.shortened())\": \(Self.wording(scalar)) as character \(before + 1) cannot stand in a \(noun(field))"
        return "\(what); \(cure(scalar, field))"
    }

    private func noun(_ field: TypedField) -> String {
        switch field {
        case .name, .owner: "name"
        case .value: "value"
        case .path: "path"
        }
    }

    private func scalar(at offset: Int) -> Unicode.Scalar? {
        guard saw.bytes.indices.contains(offset) else { return nil }
        return String(decoding: saw.bytes[offset...], as: UTF8.self).unicodeScalars.first
    }

    /// Straight, typographic and angled ones, as consoles and word processors write them.
    private static func isQuotation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x22, 0x27, 0x60, 0xAB, 0xBB, 0xB4, 0x2018...0x201F, 0x2039, 0x203A: true
        default: false
        }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x00AD, 0x2000...0x200F, 0x2028...0x202F, 0x205F...0x2064, 0x3000, 0xFEFF:
            true
        default: false
        }
    }

    private static func wording(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
        switch scalar.value {
        case 0x20: return "a space"
        case 0x09: return "a tab"
        case 0x0A, 0x0D: return "a line end"
        case 0x22: return "a quotation mark"
        case 0x21...0x7E: return "\"\(scalar)\""
        default: break
        }
        if isQuotation(scalar) { return "a quotation mark (\(code))" }
        if isBlank(scalar) { return "a character that cannot be seen (\(code))" }
        // Letters alone are shown: marks may change how the rest of a line reads.
        return scalar.properties.isAlphabetic && scalar.value > 0x7F ? "\"\(scalar)\" (\(code))" : code
    }

    private func cure(_ scalar: Unicode.Scalar, _ field: TypedField) -> String {
        if Self.isQuotation(scalar) { return "leave the quotation marks out: they belong to a console or a zone file" }
        if Self.isBlank(scalar) { return "leave it out; it may have come along with a copied text" }
        switch field {
        case .value: return "a value holds letters, digits, spaces within and -._~+/=:;,@"
        case .path: return "a token file's name holds letters, digits and -._~"
        case .name, .owner: return nameCure(scalar, field)
        }
    }

    private func nameCure(_ scalar: Unicode.Scalar, _ field: TypedField) -> String {
        if saw.bytes.starts(with: [0x2A, 0x2E]) {
            let rest = OctetText(saw.bytes.dropFirst(2)).shortened()
            return field == .owner ? "a wildcard is proved at _acme-challenge.\(rest)" : "write \(rest)"
        }
        if let host = hostOfURL {
            let plain = OctetText(host).shortened()
            return field == .owner
                ? "a URL goes with the type HTTP; for a record in the DNS write a name such as _acme-challenge.\(plain)"
                : "write the host alone: \(plain)"
        }
        switch scalar {
        case "@": return "consoles write \"@\" for the zone itself: write the zone's name"
        case "/", ":": return "write the name alone, without port and path"
        case _ where scalar.value > 0x7F: return "write its xn-- form, which `idn2` prints"
        default: return "a name holds letters, digits, - and _ between dots"
        }
    }

    /// What stands between `://` and the next `/`, `:` or end.
    private var hostOfURL: ArraySlice<UInt8>? {
        let mark = Array("://".utf8)
        guard let start = saw.bytes.indices.first(where: { saw.bytes[$0...].starts(with: mark) }) else { return nil }
        return saw.bytes[(start + mark.count)...].prefix { $0 != 0x2F && $0 != 0x3A }
    }
}
