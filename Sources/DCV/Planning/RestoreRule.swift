// What may be put back of the values that a hook took away: only where the policy says so, and only what is safe to hand to a hook.

package enum RestoreRule {
    /// A name with more values than this is a matter for a person.
    package static let valueLimit = 16

    /// The publications that bring back what is lost. They are standing: nobody who owns these values ever asked for their end.
    ///
    /// The zone's next publisher that has not lost trust does it. The one that did the harm does it only where it withdrew: then its way to
    /// publish is not the one that failed.
    /// - Parameters:
    ///   - culprit: what the harmful call was asked to do.
    ///   - own: values that this agent has published at the name, in this very pass too.
    package static func publications(
        _ harm: HookHarm,
        _ culprit: Step.Publication,
        _ effect: HookVerdict.Effect,
        own: Set<OctetText>,
        _ situation: Situation
    ) -> [Step.Publication] {
        let policy = situation.zones.policy(for: harm.target)
        guard policy.publish.restores, policy.publish.isAllowed, harm.lost.count <= valueLimit,
            let rule = situation.rule(for: harm.target)
        else { return [] }
        let other = rule.publishers.first {
            $0.name != culprit.publisher && $0.serves(harm.kind, at: harm.target)
                && situation.history.quarantined[$0.name] == nil
        }
        guard let publisher = other?.name ?? (effect == .withdraw ? culprit.publisher : nil) else { return [] }
        // What this agent has published itself, the planner publishes again where it is still needed.
        let published = Set(situation.history.published.map(\.record.content))
        let foreign = harm.lost.filter { !own.contains($0) }
        return foreign.compactMap { content($0, harm) }.filter { !published.contains($0) }.map { content in
            Step.Publication(
                record: RequiredRecord(content, purpose: .standing),
                target: harm.target,
                zone: culprit.zone,
                publisher: publisher,
                ttlSeconds: policy.publish.ttlSeconds
            )
        }
    }

    /// Nil for what no typed value can hold: a person puts that back.
    private static func content(_ value: OctetText, _ harm: HookHarm) -> RequiredRecord.Content? {
        let text = String(decoding: value.bytes, as: UTF8.self)
        guard text.utf8.elementsEqual(value.bytes) else { return nil }
        switch harm.kind {
        case .txt: return (try? TXTValue(text)).map { .txt(name: harm.target, value: $0) }
        case .cname: return (try? DomainName(value.bytes)).map { .cname(name: harm.target, target: $0) }
        case .http: return nil
        }
    }
}
