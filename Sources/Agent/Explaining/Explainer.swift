// Carries out the looks of one explanation, one after the other, so that the same answers lead to the same explanation again.
package import DCV

package enum Explainer {
    package static func explain(
        _ request: ExplainRequest,
        surveyor: any Surveyor,
        at now: Instant
    ) async -> Explanation {
        await look(request, surveyor).explanation(of: request, at: now)
    }

    private static func look(_ request: ExplainRequest, _ surveyor: any Surveyor) async -> Looks {
        let surveys = await surveyor.survey(request.wanted.map(\.survey))
        var views: [NameView] = []
        for name in request.names {
            // What a record's look has learnt of the zone is not asked once more.
            let isKnown = surveys.contains { ($0.record.name == name || $0.zone == name) && !$0.zones.isEmpty }
            if !isKnown { views.append(await surveyor.view(of: name)) }
        }
        let climbs = await surveyor.climb(request.issuance.map(\.identifier.name))
        return Looks(surveys: surveys, views: views, climbs: climbs)
    }

    /// What was seen for one explanation.
    private struct Looks: Sendable {
        let surveys: [Survey]
        let views: [NameView]
        let climbs: [CAAClimb]

        func explanation(of request: ExplainRequest, at now: Instant) -> Explanation {
            Explanation(request, at: now, surveys: surveys, views: views, climbs: climbs)
        }
    }

    /// Who looks, from which moment on, and what writes it down.
    package struct Eyes<Tape: Sendable>: Sendable {
        let surveyor: any Surveyor
        let now: Instant
        package let tape: Tape

        package init(_ surveyor: any Surveyor, at now: Instant, tape: Tape) {
            self.surveyor = surveyor
            self.now = now
            self.tape = tape
        }
    }

    /// An explanation that depends on what providers say: while they are read, the name is looked at as if none of them knew it, and that
    /// look is the explanation's where it turns out so.
    /// - Parameters:
    ///   - plain: what is to be looked at then; nil where that is nothing.
    ///   - eyes: new ones for every look, so that a recording holds the looks of its own explanation only.
    package static func explain<Tape: Sendable>(
        plain: ExplainRequest?,
        reading: () async throws -> [ProviderReading],
        request: ([ProviderReading]) throws -> ExplainRequest,
        eyes: @escaping @Sendable () -> Eyes<Tape>
    ) async throws -> (explanation: Explanation, tape: Tape) {
        let early = plain.map { plain in
            Task {
                let eyes = eyes()
                return (eyes: eyes, looks: await look(plain, eyes.surveyor))
            }
        }
        defer { early?.cancel() }
        let request = try request(try await reading())
        if let early, plain?.asksTheSame(as: request) == true {
            let (eyes, looks) = await early.value
            return (looks.explanation(of: request, at: eyes.now), eyes.tape)
        }
        early?.cancel()
        let eyes = eyes()
        return (await explain(request, surveyor: eyes.surveyor, at: eyes.now), eyes.tape)
    }

    /// What the typed text means: a record, when its type and value are given; else what the providers say of it; else the name alone.
    /// - Parameter readings: none without a configuration.
    package static func request(
        _ text: String,
        record: RequiredRecord? = nil,
        readings: [ProviderReading] = [],
        isLaboratory: Bool,
        policy: (DomainName, Authorization?) -> Policy
    ) throws(CheckRequest.Refusal) -> ExplainRequest {
        let target = try ExplainTarget(text)
        if let record {
            return ExplainRequest(
                asked: text,
                names: hosts([record]),
                wanted: [ExplainRequest.Wanted(record, under: policy(record.name, nil))],
                issuance: issuance(of: record.name, CAA.methodLabels(of: record), policy),
                isLaboratory: isLaboratory
            )
        }
        let meant = readings.flatMap(\.authorizations).filter { target.means($0) }
        let records = meant.filter { $0.status == .pending }.flatMap(\.records).filter(target.wants)
        var seen: Set<RequiredRecord> = []
        let unique = records.filter { seen.insert($0).inserted }
        let name = target.name ?? meant.first?.governingName
        if name == nil && meant.isEmpty {
            throw CheckRequest.Refusal(
                description: "no provider lists \(text), and it is no name that could be looked at"
            )
        }
        return ExplainRequest(
            asked: text,
            names: unique.isEmpty ? [name].compactMap { $0 } : hosts(unique),
            subjects: meant.map(ExplainRequest.Subject.init),
            wanted: unique.map { record in
                ExplainRequest.Wanted(record, under: policy(record.name, meant.first { $0.records.contains(record) }))
            },
            issuance: meant.isEmpty
                ? name.map { issuance(of: $0, isWildcard: target.isWildcard, [], policy) } ?? []
                : meant.flatMap { authorization in
                    identifiers(of: authorization, target).flatMap { issuance(of: $0, authorization, policy) }
                },
            findings: readings.flatMap(\.findings),
            unread: readings.filter { !$0.isComplete }.map(\.provider),
            isLaboratory: isLaboratory
        )
    }
}

extension Explainer {
    /// Those of an authorization, and the wildcard that was typed, which may be asked for next.
    private static func identifiers(of authorization: Authorization, _ target: ExplainTarget) -> [Identifier] {
        guard target.isWildcard, let name = target.name else { return authorization.identifiers }
        let typed = Identifier(name, isWildcard: true)
        return authorization.identifiers + (authorization.identifiers.contains(typed) ? [] : [typed])
    }

    /// Whose zones the look at a token file does not tell.
    private static func hosts(_ records: [RequiredRecord]) -> [DomainName] {
        var seen: Set<DomainName> = []
        return records.filter { $0.kind == .http }.map(\.name).filter { seen.insert($0).inserted }
    }

    /// By the CAs that the policy names.
    private static func issuance(
        of name: DomainName,
        isWildcard: Bool = false,
        _ methods: [String],
        _ policy: (DomainName, Authorization?) -> Policy
    ) -> [ExplainRequest.Issuance] {
        guard let proved = name.certified else { return [] }
        let rules = policy(proved, nil).caa
        guard rules.check != .ignore else { return [] }
        let issuers = rules.issuers.map { CertificateAuthorities.named($0) }
        let request = CAARequest(
            Identifier(proved, isWildcard: isWildcard),
            issuers: issuers,
            methods: methods,
            accountURI: rules.account
        )
        return [ExplainRequest.Issuance(request, isEnforced: rules.check == .enforce)]
    }

    /// By the CAs that the policy names, else by the provider's.
    private static func issuance(
        of identifier: Identifier,
        _ authorization: Authorization,
        _ policy: (DomainName, Authorization?) -> Policy
    ) -> [ExplainRequest.Issuance] {
        let rules = policy(identifier.name, authorization).caa
        guard rules.check != .ignore else { return [] }
        let request = CAARule.request(identifier, authorization, policy(identifier.name, authorization))
        return [ExplainRequest.Issuance(request, isEnforced: rules.check == .enforce)]
    }
}

extension ProviderReading {
    /// Whether what a person typed is among what was read.
    package func lists(_ target: ExplainTarget) -> Bool { authorizations.contains { target.means($0) } }
}

/// What a person may type: a name, a wildcard, the URL of a token file, `provider:id`, or an order's handle.
package struct ExplainTarget: Sendable {
    private let text: String
    /// The name to look at where no provider knows it.
    package let name: DomainName?
    package let isWildcard: Bool
    private let path: HTTPTokenPath?

    package init(_ text: String) throws(CheckRequest.Refusal) {
        let scheme = Array("http://".utf8)
        if ASCII.lowercased(text).utf8.starts(with: scheme) {
            let record = try CheckRequest.record(name: text, type: "http", value: "any")
            guard case .http(let host, let path, _) = record.content else {
                throw CheckRequest.Refusal(description: "\(OctetText(text.utf8)) is no token file's URL")
            }
            (self.text, name, isWildcard, self.path) = (host.text, host, false, path)
            return
        }
        self.text = text
        path = nil
        if text.utf8.contains(0x3A) {
            (name, isWildcard) = (nil, false)
            guard (try? AuthorizationKey(text)) != nil else {
                throw CheckRequest.Refusal(
                    description: "\"\(OctetText(text.utf8).shortened())\" is neither a name nor provider:id"
                )
            }
            return
        }
        do {
            let identifier = try Identifier(text)
            (name, isWildcard) = (identifier.name, identifier.isWildcard)
        } catch {
            // An order's handle need not be a name, but it is never anything else than harmless octets.
            guard (try? AuthorizationID(text)) != nil else {
                throw CheckRequest.Refusal(description: "\(error.told(as: .name)); and it is no order's handle")
            }
            (name, isWildcard) = (nil, false)
        }
    }

    /// Whether a provider may list it, as far as its configuration tells.
    package func concerns(_ provider: any Provider) -> Bool {
        if let key = try? AuthorizationKey(text), text.utf8.contains(0x3A) { return provider.name == key.provider }
        guard isName, let name else { return true }
        return provider.mayList(name)
    }

    /// False for what may be an order's handle: one without a dot is a name with one label, too, and nobody's to be asked for.
    package var isName: Bool { name.map { $0.labels.count > 1 } ?? false }

    func means(_ authorization: Authorization) -> Bool { authorization.isMeant(by: text) }

    func wants(_ record: RequiredRecord) -> Bool {
        guard let path else { return true }
        guard case .http(_, let own, _) = record.content else { return false }
        return own == path
    }
}
