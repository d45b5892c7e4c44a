// The catalogue's entries about this program and the machine it runs on.

extension FindingCatalog {
    static let program: [FindingExplanation] = [
        .init(
            "calls-not-counted",
            .program,
            [.notice],
            means: "The count of calls to providers could not be kept on disk. This run counts for itself alone.",
            causes: ["the state folder cannot be written", "the journal is damaged"],
            remedy: "Repair the state folder."
        ),
        .init(
            "explained-in-part",
            .program,
            [.notice],
            means: "More names or records belong to what was asked for than `explain` looks at in one go.",
            causes: ["a certificate of very many names", "an order with more records than one explanation holds"],
            remedy: "Explain one of the names, or one record with its value."
        ),
        .init(
            "policy-example-fails",
            .program,
            [.error],
            means:
                "An example in a policy file says what the policy shall decide, and the policy decides something else.",
            causes: ["a key of the policy was changed", "a newer version decides otherwise"],
            remedy:
                "Correct the policy, or the example if the decision is what you want. `dnsproof policy check` shows both."
        ),
    ]
}
