// The catalogue's entries about what a provider waits for: states, tokens, attempts.

extension FindingCatalog {
    static let authorization: [FindingExplanation] = [
        .init(
            "trigger-budget-spent",
            .authorization,
            [.error],
            means:
                "The provider was told to look as often as a day allows, every server showed the record each time, and it still did not accept it.",
            causes: [
                "CAA forbids the CA", "the CA's own rate limit", "a redirect or a firewall that only the CA meets",
            ],
            remedy: "Read the validation errors in the provider's console.",
            rule: "trigger.attempts_per_day"
        ),
        .init(
            "status-unknown",
            .authorization,
            [.waiting],
            means: "The provider reports a status this version does not know. Nothing is done until it changes.",
            causes: ["a new word in the provider's API"],
            remedy: "Look at the provider's console if it stays; a newer dnsproof may know the word."
        ),
        .init(
            "manual-review",
            .authorization,
            [.error],
            means: "The provider has people look at this name before it issues (brand check).",
            causes: ["the name resembles a well-known brand"],
            remedy: "Open a support ticket at the provider."
        ),
        .init(
            "authorization-ambiguous",
            .authorization,
            [.error],
            means: "The provider lists one handle twice with different contents. Nothing is done about it.",
            causes: ["a fault at the provider"],
            remedy: "Look at the provider's console if it stays."
        ),
        .init(
            "authorization-gone",
            .authorization,
            [.waiting],
            means: "The provider no longer lists what it listed a moment ago.",
            causes: ["it was replaced, deleted or issued meanwhile"],
            remedy: "Nothing: the next run reads the list anew."
        ),
        .init(
            "tokens-expired",
            .authorization,
            [.waiting],
            means: "The tokens have ended and the provider still lists them. Publishing them would prove nothing.",
            causes: ["the provider issues new ones only some time later", "the order has been given up"],
            remedy: "Wait for new tokens; if none come, order the certificate again."
        ),
        .init(
            "token-missing",
            .authorization,
            [.waiting],
            means: "Validation is pending and the provider shows no token.",
            causes: ["it was submitted a moment ago", "the validation was never begun"],
            remedy: "Nothing at first; else submit the domain for validation again."
        ),
        .init(
            "token-expired",
            .authorization,
            [.notice],
            means: "The token has ended before the proof was found. A new validation is begun if the policy allows it.",
            causes: ["the record stood too late or nowhere"],
            remedy: "Nothing, if `revalidate.before_expiry` is not 0s.",
            rule: "revalidate.before_expiry"
        ),
        .init(
            "no-record-offered",
            .authorization,
            [.error],
            means: "The provider waits for a proof and offers no record or file that this program can show.",
            causes: ["validation by mail or phone", "a method whose record was refused"],
            remedy: "Change the validation method at the provider, or prove it by hand."
        ),
        .init(
            "not-automatable",
            .authorization,
            [.error, .waiting, .notice],
            means:
                "The provider wants a proof that no program can give: an answered mail, a meta tag, a record shown in its console only.",
            causes: ["the order was made with that method"],
            remedy: "Order or set the domain to validation by a DNS record or a file, or answer by hand."
        ),
        .init(
            "method-unknown",
            .authorization,
            [.waiting, .notice],
            means:
                "The provider names a validation method that this version does not know. It is neither repeated nor changed.",
            causes: ["a new word in the provider's API", "no method was chosen yet"],
            remedy: "Set the method to a TXT or CNAME record or an HTTP file."
        ),
        .init(
            "record-refused",
            .authorization,
            [.error, .waiting, .notice],
            means:
                "A name, value or path from the provider is not what such a thing may be. It is not used and not published.",
            causes: ["a fault at the provider", "an answer that was changed on the way"],
            remedy: "Compare with the provider's console, and tell the provider if it is no mistake of yours."
        ),
        .init(
            "revalidation-not-possible",
            .authorization,
            [.error],
            means: "A proof ends soon, and no publisher here can show a record for the next one.",
            causes: ["the zone has no publisher of the kind that is offered"],
            remedy: "Add a publisher to the zone, or validate the domain by hand in the provider's console.",
            rule: "revalidate.before_expiry"
        ),
        .init(
            "validation-error",
            .authorization,
            [.waiting, .notice],
            means: "What the provider says went wrong when it last looked. It may be mended since.",
            causes: ["the record was missing then", "CAA, DNSSEC or a redirect at that time"],
            remedy: "Mend what it names, if it is not a missing record."
        ),
        .init(
            "validation-timed-out",
            .authorization,
            [.error],
            means: "The CA gave up waiting for the record, or the request has run out.",
            causes: ["the record stood too late or nowhere"],
            remedy: "Request the certificate anew in the provider's console; this one can be deleted."
        ),
        .init(
            "validation-failed",
            .authorization,
            [.error],
            means: "The CA looked and refused, and the provider has no call that begins again.",
            causes: ["another value, CAA or DNSSEC at that time"],
            remedy: "Register the domain or request the certificate anew in the provider's console."
        ),
        .init(
            "organization-pending",
            .authorization,
            [.notice],
            means: "The CA has people look at the organization. No record helps.",
            causes: ["an OV or EV order whose contacts have not answered yet"],
            remedy: "Look at it in the provider's console."
        ),
        .init(
            "never-submitted",
            .authorization,
            [.notice],
            means: "Domains were added at the provider and never submitted for validation.",
            causes: ["an unfinished set-up"],
            remedy: "Submit them for validation, or deactivate them."
        ),
    ]
}
