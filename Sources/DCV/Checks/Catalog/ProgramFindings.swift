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
        )
    ]
}
