// The catalogue's entries about showing a record: what the policy forbids, what the configuration lacks, how hooks end.

extension FindingCatalog {
    static let publishing: [FindingExplanation] = [
        .init(
            "zone-not-configured",
            .publishing,
            [.error],
            means: "The record lies in a zone that the configuration does not name, so nobody is there to publish it.",
            causes: ["a new domain", "a CNAME that leads into another zone"],
            remedy: "Add the zone and its publishers under `zones:`, or publish the record by hand.",
            rule: "zones"
        ),
        .init(
            "no-publisher",
            .publishing,
            [.error],
            means: "The zone has no publisher that can show this kind of record.",
            causes: ["`publishers: []`", "a publisher for DNS only, and the provider wants a file (or the reverse)"],
            remedy: "Add a publisher for the kind to the zone, or publish the record by hand.",
            rule: "zones"
        ),
        .init(
            "publishing-not-allowed",
            .publishing,
            [.error],
            means: "The record is missing, and the zone's policy forbids publishing.",
            causes: ["a policy that only watches"],
            remedy: "Publish the record that the finding names by hand, or choose another policy.",
            rule: "publish.allow"
        ),
        .init(
            "label-not-allowed",
            .publishing,
            [.error],
            means:
                "The provider wants a record at a name that does not begin with an underscore, which the policy protects.",
            causes: ["a provider that proves by a record at the host's own name"],
            remedy: "Publish it by hand, or set `publish.labels: any` for this zone.",
            rule: "publish.labels"
        ),
        .init(
            "name-not-bound",
            .publishing,
            [.error],
            means:
                "The provider wants a record that would prove none of the certificate's own names. It is not published.",
            causes: ["a mistake in the order", "an answer of the provider that was changed on the way"],
            remedy: "Compare with the provider's console, and tell the provider."
        ),
        .init(
            "publisher-quarantined",
            .publishing,
            [.error],
            means: "A hook touched values that were not its own. It is not called again until a person says so.",
            causes: [
                "a hook that replaces the whole record set", "somebody else changed the same name in the same seconds",
            ],
            remedy: "Bring back what is lost, repair the hook, then: dnsproof hook trust PUBLISHER."
        ),
        .init(
            HookLimits.replacesCode,
            .publishing,
            [.error],
            means:
                "Other values stand at the record's name, and a test showed that the publisher's hook takes such values away. It is not asked to publish there.",
            causes: ["a hook that sets the whole record set", "a wildcard beside its apex, two orders at once"],
            remedy:
                "Repair the hook and run dnsproof hook test PUBLISHER again, give the zone another publisher, or add the record by hand."
        ),
        .init(
            HookLimits.removesCode,
            .publishing,
            [.error],
            means:
                "A record has served, other values stand beside it, and a test showed that the publisher's hook takes everything there away. It is not asked to withdraw.",
            causes: ["a hook that deletes the whole record set"],
            remedy: "Repair the hook and run dnsproof hook test PUBLISHER again, or remove the record by hand."
        ),
        .init(
            "publisher-unknown",
            .publishing,
            [.error],
            means:
                "A record that this agent published must go, and the publisher it went through is no longer configured.",
            causes: ["a publisher was renamed or removed"],
            remedy: "Bring the publisher back for one run, or remove the record by hand."
        ),
        .init(
            "hook-failed",
            .publishing,
            [.waiting],
            means: "The hook ended with an error, and the record is not shown. It is tried again after a pause.",
            causes: ["the DNS provider's API or the name server refused", "a fault in the hook"],
            remedy:
                "Read the reason, which is the hook's last line on standard error. If it stays, run the hook by hand (hooks/README.md)."
        ),
        .init(
            "hook-try-later",
            .publishing,
            [.waiting],
            means: "The hook says that it cannot publish now (exit 75, a deadline or a signal). It is tried again.",
            causes: ["a name server or an API that is away", "a lock that another program holds"],
            remedy: "Nothing, if it passes."
        ),
        .init(
            "hook-misconfigured",
            .publishing,
            [.error],
            means: "The hook cannot work as it is set up (exit 78), or may not be started at all.",
            causes: ["a setting or a secret is missing", "the program's file or folder can be written by others"],
            remedy: "Repair the publisher's settings or program."
        ),
        .init(
            "hook-not-my-zone",
            .publishing,
            [.error],
            means: "The hook says that it does not serve this zone (exit 69).",
            causes: ["the zone is bound to the wrong publisher", "the credential sees other zones only"],
            remedy: "Bind the zone to another publisher under `zones:`.",
            rule: "zones"
        ),
        .init(
            "hook-not-understood",
            .publishing,
            [.error],
            means: "The hook's answer to `describe` is not what the contract says. Nothing is published through it.",
            causes: ["a hook that prints something else first", "a hook that fails while it describes itself"],
            remedy: "Repair the hook; it is asked again in the next run."
        ),
        .init(
            "hook-lied",
            .publishing,
            [.error],
            means:
                "The hook said that the record is published, had the time that it needs until this is visible, and no name server shows it. "
                + "It is published again after a pause.",
            causes: [
                "a hook that ends with 0 after a call that failed",
                "a hook that writes into another zone, account or view than the one that the name servers serve",
                "a DNS provider that is slower than the hook's `describe` says (takes_s, 120 s without it)",
            ],
            remedy:
                "Run the hook by hand (hooks/README.md) and look for the record; where it is only slow, let `describe` say takes_s."
        ),
        .init(
            "hook-outlived-run",
            .publishing,
            [.error, .notice],
            means:
                "A run was killed while its hook was at work, and the hook still ran when the next run came. It was ended before anything else "
                + "was done; where that was not possible, nothing is done.",
            causes: ["the machine was out of memory", "a time limit of cron or systemd, or `kill -9`"],
            remedy: "Find out what kills runs; a run told by SIGTERM ends its hooks itself within 10 s."
        ),
        .init(
            "hook-complained",
            .publishing,
            [.notice],
            means: "The hook said that publishing failed, and the record is there. What is seen counts.",
            causes: [
                "a hook that fails after it has published", "a record that somebody else has put there meanwhile",
            ],
            remedy: "Read the reason, and repair the hook."
        ),
        .init(
            "still-shown",
            .publishing,
            [.waiting],
            means:
                "A withdrawal ended well for the hook, and every name server still shows the record. It is tried again.",
            causes: ["a slow name server", "a hook that removed it somewhere else"],
            remedy: "Nothing, if it passes; else run the hook by hand."
        ),
        .init(
            HookLimits.besideCNAMECode,
            .publishing,
            [.error],
            means:
                "A CNAME is to be published at a name where TXT records stand. A CNAME can only stand alone (RFC 2181 10.1), so no hook is called.",
            causes: ["records of an earlier validation or of another provider at the same name"],
            remedy: "Remove what nobody needs there any more, or let the provider ask for another record."
        ),
        .init(
            "not-seen",
            .publishing,
            [.waiting],
            means:
                "A withdrawal ended well for the hook, and no name server or web server answered, so that nobody saw the record go. It is tried again.",
            causes: ["name servers that are down or unreachable from here", "a run that was told to end meanwhile"],
            remedy: "Nothing, if it passes; else see why the servers do not answer."
        ),
        .init(
            "not-started",
            .publishing,
            [.waiting],
            means:
                "A withdrawal was due when a call of an ACME client ended, and was not begun: the call had to end, or another one was at work.",
            causes: ["a client that was stopped", "another run or call at the same moment"],
            remedy: "Nothing: the next call of the client or the next run does it."
        ),
    ]
}
