// Did a hook do what it was asked, and nothing else? Judged from the RRset before and after, never from the hook's word.

/// The judgement of one hook call from two looks at the RRset at its target, address by address.
package struct HookVerdict: Hashable, Sendable {
    package enum Effect: Hashable, Sendable { case publish, withdraw }

    /// Addresses at which the wanted state stands: the value shown after publish, gone after withdraw.
    package let settled: [IPAddress]
    /// Addresses that do not show the wanted state yet: secondaries lag, so this is no verdict on the hook.
    package let unsettled: [IPAddress]
    /// Values of others that every answering address showed before and some address shows no longer. One that was missing somewhere
    /// before was already on its way out.
    package let lost: [OctetText]
    /// Values that some address shows now, that none showed before and that were not asked for. One that stood somewhere before is
    /// only a secondary catching up.
    package let added: [OctetText]

    /// Whether others' values changed during the call. Somebody else may have changed them in the same seconds: the quarantine that
    /// follows is the safe side, and a person can lift it.
    package var touchedOthers: Bool { !lost.isEmpty || !added.isEmpty }

    /// - Parameter value: the value the hook was asked about, as octets.
    package static func judge(
        _ effect: Effect,
        value: OctetText,
        before: RRsetView,
        after: RRsetView
    ) -> HookVerdict {
        let stoodSomewhere = Set(before.values.values.joined())
        let stoodEverywhere = stoodSomewhere.filter { text in before.values.values.allSatisfy { $0.contains(text) } }
        var settled: [IPAddress] = []
        var unsettled: [IPAddress] = []
        var lost: Set<OctetText> = []
        var added: Set<OctetText> = []
        for (key, now) in after.values.sorted(by: { $0.key.address < $1.key.address }) {
            let isShown = now.contains(value)
            if isShown == (effect == .publish) { settled.append(key.address) } else { unsettled.append(key.address) }
            // An address that was silent before has nothing to be compared with.
            guard before.values[key] != nil else { continue }
            lost.formUnion(stoodEverywhere.filter { $0 != value && !now.contains($0) })
            added.formUnion(now.filter { $0 != value && !stoodSomewhere.contains($0) })
        }
        return HookVerdict(
            settled: settled,
            unsettled: unsettled,
            lost: lost.sorted { $0.description < $1.description },
            added: added.sorted { $0.description < $1.description }
        )
    }
}
