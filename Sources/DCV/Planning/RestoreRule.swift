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
    ///   - distrusted: publishers that have done harm in this pass.
    package static func publications(
        _ harm: HookHarm,
        _ culprit: Step.Publication,
        _ effect: HookVerdict.Effect,
        own: Set<OctetText>,
        distrusted: Set<String> = [],
        _ situation: Situation
    ) -> [Step.Publication] {
        let policy = situation.zones.policy(for: harm.target)
        guard policy.publish.restores, policy.publish.isAllowed, harm.lost.count <= valueLimit,
            let rule = situation.rule(for: harm.target)
        else { return [] }
        func publisher(for kind: RecordKind) -> String? {
            let other = rule.publishers.first {
                $0.name != culprit.publisher && $0.serves(kind, at: harm.target)
                    && situation.history.quarantined[$0.name] == nil && !distrusted.contains($0.name)
            }
            let itself = rule.publishers.first { $0.name == culprit.publisher && $0.serves(kind, at: harm.target) }
            return (other ?? (effect == .withdraw ? itself : nil))?.name
        }
        // What this agent has published itself, the planner publishes again where it is still needed. What it has only put back once before
        // is somebody else's all the same.
        let wanted = Set(situation.authorizations.flatMap(\.records).map(\.content))
        let published = situation.history.published.map(\.record)
        let putBack = Set(published.filter { $0.purpose == .standing && !wanted.contains($0.content) }.map(\.content))
        let planned = Set(published.map(\.content)).subtracting(putBack)
        return harm.lost.compactMap { value -> Step.Publication? in
            guard let content = content(value, harm, effect), !planned.contains(content),
                putBack.contains(content) || !own.contains(value)
            else { return nil }
            let record = RequiredRecord(content, purpose: .standing)
            guard let publisher = publisher(for: record.kind) else { return nil }
            return Step.Publication(
                record: record,
                target: harm.target,
                zone: culprit.zone,
                publisher: publisher,
                ttlSeconds: policy.publish.ttlSeconds
            )
        }
    }

    /// Nil for what no typed value can hold: a person puts that back.
    private static func content(
        _ value: OctetText,
        _ harm: HookHarm,
        _ effect: HookVerdict.Effect
    ) -> RequiredRecord.Content? {
        let isOther = harm.otherType.contains(value)
        let text = String(decoding: value.bytes, as: UTF8.self)
        guard text.utf8.elementsEqual(value.bytes) else { return nil }
        switch harm.kind {
        // Beside what was published in its place it cannot stand.
        case .txt where isOther && effect == .publish: return nil
        case .txt where isOther: return RRsetView.aliasTarget(value).map { .cname(name: harm.target, target: $0) }
        case .txt: return (try? TXTValue(text)).map { .txt(name: harm.target, value: $0) }
        case .cname where isOther: return (try? TXTValue(text)).map { .txt(name: harm.target, value: $0) }
        case .cname: return (try? DomainName(value.bytes)).map { .cname(name: harm.target, target: $0) }
        case .http: return nil
        }
    }
}
