// Did a hook do what it was asked, and nothing else? Judged from the RRset before and after, never from the hook's word.

/// The judgement of one hook call from two looks at the RRset at its target, address by address.
package struct HookVerdict: Hashable, Sendable {
    package enum Effect: Hashable, Sendable { case publish, withdraw }

    /// Addresses at which the wanted state stands: the value shown after publish, gone after withdraw.
    package let settled: [IPAddress]
    /// Addresses that do not show the wanted state yet: secondaries lag, so this is no verdict on the hook.
    package let unsettled: [IPAddress]
    /// Values of others that an address showed before and shows no longer. Excused is an address that has only caught up with another
    /// one, where the value was gone already before the call.
    package let lost: [OctetText]
    /// Values that some address shows now, that none showed before and that were not asked for. One that stood somewhere before is
    /// only a secondary catching up.
    package let added: [OctetText]

    /// Whether others' values changed during the call. Somebody else may have changed them in the same seconds: the quarantine that
    /// follows is the safe side, and a person can lift it.
    package var touchedOthers: Bool { !lost.isEmpty || !added.isEmpty }

    /// Values of this agent's own that other steps have put there or taken away, at the same name: seen late, they are no fault of this hook.
    package struct OwnChanges: Hashable, Sendable {
        package static let none = OwnChanges(appearing: [], disappearing: [])

        package let appearing: Set<OctetText>
        package let disappearing: Set<OctetText>

        package init(appearing: Set<OctetText>, disappearing: Set<OctetText>) {
            self.appearing = appearing
            self.disappearing = disappearing
        }
    }

    /// - Parameter record: what the hook was asked about. A token file has one body and replaces another one by right, so nothing is
    ///   ever lost or added at its path.
    package static func judge(
        _ effect: Effect,
        record: RequiredRecord,
        before: RRsetView,
        after: RRsetView,
        own: OwnChanges = .none
    ) -> HookVerdict {
        let otherType = (before.otherType ?? []).union(after.otherType ?? [])
        func isWanted(_ seen: OctetText) -> Bool { record.isShown(by: seen) && !otherType.contains(seen) }
        // A server that has the change already may deny the wildcard that another one still shows.
        let foreign = Set((before.wildcard ?? []) + (after.wildcard ?? [])).filter { !isWanted($0) }
        let (before, after) = (before.without(foreign), after.without(foreign))
        let stoodSomewhere = Set(before.values.values.joined())
        var settled: [IPAddress] = []
        var unsettled: [IPAddress] = []
        var lost: Set<OctetText> = []
        var added: Set<OctetText> = []
        for (key, now) in after.values.sorted(by: { $0.key.address < $1.key.address }) {
            let isShown = now.contains(where: isWanted)
            if isShown == (effect == .publish) { settled.append(key.address) } else { unsettled.append(key.address) }
            // An address that was silent before has nothing to be compared with.
            guard record.kind != .http, let then = before.values[key] else { continue }
            lost.formUnion(
                then.filter { text in
                    !isWanted(text) && !now.contains(text)
                        && !hasCaughtUp(now, withOneThatLacked: text, before, after)
                }
            )
            added.formUnion(now.filter { !isWanted($0) && !stoodSomewhere.contains($0) })
        }
        return HookVerdict(
            settled: settled,
            unsettled: unsettled,
            lost: lost.subtracting(own.disappearing).sorted { $0.description < $1.description },
            added: added.subtracting(own.appearing).sorted { $0.description < $1.description }
        )
    }
}

/// Whether what an address shows `now` is shown by another one too, that had lost `text` before: then it was on its way out already.
private func hasCaughtUp(
    _ now: [OctetText],
    withOneThatLacked text: OctetText,
    _ before: RRsetView,
    _ after: RRsetView
) -> Bool {
    before.values.contains { key, then in
        guard !then.contains(text), let there = after.values[key] else { return false }
        return now.allSatisfy(there.contains)
    }
}

extension RequiredRecord {
    /// Whether a value that was seen is the wanted one.
    fileprivate func isShown(by seen: OctetText) -> Bool {
        switch content {
        case .txt(_, let value): seen.bytes == value.bytes
        case .cname(_, let target): (try? DomainName(seen.bytes)) == target
        case .http(_, _, let body): body.isShown(by: seen.bytes)
        }
    }
}
