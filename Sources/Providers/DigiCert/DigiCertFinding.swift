// What the mapping of domains and orders has to say to people, in one place. No finding holds anything of `verified_users` or of contacts.
import DCV
import Platform

/// Codes of findings that only DigiCert gives rise to.
enum DigiCertFindingCode {
    /// DigiCert has people look at the organization; no record helps.
    static let organizationPending = "organization-pending"
    /// Waiting for proof, and no token is shown.
    static let tokenMissing = "token-missing"
    /// The token has ended and a new validation must be begun.
    static let tokenExpired = "token-expired"
    /// The domain was added and never submitted for validation.
    static let neverSubmitted = "never-submitted"
    /// Domains or orders that were not asked, because an earlier answer forbids it.
    static let notRead = "domains-not-read"
}

struct DigiCertFinding {
    /// The name in CAA records that lets DigiCert and its brands issue.
    static let issuers = [try? DomainName("digicert.com")].compactMap { $0 }

    let subject: String
    let status: Authorization.Status

    func refused(_ refusal: RecordRefusal) -> Finding {
        finding(
            ProviderFindingCode.recordRefused,
            demand,
            refusal.saw,
            refusal.wanted,
            "not used and not published; compare with CertCentral, and tell DigiCert if it is no mistake"
        )
    }

    func notUnderstood(_ saw: String) -> Finding {
        finding(
            ProviderFindingCode.answerNotUnderstood,
            demand,
            saw,
            "a list of validations, each type once",
            "look at it in CertCentral; nothing is concluded about what could not be read"
        )
    }

    /// A mail, or a word this version does not know.
    func aboutMethod(_ method: DigiCertMethodWord) -> [Finding] {
        if method.isEmail {
            let advice =
                "nothing, if a publisher is configured for the name: the method is changed; else answer the mail"
            // Not an error: that would block the very change which mends it.
            return [
                finding(ProviderFindingCode.notAutomatable, .waiting, "validation by mail", "a token method", advice)
            ]
        }
        guard method.method == nil else { return [] }
        let advice = "set the DCV method in CertCentral to a DNS TXT, DNS CNAME or HTTP token"
        let saw = "dcv_method \(method.word.map { "\"\($0)\"" } ?? "missing")"
        return [finding(ProviderFindingCode.methodUnknown, .waiting, saw, "a token method", advice)]
    }

    func tokenMissing() -> Finding {
        finding(
            DigiCertFindingCode.tokenMissing,
            .waiting,
            "validation is pending and no token is shown",
            "a token",
            "nothing, if it was submitted a moment ago; else submit the domain for validation again in CertCentral"
        )
    }

    func tokenExpired() -> Finding {
        finding(
            DigiCertFindingCode.tokenExpired,
            .notice,
            "the token has expired before the proof was found",
            "a new token",
            "nothing: the domain is submitted for validation again, if the policy allows it (revalidate.before_expiry)"
        )
    }

    /// People at DigiCert look at the organization; nil when they do not.
    func organization(_ validation: DigiCertValidation) -> Finding? {
        guard let word = validation.orgWord, word != "complete" else { return nil }
        let users = validation.verifiedUsers.map { ", \($0) verified users" } ?? ""
        return finding(
            DigiCertFindingCode.organizationPending,
            .notice,
            "org_status \"\(word)\" for \(validation.label)\(users)",
            "org_status \"complete\"",
            "no record helps here: DigiCert validates the organization with its contacts; look at it in CertCentral"
        )
    }

    /// What is wrong while it waits for proof must be mended by people; at other times it is good to know.
    private var demand: Finding.Severity { status == .pending ? .error : .notice }

    func finding(
        _ code: String,
        _ severity: Finding.Severity,
        _ saw: String,
        _ wanted: String?,
        _ advice: String
    ) -> Finding {
        Finding(code, severity, subject: subject, saw: saw, wanted: wanted, advice: advice)
    }
}
