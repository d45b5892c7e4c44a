// What one look at each list says about a key: the answer to `config check`. Pure.
import DCV
import Platform

struct DigiCertExamination {
    let provider: ProviderName
    let domains: Result<JSONValue, APIFault>
    /// Nil when orders are not read.
    let orders: Result<JSONValue, APIFault>?

    var result: ProviderExamination {
        var rights = [
            right(.viewDomains, "read what the domains wait for", domains),
            unseen(.manageDomains, "check, change the method, revalidate"),
        ]
        if let orders {
            rights.append(right(.viewOrders, "read what pending orders wait for", orders))
            rights.append(unseen(.manageOrders, "check an order, change its method"))
        }
        let answers = [domains] + (orders.map { [$0] } ?? [])
        var findings: [Finding] = []
        for case .failure(let fault) in answers where !findings.contains(fault.failure.finding) {
            findings.append(fault.failure.finding)
        }
        return ProviderExamination(
            provider: provider,
            kind: "digicert",
            scope: scope,
            rights: rights,
            findings: findings
        )
    }

    private var scope: String? {
        guard case .success(let document) = domains, let total = document["page"]?["total"]?.intOrNumericString else {
            return nil
        }
        return total == 1 ? "1 domain" : "\(total) domains"
    }

    private func right(
        _ right: DigiCertCall.Right,
        _ purpose: String,
        _ answer: Result<JSONValue, APIFault>
    ) -> ProviderExamination.Right {
        let state: ProviderExamination.Right.State =
            switch answer {
            case .success: .granted
            case .failure(let fault): fault.failure.kind == .unauthorized ? .missing : .unknown
            }
        return ProviderExamination.Right(right.rawValue, for: purpose, state)
    }

    /// DigiCert has no call that tells what a key may change.
    private func unseen(_ right: DigiCertCall.Right, _ purpose: String) -> ProviderExamination.Right {
        ProviderExamination.Right(
            right.rawValue,
            for: purpose,
            .unknown,
            detail: "no read tells; it shows at the first change (CertCentral: Automation, API Keys)"
        )
    }
}
