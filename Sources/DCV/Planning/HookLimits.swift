// What a hook that was seen to break a promise is not asked for: a test of the hook says which, and other values are what is at stake.

/// The rule about hooks that cannot keep their hands off others' values. Asked when a step is planned, by what was surveyed, and again
/// before the hook is called, by what its servers show then.
package enum HookLimits {
    /// Why this publisher is not asked; nil when it may be.
    /// - Parameter others: values of other people, or of other orders, that stand at the target and must stay.
    package static func refusal(
        _ effect: HookVerdict.Effect,
        _ record: RequiredRecord,
        at target: DomainName,
        by publisher: Situation.PublisherView,
        others: Set<OctetText>
    ) -> Finding? {
        // A CNAME has nothing beside it, and a token file is one.
        guard record.kind == .txt, !others.isEmpty, let broken = publisher.broken else { return nil }
        let standing = others.sorted { $0.description < $1.description }.map { "\"\($0.shortened())\"" }.listed(upTo: 3)
        switch effect {
        case .publish where broken.contains(.keepsOthers):
            return Finding(
                replacesCode,
                .error,
                subject: "\(record)",
                saw:
                    "\(standing) at \(target), and publisher \(publisher.name) was seen not to add beside other values (hook test)",
                wanted: "a publisher that adds beside what is there",
                advice:
                    "repair the hook and test it again (dnsproof hook test \(publisher.name)), or give the zone another "
                    + "publisher, or add the record by hand"
            )
        case .withdraw where broken.contains(.withdrawsOne):
            return Finding(
                removesCode,
                .error,
                subject: "\(record)",
                saw:
                    "\(standing) at \(target), and publisher \(publisher.name) was seen not to take one of several values away (hook test)",
                wanted: "this one value withdrawn",
                advice:
                    "repair the hook and test it again (dnsproof hook test \(publisher.name)), or remove the record by hand"
            )
        case .publish, .withdraw: return nil
        }
    }

    /// Nothing may stand beside a CNAME (RFC 2181 10.1). What a hook would have to take away first is for a person to decide about.
    /// - Parameter before: what stands at the target.
    package static func collision(
        _ effect: HookVerdict.Effect,
        _ record: RequiredRecord,
        _ before: RRsetView
    ) -> Finding? {
        let standing = (before.otherType ?? []).subtracting(before.wildcard ?? [])
        guard effect == .publish, record.kind == .cname, !standing.isEmpty else { return nil }
        let texts = standing.sorted { $0.description < $1.description }.map { "\"\($0.shortened())\"" }
        return Finding(
            besideCNAMECode,
            .error,
            subject: "\(record)",
            saw: "TXT \(texts.listed(upTo: 3)) at \(before.name), where a CNAME can only stand alone",
            wanted: "\(before.name) without any other record",
            advice: "remove what nobody needs there any more, or let the provider ask for another record"
        )
    }

    package static let replacesCode = "hook-replaces"
    package static let besideCNAMECode = "cname-beside-others"
    package static let removesCode = "hook-removes-all"

    /// What a survey showed beside the record, at any of the zone's own servers.
    static func others(in survey: Survey, than record: RequiredRecord) -> Set<OctetText> {
        var values: Set<OctetText> = []
        for observation in survey.observations where !observation.isRecursive {
            switch observation.sighting {
            case .present(let others): values.formUnion(others)
            case .wrong(let saw, _): values.formUnion(saw)
            case .absent, .notServed, .unreachable, .bogus, .hostile: continue
            }
        }
        return values.filter { $0.bytes != Array(record.value.utf8) }
    }

    /// What stands at a target by surveys and by the journal, beside one record.
    static func others(
        than record: RequiredRecord,
        at target: DomainName,
        leaving: Set<RequiredRecord> = [],
        in draft: Draft
    ) -> Set<OctetText> {
        var values: Set<OctetText> = []
        for survey in draft.situation.surveys where survey.owner == target && survey.record.kind == record.kind {
            values.formUnion(others(in: survey, than: record))
            if survey.observations.contains(where: { $0.sighting.isPresent }) {
                values.insert(OctetText(survey.record.value.utf8))
            }
        }
        for own in draft.published where own.target == target && own.record.kind == record.kind {
            values.insert(OctetText(own.record.value.utf8))
        }
        let going = Set((leaving.map(\.value) + [record.value]).map { OctetText($0.utf8) })
        return values.subtracting(going)
    }
}

extension RRsetView {
    /// Values that stand here and are somebody's: not the record's own, no wildcard's, and none that is going anyway.
    package func others(than record: RequiredRecord, leaving: Set<OctetText>) -> Set<OctetText> {
        Set(values.values.joined()).subtracting(wildcard ?? []).subtracting(leaving)
            .filter { $0.bytes != Array(record.value.utf8) }
    }
}
