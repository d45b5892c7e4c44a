// What a recursive resolver told beside its answer: whether it validated, and why it failed.

package struct ResolverNote: Hashable, Sendable, Codable {
    /// AD, from a resolver whose word counts: the operator trusts it and the way to it cannot be forged.
    package let isValidated: Bool
    /// Extended DNS errors (RFC 8914) as text, escaped: "EDE 7 Signature Expired".
    package let errors: [String]

    package init(isValidated: Bool = false, errors: [String] = []) {
        self.isValidated = isValidated
        self.errors = errors
    }

    private enum CodingKeys: String, CodingKey {
        case isValidated = "is_validated"
        case errors
    }
}
