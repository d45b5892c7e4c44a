// Questions about names beside a record's own: what a wildcard answers, and whether a missing value was put at a name
// with labels typed twice.
import DCV
import LDNS

struct NamesBeside: Sendable {
    /// Names above the record's own at which a wildcard is looked for.
    private static let wildcardDepth = 4

    let cuts: ZoneCuts

    /// - Parameter look: what was seen of the record itself.
    func problems(
        round record: RequiredRecord,
        _ type: RecordType,
        _ look: AuthoritativeLook,
        for errand: Errand
    ) async -> [Survey.Problem] {
        let beside = Beside(zones: look.zones, errand: errand)
        let sightings = look.observations.filter { !$0.isRecursive }.map(\.sighting)
        var problems: [Survey.Problem] = []
        func add(_ problem: Survey.Problem?) {
            if let problem, !problems.contains(problem) { problems.append(problem) }
        }
        // Where the record's own name leads, and what stands at the end.
        if look.chain.count > 1 {
            let shown = [RequiredRecord.aliasText(look.chain[1])]
            add(await wildcardProblem(at: look.chain[0], type, showing: shown, beside))
        }
        if let name = look.chain.last, let shown = sightings.lazy.compactMap({ $0.values(besides: record) }).first {
            add(await wildcardProblem(at: name, type, showing: shown, beside))
        } else if let name = look.chain.last, look.isLastNameEmpty {
            add(await hiddenWildcardProblem(at: name, type, beside))
        }
        let isMissing = !sightings.contains(where: \.isPresent) && sightings.contains { $0.isAbsentOrWrong }
        if isMissing, let name = look.chain.last {
            for problem in await doubledLabels(of: record, at: name, type, beside) { add(problem) }
        }
        return problems
    }

    /// The zones as they were seen in this look, and on whose account is asked.
    private struct Beside {
        let zones: [ZoneView]
        let errand: Errand

        func spot(in apex: DomainName, _ kind: BesideMemory.Spot.Kind) -> BesideMemory.Spot? {
            BesideMemory.Spot(zones.first { $0.apex == apex }, kind)
        }
    }

    /// What a name shows, asked once in a while; nil when it shows nothing, or nobody says.
    private func shown(
        at question: Question,
        _ apex: DomainName,
        _ addresses: [IPAddress],
        _ kind: BesideMemory.Spot.Kind,
        _ beside: Beside
    ) async -> [OctetText]? {
        let memory = cuts.pass.memory.beside
        let spot = beside.spot(in: apex, kind)
        if case .values(let known)? = memory.sight(at: spot) { return known }
        guard case .reading(let reading) = await cuts.pass.ask(apex, at: addresses, question, for: beside.errand) else {
            return nil
        }
        memory.keep(.values(reading.shownValues), at: spot)
        return reading.shownValues
    }

    // MARK: wildcards

    private struct Wildcard {
        /// The name that the wildcard's star stands before.
        let above: DomainName
        let probe: Question
        let shown: [OctetText]
        let address: IPAddress?
    }

    private func wildcardProblem(
        at name: DomainName,
        _ type: RecordType,
        showing shown: [OctetText],
        _ beside: Beside
    ) async -> Survey.Problem? {
        guard let wildcard = await wildcard(over: name, type, beside), Set(wildcard.shown) == Set(shown) else {
            return nil
        }
        let values = shown.prefix(3).map { "\"\($0.shortened())\"" }.joined(separator: ", ")
        return Survey.Problem(
            .wildcardAnswers,
            "what \(name) shows (\(values)) comes from the wildcard *.\(wildcard.above)",
            wanted: "a record at \(name) itself",
            reproduce: wildcard.address.map { cuts.dig($0, wildcard.probe) }
        )
    }

    private func hiddenWildcardProblem(
        at name: DomainName,
        _ type: RecordType,
        _ beside: Beside
    ) async -> Survey.Problem? {
        guard let wildcard = await wildcard(over: name, type, beside) else { return nil }
        return Survey.Problem(
            .emptyNonTerminal,
            "\(name) exists without \(type), as a name with others below it does: the wildcard "
                + "*.\(wildcard.above), which has that type, does not reach it",
            wanted: "a record at \(name) itself",
            reproduce: wildcard.address.map { cuts.dig($0, Question(name, type)) }
        )
    }

    /// The wildcard that would answer for a name: found by asking for a name that nobody can have made. The star stands
    /// before the highest name at which such a question still gets the same answer.
    private func wildcard(over name: DomainName, _ type: RecordType, _ beside: Beside) async -> Wildcard? {
        guard let zone = await cuts.zone(of: name, for: beside.errand).zone, zone.apex != name else { return nil }
        let addresses = await cuts.serverSet(of: zone).addresses
        var found: Wildcard?
        let names = name.selfAndAncestors.dropFirst().prefix(Self.wildcardDepth)
        for above in names where above.isSubdomain(of: zone.apex) {
            guard let probe = try? above.prepending(cuts.pass.unguessableLabel) else { return found }
            let question = Question(probe, type)
            let kind = BesideMemory.Spot.Kind.wildcard(Question(above, type))
            guard let shown = await shown(at: question, zone.apex, addresses, kind, beside),
                found.map({ $0.shown == shown }) ?? true
            else { return found }
            found = Wildcard(above: above, probe: question, shown: shown, address: addresses.first)
        }
        return found
    }

    // MARK: labels typed twice

    private func doubledLabels(
        of record: RequiredRecord,
        at name: DomainName,
        _ type: RecordType,
        _ beside: Beside
    ) async -> [Survey.Problem] {
        guard let zone = await cuts.zone(of: name, for: beside.errand).zone else { return [] }
        let addresses = await cuts.serverSet(of: zone).addresses
        let wanted = OctetText(record.value.utf8)
        var problems: [Survey.Problem] = []
        for doubled in Self.doubled(name, zone.apex) {
            let question = Question(doubled, type)
            guard let shown = await shown(at: question, zone.apex, addresses, .name(question), beside),
                shown.contains(wanted),
                // What a wildcard shows everywhere, nobody typed.
                await wildcard(over: doubled, type, beside)?.shown != shown
            else { continue }
            problems.append(
                Survey.Problem(
                    .doubledLabel,
                    "the value stands at \(doubled), not at \(name)",
                    wanted: "the value at \(name)",
                    reproduce: addresses.first.map { cuts.dig($0, question) }
                )
            )
        }
        return problems
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
