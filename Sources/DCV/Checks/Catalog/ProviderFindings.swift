// The catalogue's entries about providers: their answers, their limits, their lists.

extension FindingCatalog {
    static let provider: [FindingExplanation] = [
        .init(
            "provider-unauthorized",
            .provider,
            [.error],
            means:
                "The provider refuses the credential, or the credential lacks a right. It is not tried again in this run.",
            causes: [
                "the key was revoked or has expired", "a right is missing",
                "the key may be used from other addresses only",
            ],
            remedy: "`dnsproof config check` says which right is missing; put another credential in place."
        ),
        .init(
            "provider-unreachable",
            .provider,
            [.waiting],
            means: "No connection to the provider, or no complete answer.",
            causes: ["the network here", "the provider is away", "a proxy or a wrong `endpoint:`"],
            remedy: "Nothing, if it passes; else look at the network and at the configured endpoint."
        ),
        .init(
            "provider-rate-limited",
            .provider,
            [.waiting],
            means: "The provider asks for a pause. It is asked again after it, by this run or a later one.",
            causes: ["other programs use the same account", "a limit that is lower than the documented one"],
            remedy: "Nothing."
        ),
        .init(
            "provider-budget-spent",
            .provider,
            [.waiting],
            means:
                "The provider's known limit is used up by this program's own count; it is asked again when there is room.",
            causes: ["many certificates, or many runs in a short time"],
            remedy: "Run less often, or read fewer zones."
        ),
        .init(
            "provider-left-alone",
            .provider,
            [.waiting],
            means: "The provider failed too often in a row and is left alone for a while.",
            causes: ["an outage at the provider"],
            remedy: "Nothing, if it passes; `dnsproof status` says until when."
        ),
        .init(
            "provider-fault",
            .provider,
            [.waiting],
            means: "The provider reports a fault of its own.",
            causes: ["an outage at the provider"],
            remedy: "Nothing, if it passes; look at its status page."
        ),
        .init(
            "provider-refused",
            .provider,
            [.error, .waiting],
            means: "The provider refuses this request for what it is, or looked and did not find the proof.",
            causes: ["a plan that does not offer it", "a wrong endpoint or region", "the CA did not see the record"],
            remedy: "Read what the provider says."
        ),
        .init(
            "provider-answer-not-understood",
            .provider,
            [.error, .waiting, .notice],
            means: "The answer is not what the provider documents. Nothing is concluded from it.",
            causes: ["a proxy or a login page between here and there", "a change of the API"],
            remedy: "Look at the endpoint and at what stands between; if it stays, a newer dnsproof may be needed."
        ),
        .init(
            "provider-effect-unknown",
            .provider,
            [.waiting],
            means: "A call was sent and its answer was lost. The state is read again before anything is repeated.",
            causes: ["a broken connection"],
            remedy: "Nothing."
        ),
        .init(
            "provider-program-failed",
            .provider,
            [.error, .waiting],
            means: "A provider that is a program ended in a way its contract has no meaning for.",
            causes: ["a fault in the program", "it ran out of time"],
            remedy: "Run it by hand (hooks/providers/README.md)."
        ),
        .init(
            "provider-misconfigured",
            .provider,
            [.error],
            means: "A provider that is a program cannot work as it is configured.",
            causes: ["a setting or a secret is missing", "the program may not be started"],
            remedy: "Correct the provider's settings, or the program."
        ),
        .init(
            "provider-says",
            .provider,
            [.error, .waiting, .notice],
            means: "Words of a provider that is a program, passed on as they are.",
            causes: ["whatever the program found"],
            remedy: "Do what it says."
        ),
        .init(
            "provider-not-examined",
            .provider,
            [.waiting],
            means: "What the credential may do could not be found out in time.",
            causes: ["a slow provider or network"],
            remedy: "Try `dnsproof config check` again later."
        ),
        .init(
            "provider-too-slow",
            .provider,
            [.waiting],
            means:
                "The reading of this provider did not end in time. The others were done; nothing is concluded about this one.",
            causes: ["very many zones in one provider entry", "an answer that never ends"],
            remedy: "Name fewer zones in one provider entry, or look at its status page."
        ),
        .init(
            "action-not-possible",
            .provider,
            [.error],
            means: "What was to be asked of the provider cannot be asked for this authorization. Nothing was sent.",
            causes: ["it changed between two reads"],
            remedy: "Nothing, if it passes: the next run reads it anew."
        ),
        .init(
            "answer-lost",
            .provider,
            [.waiting],
            means:
                "An effect was begun and its end was not seen. The next look tells what came of it; nothing is repeated blindly.",
            causes: ["a broken connection", "a crash or a signal"],
            remedy: "Nothing."
        ),
        .init(
            "look-missed",
            .provider,
            [.waiting],
            means:
                "The provider looked when it was told to, and did not find the proof. The look counts as an attempt.",
            causes: ["a CA that sees other servers or an older answer", "CAA or DNSSEC"],
            remedy:
                "Nothing at first: it is told again after a pause. `dnsproof explain NAME` shows what a CA may meet."
        ),
    ]

    static let providerReading: [FindingExplanation] = [
        .init(
            "zone-not-found",
            .provider,
            [.error],
            means: "A configured zone is not visible to this credential.",
            causes: ["a typing error under `zones:`", "the token is for other zones"],
            remedy: "Correct the name, or give the credential access to the zone."
        ),
        .init(
            "zones-not-read",
            .provider,
            [.error, .waiting],
            means: "Zones or hostnames were not read, because there are too many or an earlier answer forbids it.",
            causes: ["a credential or an outage that another finding names", "more entries than are read in one run"],
            remedy: "Mend what the other findings name; else list the zones to be read."
        ),
        .init(
            "domains-not-read",
            .provider,
            [.waiting],
            means: "Domains or orders were not asked, because of an earlier answer.",
            causes: ["a credential or an outage that another finding names"],
            remedy: "Mend what the other findings name."
        ),
        .init(
            "names-not-read",
            .provider,
            [.waiting],
            means:
                "For some names of a certificate the records are not known yet. Nothing is published before every name is known.",
            causes: ["the provider prepares them one after another"],
            remedy: "Nothing: it is asked again."
        ),
        .init(
            "state-unexplained",
            .provider,
            [.notice],
            means: "Certificates are in a state that the provider documents by a number alone.",
            causes: ["the provider's documentation"],
            remedy: "Look at them in the console."
        ),
        .init(
            "list-not-open",
            .provider,
            [.notice],
            means:
                "A second list that adds detail is closed to this credential or not offered. The first one is used alone.",
            causes: ["a right that is not needed for the main job", "a plan without that feature"],
            remedy: "Nothing; give the right if you want the detail."
        ),
        .init(
            "zone-not-in-service",
            .provider,
            [.notice],
            means: "The provider has paused the zone or does not serve it at the moment.",
            causes: ["the zone waits for its name servers to be changed", "it was paused by hand"],
            remedy: "Activate the zone if the provider does nothing for its certificates."
        ),
        .init(
            "handle-missing",
            .provider,
            [.notice],
            means: "The provider names no handle for a single call; only a call for the whole zone is possible.",
            causes: ["an old or special certificate"],
            remedy: "Nothing."
        ),
        .init(
            "several-entries",
            .provider,
            [.notice],
            means: "One handle covers several entries of the provider's list. They are proved together.",
            causes: ["RSA and ECDSA, or several host names, in one certificate"],
            remedy: "Nothing."
        ),
        .init(
            "issuer-unknown",
            .provider,
            [.notice],
            means: "The provider names a CA whose name in CAA records this version does not know.",
            causes: ["a new CA at the provider"],
            remedy: "Compare the zone's CAA records with the CA by hand."
        ),
        .init(
            "credential-expires",
            .provider,
            [.notice],
            means: "The credential works and has an end.",
            causes: ["it was made with one"],
            remedy: "Put a new one in place before that day."
        ),
    ]
}
