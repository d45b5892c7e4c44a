// What NAVER Cloud's side has to say beyond the codes that every provider has.

extension ProviderFindingCode {
    /// The CA gave up waiting for a record, or the request has run out: only a person can begin anew.
    package static let validationTimedOut = "validation-timed-out"
    /// The CA looked and refused: only a person can begin anew.
    package static let validationFailed = "validation-failed"
    /// Names of a certificate whose records are not known yet, or could not be read now.
    package static let namesNotRead = "names-not-read"
    /// Certificates in a state that is documented by its number alone, and that did not wait for proof in this run.
    package static let stateUnexplained = "state-unexplained"
}
