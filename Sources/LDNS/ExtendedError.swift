// Extended DNS errors (RFC 8914): why a resolver could not answer, in its own words.

package import DCV

/// One extended error out of an OPT record.
package struct ExtendedError: Hashable, Sendable, CustomStringConvertible {
    /// The EDNS option that carries it.
    static let optionCode: UInt16 = 15
    /// Errors of one message that are kept, and octets of each text.
    static let perMessageLimit = 8
    static let textLimitOctets = 256

    package let code: UInt16
    /// EXTRA-TEXT as sent, cut to `textLimitOctets`; meant for people, never for decisions (RFC 8914 2).
    package let text: OctetText

    package init(_ code: UInt16, _ text: some Sequence<UInt8> = []) {
        self.code = code
        self.text = OctetText(text.prefix(Self.textLimitOctets))
    }

    /// From an option's data; nil when they are too short for a code.
    init?(option data: some Collection<UInt8>) {
        guard data.count >= 2 else { return nil }
        let code = data.prefix(2).reduce(0) { $0 << 8 | UInt16($1) }
        var text = Array(data.dropFirst(2))
        // Some resolvers send the C string's end, too, which the RFC tells readers to bear with.
        while text.last == 0 { text.removeLast() }
        self.init(code, text)
    }

    private static let names: [UInt16: String] = [
        0: "Other Error", 1: "Unsupported DNSKEY Algorithm", 2: "Unsupported DS Digest Type", 3: "Stale Answer",
        4: "Forged Answer", 5: "DNSSEC Indeterminate", 6: "DNSSEC Bogus", 7: "Signature Expired",
        8: "Signature Not Yet Valid", 9: "DNSKEY Missing", 10: "RRSIGs Missing", 11: "No Zone Key Bit Set",
        12: "NSEC Missing", 13: "Cached Error", 14: "Not Ready", 15: "Blocked", 16: "Censored", 17: "Filtered",
        18: "Prohibited", 19: "Stale NXDOMAIN Answer", 20: "Not Authoritative", 21: "Not Supported",
        22: "No Reachable Authority", 23: "Network Error", 24: "Invalid Data", 25: "Signature Expired before Valid",
        26: "Too Early", 27: "Unsupported NSEC3 Iterations Value", 28: "Unable to conform to policy",
        29: "Synthesized", 30: "Invalid Query Type",
    ]

    /// Whether it says that the data failed DNSSEC validation.
    package var isValidationFailure: Bool { [6, 7, 8, 9, 10, 11, 12, 25].contains(code) }

    /// "EDE 7 Signature Expired: text", the text escaped.
    package var description: String {
        let name = Self.names[code].map { " \($0)" } ?? ""
        return "EDE \(code)\(name)"
            + (text.bytes.isEmpty ? "" : ": \(text.shortened(limitBytes: Self.textLimitOctets))")
    }
}
