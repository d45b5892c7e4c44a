// An ACME client that called, as a provider: it waits for its challenges to be shown, and no longer for those that it is done with.
import DCV

struct CallingClient: Provider {
    let name: ProviderName
    let authorizations: [Authorization]

    /// Nil when two values of this program do not fit together, which no caller can bring about.
    init?(_ call: ClientCall, beside earlier: [AwaitedChallenge]) {
        guard let name = try? ProviderName(call.client.rawValue) else { return nil }
        self.name = name
        let status: Authorization.Status = call.work == .withdraw ? .dead : .pending
        var known: Set<AuthorizationKey> = []
        var authorizations: [Authorization] = []
        let own = call.challenges.map { ($0, call.place?.scope) }
        let others = earlier.compactMap { awaited in
            ClientChallenge(awaited.record).map { ($0, Optional(awaited.scope)) }
        }
        for (challenge, scope) in own + others {
            guard let key = challenge.key(of: call.client), known.insert(key).inserted else { continue }
            authorizations.append(Self.authorization(challenge, key, scope ?? key.id.text, status))
        }
        self.authorizations = authorizations
    }

    private static func authorization(
        _ challenge: ClientChallenge,
        _ key: AuthorizationKey,
        _ scope: String,
        _ status: Authorization.Status
    ) -> Authorization {
        let identifier = Identifier(challenge.name)
        return Authorization(
            key: key,
            scope: scope,
            identifiers: [identifier],
            status: status,
            providerStatus: OctetText((status == .pending ? "waiting" : "done").utf8),
            method: challenge.record.kind.method,
            // It is told by the end of the call.
            capabilities: Capabilities(triggers: [], methods: []),
            challenges: [Challenge(identifier: identifier, alternatives: [challenge.record])]
        )
    }

    func read() async -> ProviderReading {
        ProviderReading(provider: name, authorizations: authorizations, findings: [], isComplete: true)
    }

    func refresh(_ authorization: Authorization) async -> Result<Authorization, ProviderFailure> {
        .success(authorization)
    }

    func trigger(_ authorization: Authorization, style: TriggerStyle) async -> Result<Void, ProviderFailure> {
        .failure(refusal(authorization))
    }

    func changeMethod(of authorization: Authorization, to method: ValidationMethod) async
        -> Result<Void, ProviderFailure>
    { .failure(refusal(authorization)) }

    func revalidate(_ authorization: Authorization, by method: ValidationMethod) async -> Result<Void, ProviderFailure>
    { .failure(refusal(authorization)) }

    func examine() async -> ProviderExamination {
        ProviderExamination(provider: name, kind: name.text, scope: nil, rights: [], findings: [])
    }

    /// It has offered none of these.
    private func refusal(_ authorization: Authorization) -> ProviderFailure {
        ProviderFailure(
            .refused,
            Finding(
                "action-not-possible",
                .error,
                subject: authorization.subject,
                saw: "\(name) is not asked to do anything: it waits for its hook",
                advice: "this is a fault of dnsproof: report it"
            )
        )
    }
}
