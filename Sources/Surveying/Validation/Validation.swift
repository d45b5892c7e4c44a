// DNSSEC: a chain of trust of our own, zone by zone from the anchors, and the judgement of answers by it.
import DCV
import LDNS

/// Validates what authoritative servers say. Every question it needs is asked once in a pass, each signature computed
/// once, on the threads of whoever asks.
struct Validation: Sendable {
    let cuts: ZoneCuts

    private var pass: SurveyPass { cuts.pass }
    private var configuration: SurveyorConfiguration { cuts.configuration }
    private var ledger: SignatureLedger { pass.trust.ledger }

    /// Whether anything is validated at all: a laboratory without anchors of its own has no chain.
    var isOn: Bool { configuration.trustAnchors != nil }

    /// What DNSSEC says of an answer to `question` from a server of `zone`. It is about the question's own name: a CNAME
    /// there is judged, what it leads to needs its own question to its own zone.
    ///
    /// Nil when nothing was examined, or when the message is no answer (refused, failed, a referral).
    func judge(
        _ message: Message,
        _ question: Question,
        zone: DomainName,
        for errand: Errand
    ) async -> SecurityStatus? {
        guard isOn, Reading(message, to: question, zone: zone).isAnswer else { return nil }
        switch await trust(in: zone, for: errand) {
        case .secure(let keys):
            return AnswerJudge(zone: zone, keys: keys, now: pass.clock.now(), ledger: ledger).judge(message, question)
        case let other: return other.status
        }
    }

    /// The status of a zone's keys; nil when nothing was examined.
    func security(of zone: DomainName, for errand: Errand) async -> SecurityStatus? {
        isOn ? await trust(in: zone, for: errand).status : nil
    }

    /// Why nothing is validated although it is wanted; nil when it is, or is off.
    func notExamined(_ zone: DomainName, for errand: Errand) async -> String? {
        guard isOn, case .notExamined(let why) = await trust(in: zone, for: errand) else { return nil }
        return why
    }

    // MARK: the chain

    func trust(in apex: DomainName, for errand: Errand) async -> ZoneTrust {
        await learnt(apex, for: errand).trust
    }

    private func learnt(_ apex: DomainName, for errand: Errand) async -> TrustMemory.Learnt {
        await pass.trust.trust(in: apex) { await learn(apex, errand) }
    }

    /// The errand of a zone's own questions: on the zone's account, within the time of whoever waits.
    private func errand(_ apex: DomainName, _ errand: Errand) -> Errand {
        Errand(account: .zone(apex), endsAtMilliseconds: errand.endsAtMilliseconds)
    }

    private func learn(_ apex: DomainName, _ asked: Errand) async -> TrustMemory.Learnt {
        let now = pass.clock.now()
        guard now >= ValidationLimits.earliestClock, now < ValidationLimits.latestClock else {
            let why = "this machine's clock says \(now.utcText): signatures cannot be dated"
            return .init(trust: .indeterminate(why), isFinal: true)
        }
        let errand = errand(apex, asked)
        if let anchors = configuration.trustAnchors?.anchors(of: apex) {
            return await learnKeys(of: apex, by: .anchors(anchors), until: .max, errand)
        }
        guard configuration.trustAnchors?.cover(apex) == true, let above = apex.parent else {
            let why = "no trust anchor is configured for \(apex) or a zone above it"
            return .init(trust: .insecure(why), isFinal: true, endsAtMilliseconds: .max)
        }
        let located: Located
        if let resolver = configuration.via {
            located = await cuts.zoneAbove(apex, from: resolver, for: errand)
        } else {
            located = await cuts.zone(of: above, for: errand)
        }
        guard let parent = located.zone else {
            let why = located.problem?.text ?? "nobody answered"
            return unfinished(located.problem, "\(apex): its parent zone is not known: \(why)", errand)
        }
        let known = await learnt(parent.apex, for: asked)
        guard case .secure(let keys) = known.trust else {
            return .init(trust: known.trust, isFinal: true, endsAtMilliseconds: known.endsAtMilliseconds)
        }
        return await learnBelow(parent, keys, apex, until: known.endsAtMilliseconds, errand)
    }

    /// - Parameter end: when what is known of the parent ends.
    private func learnBelow(
        _ parent: Zone,
        _ keys: [DNSKEY],
        _ apex: DomainName,
        until end: Int64,
        _ errand: Errand
    ) async -> TrustMemory.Learnt {
        let judge = AnswerJudge(zone: parent.apex, keys: keys, now: pass.clock.now(), ledger: ledger)
        let question = Question(apex, .ds)
        let found: Found<[DS]?> = await ask(parent, question, errand) { message in
            switch judge.judgeDelegation(message, of: apex) {
            case .signed(let digests): .good(digests)
            case .unsigned(let why): .settled(.insecure(why))
            case .bogus(let why): .bad(.bogus(why))
            case .overspent: .bad(.indeterminate(ValidationLimits.overspent(parent.apex)))
            }
        }
        switch found {
        case .good(let digests?, let ownEnd):
            let end = min(end, ownEnd)
            guard let why = KeyJudge.unknown(digests, of: apex) else {
                return await learnKeys(of: apex, by: .digests(digests), until: end, errand)
            }
            return .init(trust: .insecure(why), isFinal: true, endsAtMilliseconds: end)
        case .good(nil, _): return .init(trust: .indeterminate("\(apex): no answer about its DS"), isFinal: true)
        case .other(let trust, let isFinal, let ownEnd):
            return .init(trust: trust, isFinal: isFinal, endsAtMilliseconds: min(end, ownEnd))
        }
    }

    /// - Parameter end: when what is known of the zones above ends.
    private func learnKeys(
        of apex: DomainName,
        by pointer: KeyJudge.Pointer,
        until end: Int64,
        _ errand: Errand
    ) async -> TrustMemory.Learnt {
        var zone = Zone(Delegation(apex: apex, servers: [], unusable: [], ttlSeconds: 0), isFromParent: false)
        if configuration.via == nil {
            let located = await cuts.zone(of: apex, for: errand)
            guard let found = located.zone, found.apex == apex else {
                let why = located.problem?.text ?? "its own servers do not answer for it"
                return unfinished(located.problem, "\(apex): its servers are not known: \(why)", errand)
            }
            zone = found
        }
        let judge = KeyJudge(zone: apex, now: pass.clock.now(), ledger: ledger)
        let found: Found<ZoneTrust> = await ask(zone, Question(apex, .dnskey), errand) { message in
            switch judge.judge(message, by: pointer) {
            case .secure(let keys): .good(.secure(keys))
            case let other: .bad(notExamined(message, pointer) ?? other)
            }
        }
        switch found {
        case .good(let trust, let ownEnd):
            return .init(trust: trust, isFinal: true, endsAtMilliseconds: min(end, ownEnd))
        case .other(let trust, let isFinal, _): return .init(trust: trust, isFinal: isFinal)
        }
    }

    /// Behind a named resolver that answers without signatures nothing can be validated, and nothing is wrong with the zones. One that
    /// fails to answer may do so the next time.
    private func notExamined(_ message: Message, _ pointer: KeyJudge.Pointer) -> ZoneTrust? {
        guard let resolver = configuration.via, case .anchors = pointer,
            !(message.answer + message.authority).contains(where: { $0.type == .rrsig })
        else { return nil }
        return .notExamined("the resolver \(resolver.name) under `via:` hands on no signatures")
    }

    /// The same where the resolver declines the question for the anchor's keys: one that knows nothing of DNSSEC does so each time.
    private func notExamined(declining question: Question, with rcode: Rcode) -> ZoneTrust? {
        guard let resolver = configuration.via, question.type == .dnskey,
            configuration.trustAnchors?.anchors(of: question.name) != nil,
            [.refused, .notImplemented, .formatError].contains(rcode)
        else { return nil }
        return .notExamined("the resolver \(resolver.name) under `via:` answers \"\(question)\" with \(rcode)")
    }

    private func unfinished(_ problem: Survey.Problem?, _ text: String, _ errand: Errand) -> TrustMemory.Learnt {
        let hasTime = pass.clock.monotonicMilliseconds() < errand.endsAtMilliseconds
        return .init(trust: .indeterminate(text), isFinal: hasTime && problem?.code != .queryBudgetSpent)
    }

    // MARK: a registry's denial

    /// What DNSSEC says of a registry's "no such domain"; nil when nothing was examined. It is asked for once more: whoever looks for a
    /// zone keeps no messages.
    func status(of denial: Located.Denial?, for errand: Errand) async -> SecurityStatus? {
        guard isOn, configuration.via == nil, let denial else { return nil }
        switch await trust(in: denial.zone.apex, for: errand) {
        case .secure(let keys):
            let judge = AnswerJudge(zone: denial.zone.apex, keys: keys, now: pass.clock.now(), ledger: ledger)
            let found: Found<SecurityStatus> = await ask(denial.zone, denial.question, errand) { message in
                switch judge.judge(message, denial.question) {
                case .bogus(let why): .bad(.bogus(why))
                case let status: .good(status)
                }
            }
            switch found {
            case .good(let status, _): return status
            case .other(let trust, _, _): return trust.status
            }
        case let other: return other.status
        }
    }

    // MARK: one question to a zone's servers, until one answer is good

    private enum Judged<Value> {
        case good(Value)
        /// Good, and the chain ends here.
        case settled(ZoneTrust)
        /// Another server may know better.
        case bad(ZoneTrust)
    }

    /// With the monotonic reading at which the answer ends.
    private enum Found<Value> {
        case good(Value, endsAtMilliseconds: Int64)
        case other(ZoneTrust, isFinal: Bool, endsAtMilliseconds: Int64 = 0)
    }

    private func ask<Value>(
        _ zone: Zone,
        _ question: Question,
        _ errand: Errand,
        _ judge: (Message) -> Judged<Value>
    ) async -> Found<Value> {
        // Beside a resolver nobody else is asked.
        let isDirect = configuration.via == nil
        let addresses = isDirect ? await cuts.workingAddresses(of: zone, for: errand) : ZoneCuts.WorkingAddresses()
        var rest = await pass.inOrder(addresses.usable, for: question)[...]
        var reasons = addresses.refusals
        var fault: ZoneTrust?
        var sizes = SurveyPass.waveSizes[...]
        repeat {
            let wave = rest.prefix(sizes.popFirst() ?? rest.count)
            rest = rest.dropFirst(wave.count)
            let answers: [Answer]
            do throws(GaveUp) {
                answers = try await self.answers(Array(wave), question, errand)
            } catch {
                let problem = cuts.problem(error, "to validate \(question.name)")
                return .other(fault ?? .indeterminate("\(zone.apex): \(problem.text)"), isFinal: false)
            }
            for answer in answers {
                switch read(answer, question, zone) {
                case .failure(let silence):
                    reasons.append(silence.reason)
                    fault = fault ?? silence.trust
                case .success(let message):
                    let end = pass.clock.monotonicMilliseconds() + 1000 * message.shortestTTLSeconds
                    switch judge(message) {
                    case .good(let value): return .good(value, endsAtMilliseconds: end)
                    case .settled(let trust): return .other(trust, isFinal: true, endsAtMilliseconds: end)
                    case .bad(let trust): fault = fault ?? trust
                    }
                }
            }
        } while !rest.isEmpty
        if let fault { return .other(fault, isFinal: true) }
        let told = reasons.listed(upTo: ValidationLimits.faultsTold, separator: "; ")
        return .other(.indeterminate("\(zone.apex): no server answered \"\(question)\": \(told)"), isFinal: true)
    }

    /// From the named resolver where there is one: DS and DNSKEY are no names that anybody waits for.
    private func answers(
        _ addresses: [IPAddress],
        _ question: Question,
        _ errand: Errand
    ) async throws(GaveUp) -> [Answer] {
        if let resolver = configuration.via { return [try await pass.answer(of: resolver, question, for: errand)] }
        let answers = try await pass.askEach(addresses, question, for: errand)
        return addresses.compactMap { answers[$0] }
    }

    private struct Silence: Error {
        let reason: String
        /// Set where the silence alone says how things stand.
        var trust: ZoneTrust?
    }

    private func read(_ answer: Answer, _ question: Question, _ zone: Zone) -> Result<Message, Silence> {
        let address = answer.query.address
        switch answer.outcome {
        case .unreachable(let reason), .hostile(let reason): return .failure(Silence(reason: "\(address): \(reason)"))
        case .message(let message):
            let needsAuthority = configuration.via == nil
            let reading = Reading(message, to: question, zone: zone.apex, needsAuthority: needsAuthority)
            if reading.isAnswer { return .success(message) }
            let reason = "\(address) \(reading.fault ?? "refers to other servers")"
            return .failure(Silence(reason: reason, trust: notExamined(declining: question, with: message.rcode)))
        }
    }
}

extension Reading {
    /// Whether it says something about the question's name: what DNSSEC can prove or refute.
    var isAnswer: Bool {
        switch self {
        case .records, .alias, .aliasNotUsable, .nothing, .cut: true
        case .referral, .notServed, .hostile: false
        }
    }
}

extension Message {
    /// How long all that it says may be kept, in seconds.
    fileprivate var shortestTTLSeconds: Int64 {
        (answer + authority).map { Int64($0.ttlSeconds) }.min() ?? 0
    }
}
