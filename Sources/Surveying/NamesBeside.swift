// Questions about names beside a record's own: what a wildcard answers, and whether a missing value was put at a name
// with labels typed twice.
import DCV
import LDNS

struct NamesBeside: Sendable {
    /// Names above the record's own at which a wildcard is looked for.
    private static let wildcardDepth = 4

    let cuts: ZoneCuts

    func look(round record: RequiredRecord, _ type: RecordType, _ look: inout AuthoritativeLook, for errand: Errand)
        async
    {
        let sightings = look.observations.filter { !$0.isRecursive }.map(\.sighting)
        // Where the record's own name leads, and what stands at the end.
        if look.chain.count > 1 {
            let shown = [RequiredRecord.aliasText(look.chain[1])]
            await lookForWildcard(at: look.chain[0], type, showing: shown, &look, for: errand)
        }
        if let name = look.chain.last, let shown = sightings.lazy.compactMap({ $0.values(besides: record) }).first {
            await lookForWildcard(at: name, type, showing: shown, &look, for: errand)
        } else if let name = look.chain.last, look.isLastNameEmpty {
            await lookForHiddenWildcard(at: name, type, &look, for: errand)
        }
        let isMissing = !sightings.contains(where: \.isPresent) && sightings.contains { $0.isAbsentOrWrong }
        if isMissing { await lookForDoubledLabels(of: record, type, &look, for: errand) }
    }

    // MARK: wildcards

    private struct Wildcard {
        /// The name that the wildcard's star stands before.
        let above: DomainName
        let probe: Question
        let shown: [OctetText]
        let address: IPAddress?
    }

    private func lookForWildcard(
        at name: DomainName,
        _ type: RecordType,
        showing shown: [OctetText],
        _ look: inout AuthoritativeLook,
        for errand: Errand
    ) async {
        guard let wildcard = await wildcard(over: name, type, for: errand), Set(wildcard.shown) == Set(shown) else {
            return
        }
        let values = shown.prefix(3).map { "\"\($0.shortened())\"" }.joined(separator: ", ")
        let problem = Survey.Problem(
            .wildcardAnswers,
            "what \(name) shows (\(values)) comes from the wildcard *.\(wildcard.above)",
            wanted: "a record at \(name) itself",
            reproduce: wildcard.address.map { cuts.dig($0, wildcard.probe) }
        )
        if !look.problems.contains(problem) { look.problems.append(problem) }
    }

    private func lookForHiddenWildcard(
        at name: DomainName,
        _ type: RecordType,
        _ look: inout AuthoritativeLook,
        for errand: Errand
    ) async {
        guard let wildcard = await wildcard(over: name, type, for: errand) else { return }
        look.problems.append(
            Survey.Problem(
                .emptyNonTerminal,
                "\(name) exists without \(type), as a name with others below it does: the wildcard "
                    + "*.\(wildcard.above), which has that type, does not reach it",
                wanted: "a record at \(name) itself",
                reproduce: wildcard.address.map { cuts.dig($0, Question(name, type)) }
            )
        )
    }

    /// The wildcard that would answer for a name: found by asking for a name that nobody can have made. The star stands
    /// before the highest name at which such a question still gets the same answer.
    private func wildcard(over name: DomainName, _ type: RecordType, for errand: Errand) async -> Wildcard? {
        guard let zone = await cuts.zone(of: name, for: errand).zone, zone.apex != name else { return nil }
        let addresses = await cuts.serverSet(of: zone).addresses
        var found: Wildcard?
        let names = name.selfAndAncestors.dropFirst().prefix(Self.wildcardDepth)
        for above in names where above.isSubdomain(of: zone.apex) {
            guard let probe = try? above.prepending(cuts.pass.unguessableLabel) else { return found }
            let question = Question(probe, type)
            guard case .reading(let reading) = await cuts.pass.ask(zone.apex, at: addresses, question, for: errand),
                let shown = reading.shownValues, found.map({ $0.shown == shown }) ?? true
            else { return found }
            found = Wildcard(above: above, probe: question, shown: shown, address: addresses.first)
        }
        return found
    }

    // MARK: labels typed twice

    private func lookForDoubledLabels(
        of record: RequiredRecord,
        _ type: RecordType,
        _ look: inout AuthoritativeLook,
        for errand: Errand
    ) async {
        guard let name = look.chain.last, let zone = await cuts.zone(of: name, for: errand).zone else { return }
        let addresses = await cuts.serverSet(of: zone).addresses
        let wanted = OctetText(record.value.utf8)
        for doubled in Self.doubled(name, zone.apex) {
            let question = Question(doubled, type)
            guard case .reading(let reading) = await cuts.pass.ask(zone.apex, at: addresses, question, for: errand),
                let shown = reading.shownValues, shown.contains(wanted),
                // What a wildcard shows everywhere, nobody typed.
                await wildcard(over: doubled, type, for: errand)?.shown != shown
            else { continue }
            look.problems.append(
                Survey.Problem(
                    .doubledLabel,
                    "the value stands at \(doubled), not at \(name)",
                    wanted: "the value at \(name)",
                    reproduce: addresses.first.map { cuts.dig($0, question) }
                )
            )
        }
    }

    /// What a console makes of a full name (it adds the zone's), and of a relative one that it completes itself.
    static func doubled(_ name: DomainName, _ apex: DomainName) -> [DomainName] {
        let relative = name.labels.dropLast(apex.labels.count).joined(separator: ".")
        let texts = ["\(name.text).\(apex.text)"] + (relative.isEmpty ? [] : ["\(relative).\(name.text)"])
        return texts.compactMap { try? DomainName($0) }
    }
}

extension Reading {
    /// What stands at the name, sorted; nil when nothing does.
    fileprivate var shownValues: [OctetText]? {
        switch self {
        case .records(let records): Set(records.map(\.shownValue)).sorted()
        case .alias(let target, _): [RequiredRecord.aliasText(target)]
        case .aliasNotUsable, .nothing, .referral, .cut, .notServed, .hostile: nil
        }
    }
}

extension Sighting {
    /// All that stands at the name, if anything does.
    fileprivate func values(besides record: RequiredRecord) -> [OctetText]? {
        switch self {
        case .present(let others): [OctetText(record.value.utf8)] + others
        case .wrong(let saw, _): saw
        case .absent, .notServed, .unreachable, .bogus, .hostile: nil
        }
    }

    fileprivate var isAbsentOrWrong: Bool {
        switch self {
        case .absent, .wrong: true
        case .present, .notServed, .unreachable, .bogus, .hostile: false
        }
    }
}
