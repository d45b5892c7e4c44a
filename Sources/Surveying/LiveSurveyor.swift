// The eyes as the rest of the program has them: every look is a pass of its own over the live world.
package import DCV
import LDNS
package import Platform

/// Surveys records at the authoritative servers, at web hosts and, when those all agree, at named resolvers.
package struct LiveSurveyor: Surveyor {
    private let configuration: SurveyorConfiguration
    private let exchange: any Asking
    private let http: any HTTPExchanging
    private let clock: any Clock
    private let random: any RandomSource
    private let memory: ZoneMemory

    package init(
        configuration: SurveyorConfiguration,
        exchange: any Asking,
        http: any HTTPExchanging,
        clock: any Clock,
        random: any RandomSource
    ) {
        self.configuration = configuration
        self.exchange = exchange
        self.http = http
        self.clock = clock
        self.random = random
        memory = ZoneMemory(clock: clock, limitSeconds: configuration.limits.zoneMemorySeconds)
    }

    private func newPass() -> SurveyPass {
        SurveyPass(
            configuration: configuration,
            exchange: exchange,
            clock: clock,
            random: random,
            memory: memory
        )
    }

    package func survey(_ requests: [SurveyRequest]) async -> [Survey] {
        let pass = newPass()
        return await withTaskGroup(of: (Int, Survey).self) { group in
            var surveys = [Survey?](repeating: nil, count: requests.count)
            var waiting = requests.enumerated().makeIterator()
            func startNext() {
                guard let (index, request) = waiting.next() else { return }
                group.addTask { (index, await survey(request, index, pass)) }
            }
            for _ in 0..<configuration.limits.recordsAtOnce { startNext() }
            for await (index, survey) in group {
                surveys[index] = survey
                startNext()
            }
            forgetTrouble(surveys.compactMap { $0 })
            return surveys.compactMap { $0 }
        }
    }

    package func climb(_ names: [DomainName]) async -> [CAAClimb] {
        let pass = newPass()
        let look = CAALook(cuts: ZoneCuts(pass: pass))
        return await withTaskGroup(of: (Int, CAAClimb).self) { group in
            var climbs = [CAAClimb?](repeating: nil, count: names.count)
            var waiting = names.enumerated().makeIterator()
            func startNext() {
                guard let (index, name) = waiting.next() else { return }
                group.addTask { (index, await look.climb(from: name, for: pass.errand(forClimb: index))) }
            }
            for _ in 0..<configuration.limits.recordsAtOnce { startNext() }
            for await (index, climb) in group {
                climbs[index] = climb
                startNext()
            }
            forgetTrouble(climbs.compactMap { $0 })
            return climbs.compactMap { $0 }
        }
    }

    package func rrset(of record: RequiredRecord, at target: DomainName) async -> RRsetView {
        let pass = newPass()
        let cuts = ZoneCuts(pass: pass)
        let errand = pass.errand(forRecord: 0)
        // Somebody is at the zone.
        memory.beside.forget(Set(target.selfAndAncestors))
        let view = AuthoritativeView(cuts: cuts)
        var values: [IPAddressText: [OctetText]]
        var otherType: Set<OctetText> = []
        switch record.content {
        case .txt: (values, otherType) = await view.values(at: target, .txt, for: errand)
        case .cname:
            (values, _) = await view.values(at: target, .cname, for: errand)
            // Nothing may stand beside a CNAME (RFC 2181 10.1): these would go.
            let (beside, aliases) = await view.values(at: target, .txt, for: errand)
            for (address, texts) in beside where values[address] != nil && aliases.isDisjoint(with: texts) {
                values[address]? += texts
                otherType.formUnion(texts)
            }
            // Whoever has told only one half of it has not told that nothing stands there.
            values = values.filter { !$0.value.isEmpty || beside[$0.key] != nil }
        case .http(_, let path, _):
            values = await HTTPToken(cuts: cuts, http: http).values(host: target, path: path, for: errand)
        }
        var wildcard: Set<OctetText> = []
        if record.kind != .http, values.values.contains(where: { !$0.isEmpty }) {
            let beside = NamesBeside(cuts: cuts, zones: [])
            wildcard = await beside.wildcardValues(over: target, record.kind == .txt ? .txt : .cname, for: errand)
            if record.kind == .cname, !otherType.isEmpty {
                wildcard.formUnion(await beside.wildcardValues(over: target, .txt, for: errand))
            }
        }
        return RRsetView(
            name: target,
            kind: record.kind,
            values: values,
            wildcard: wildcard.sorted(),
            otherType: otherType
        )
    }

    package func view(of name: DomainName) async -> NameView {
        let pass = newPass()
        let look = await AuthoritativeView(cuts: ZoneCuts(pass: pass)).look(at: name, for: pass.errand(forRecord: 0))
        return NameView(
            name: name,
            at: clock.now(),
            zone: look.zone,
            zones: look.zones,
            security: look.security,
            problems: look.problems
        )
    }

    private func survey(_ request: SurveyRequest, _ index: Int, _ pass: SurveyPass) async -> Survey {
        let cuts = ZoneCuts(pass: pass)
        let errand = pass.errand(forRecord: index)
        switch request.record.content {
        case .txt: return await survey(request, .txt, cuts, errand)
        case .cname: return await survey(request, .cname, cuts, errand)
        case .http(let host, let path, let body):
            let token = HTTPToken(cuts: cuts, http: http, dnssec: request.propagation.dnssec)
            let look = await token.look(at: request.record, host: host, path: path, body: body, for: errand)
            return survey(of: request.record, look)
        }
    }

    private func survey(
        _ request: SurveyRequest,
        _ type: RecordType,
        _ cuts: ZoneCuts,
        _ errand: Errand
    ) async -> Survey {
        var look = await AuthoritativeView(cuts: cuts, dnssec: request.propagation.dnssec)
            .look(at: request.record, type, for: errand)
        let survey = survey(of: request.record, look)
        // A resolver that is asked too early keeps a "no": it is asked only when nothing else is lacking.
        guard !request.propagation.resolvers.isEmpty,
            Propagation.judge(survey, request.propagation.withoutResolvers) == .complete
        else { return survey }
        let view = RecursiveView(configuration: configuration, exchange: exchange)
        look.observations += await view.observe(request.record, type, resolvers: request.propagation.resolvers)
        return self.survey(of: request.record, look)
    }

    private func survey(of record: RequiredRecord, _ look: AuthoritativeLook) -> Survey {
        let now = clock.now()
        return Survey(
            record: record,
            at: now,
            zone: look.zone,
            chain: look.chain,
            observations: look.observations,
            problems: look.problems + [Survey.Problem.ended(record, at: now)].compactMap { $0 },
            zones: look.zones,
            security: look.security,
            wildcardZone: look.wildcardZone
        )
    }

    // MARK: what is learnt anew

    private func forgetTrouble(_ climbs: [CAAClimb]) {
        let troubled = climbs.flatMap(\.rungs).filter { $0.failure != nil }
        for isUnsound in [true, false] {
            let rungs = troubled.filter { ($0.security?.isSound == false) == isUnsound }
            memory.forget(Set(rungs.flatMap { [$0.name] + $0.aliases }), withRegistries: isUnsound)
        }
    }

    /// What was known of zones may be why a record cannot be judged or does not show: the next look learns it anew. A chain of trust
    /// that does not hold may be broken anywhere up to its anchor.
    private func forgetTrouble(_ surveys: [Survey]) {
        memory.forget(Set(surveys.filter(\.isUnsound).flatMap(\.names)), withRegistries: true)
        memory.forget(Set(surveys.filter(\.isTroubled).flatMap(\.names)), withRegistries: false)
    }
}

extension Survey {
    /// The names that it went by.
    fileprivate var names: [DomainName] { chain + zones.flatMap { $0.servers.map(\.name) } }

    fileprivate var isUnsound: Bool {
        security?.isSound == false
            || observations.contains { observation in
                if case .bogus = observation.sighting { !observation.isRecursive } else { false }
            }
    }

    /// A notice is none: nobody is kept from judging by it.
    fileprivate var isTroubled: Bool {
        problems.contains { $0.blocksJudgement || $0.silences != nil }
            || observations.contains { observation in
                switch observation.sighting {
                case .present, .absent, .wrong, .bogus: false
                case .notServed, .unreachable, .hostile: !observation.isRecursive
                }
            }
    }
}
