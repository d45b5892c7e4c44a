// What a provider lets its credential do, as far as reads can tell: the answer to `config check`.

package struct ProviderExamination: Hashable, Sendable, Codable {
    /// One right, by the name that the provider's own console shows.
    package struct Right: Hashable, Sendable, Codable {
        package enum State: String, Hashable, Sendable, Codable {
            case granted
            case missing
            /// No read can tell, or the provider could not be asked.
            case unknown
        }

        package let name: String
        /// What it is needed for: "read what waits for validation".
        package let purpose: String
        package let state: State
        /// Where it holds or is missing, or why it is unknown; nil when there is nothing to add.
        package let detail: String?

        package init(_ name: String, for purpose: String, _ state: State, detail: String? = nil) {
            self.name = name
            self.purpose = purpose
            self.state = state
            self.detail = detail
        }
    }

    package let provider: ProviderName
    /// The kind as the configuration writes it.
    package let kind: String
    /// What the credential opens, in one phrase: "2 zones: example.com, example.net".
    package let scope: String?
    package let rights: [Right]
    package let findings: [Finding]

    package init(provider: ProviderName, kind: String, scope: String?, rights: [Right], findings: [Finding]) {
        self.provider = provider
        self.kind = kind
        self.scope = scope
        self.rights = rights
        self.findings = findings
    }
}
