// Failures that every provider meets at its port and words alike: what cannot be asked, and what is no longer there. Nothing was sent.
import DCV

extension ProviderFailure {
    /// What was asked cannot be asked for this authorization.
    static func notPossible(
        _ authorization: Authorization,
        saw: String,
        wanted: String,
        advice: String = "nothing was sent; read the provider anew"
    ) -> ProviderFailure {
        refused(ProviderFindingCode.actionNotPossible, .error, authorization, saw, wanted, advice)
    }

    /// The provider no longer lists it.
    static func gone(
        _ authorization: Authorization,
        saw: String,
        wanted: String,
        advice: String = "nothing: it was replaced or deleted; the next run reads the list anew"
    ) -> ProviderFailure {
        refused(ProviderFindingCode.authorizationGone, .waiting, authorization, saw, wanted, advice)
    }

    private static func refused(
        _ code: String,
        _ severity: Finding.Severity,
        _ authorization: Authorization,
        _ saw: String,
        _ wanted: String,
        _ advice: String
    ) -> ProviderFailure {
        let subject = "\(authorization.key)"
        return ProviderFailure(
            .refused,
            Finding(code, severity, subject: subject, saw: saw, wanted: wanted, advice: advice)
        )
    }
}
