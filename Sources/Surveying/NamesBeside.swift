// Questions beside the record's own: what a wildcard answers, whether a missing value was put at another name, and what
// stands where a CNAME must.
import DCV
import LDNS

struct NamesBeside: Sendable {
    /// Names above the record's own at which a wildcard is looked for.
    private static let wildcardDepth = 4

    let cuts: ZoneCuts
    /// As they were seen in this look.
    let zones: [ZoneView]

    func look(round record: RequiredRecord, _ type: RecordType, _ look: inout AuthoritativeLook, for errand: Errand)
        async
    {
        let sightings = look.observations.filter { !$0.isRecursive }.map(\.sighting)
        // Where the record's own name leads, and what stands at the end.
        if look.chain.count > 1 {
            let shown = [RRsetView.aliasText(look.chain[1])]
            let wildcard = await lookForWildcard(at: look.chain[0], type, showing: shown, &look, for: errand)
            // Below another name a record would make that name exist, and nothing of it: its own host would be gone (RFC 4592 2.2.2).
            if wildcard?.above == look.chain[0].parent { look.wildcardZone = wildcard?.zone }
        }
        if let name = look.chain.last, let shown = sightings.lazy.compactMap({ $0.values(besides: record) }).first {
            _ = await lookForWildcard(at: name, type, showing: shown, &look, for: errand)
        } else if let name = look.chain.last, look.isLastNameEmpty {
            await lookForHiddenWildcard(at: name, type, &look, for: errand)
        }
        let isMissing = !sightings.contains(where: \.isPresent) && sightings.contains { $0.isAbsentOrWrong }
        if isMissing { await lookElsewhere(for: record, type, &look, for: errand) }
        if case .cname(_, let target) = record.content {
            let isShown = sightings.contains(where: \.isPresent)
            await lookRoundCNAME(record, isShown: isShown, &look, for: errand)
            if isShown { await lookForDomain(of: target, record.name, &look, for: errand) }
        }
        if look.chain.count > 1, look.isLastNameMissing, isMissing { look.add(dangling(look, type)) }
    }

    // MARK: wildcards

    /// What a name shows that nobody put there.
    func wildcardValues(over name: DomainName, _ type: RecordType, for errand: Errand) async -> Set<OctetText> {
        Set(await wildcard(over: name, type, for: errand)?.shown.values ?? [])
    }

    private struct Wildcard {
        let zone: DomainName
        /// The name that the wildcard's star stands before.
        let above: DomainName
        let probe: Question
        let shown: BesideMemory.Shown
    }

    private func lookForWildcard(
        at name: DomainName,
        _ type: RecordType,
        showing shown: [OctetText],
        _ look: inout AuthoritativeLook,
        for errand: Errand
    ) async -> Wildcard? {
        guard let wildcard = await wildcard(over: name, type, for: errand), Set(wildcard.shown.values) == Set(shown)
        else {
            return nil
        }
        let values = shown.prefix(3).map { "\"\($0.shortened())\"" }.joined(separator: ", ")
        look.add(
            Survey.Problem(
                .wildcardAnswers,
                "what \(name) shows (\(values)) comes from the wildcard *.\(wildcard.above)",
                wanted: "a record at \(name) itself",
                reproduce: wildcard.shown.address.map { cuts.dig($0, wildcard.probe) }
            )
        )
        return wildcard
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
                reproduce: wildcard.shown.address.map { cuts.dig($0, Question(name, type)) }
            )
        )
    }

    /// The wildcard that would answer for a name: found by asking for a name that nobody can have made. The star stands
    /// before the highest name at which such a question still gets the same answer.
    private func wildcard(over name: DomainName, _ type: RecordType, for errand: Errand) async -> Wildcard? {
        guard let zone = await cuts.zone(of: name, for: errand).zone, zone.apex != name else { return nil }
        var found: Wildcard?
        let names = name.selfAndAncestors.dropFirst().prefix(Self.wildcardDepth)
        for above in names where above.isSubdomain(of: zone.apex) {
            guard let probe = try? above.prepending(cuts.pass.unguessableLabel) else { return found }
            let question = Question(probe, type)
            let kind = BesideMemory.Spot.Kind.wildcard(Question(above, type))
            guard let shown = await shown(question, kind, in: zone, for: errand),
                found.map({ $0.shown.values == shown.values }) ?? true
            else { return found }
            found = Wildcard(zone: zone.apex, above: above, probe: question, shown: shown)
        }
        return found
    }

    /// Whether nobody typed what a name shows: a wildcard shows it. Its addresses may take turns (ALIAS records), so that there are
    /// some is enough.
    private func isWildcards(
        _ shown: BesideMemory.Shown,
        at name: DomainName,
        _ type: RecordType,
        for errand: Errand
    ) async -> Bool {
        guard let wildcard = await wildcard(over: name, type, for: errand) else { return false }
        return type != .txt || wildcard.shown.values == shown.values
    }

    /// What one of the zone's servers shows, asked once in a while; nil where nothing stands, or nobody says.
    private func shown(
        _ question: Question,
        _ kind: BesideMemory.Spot.Kind,
        in zone: Zone,
        for errand: Errand
    ) async -> BesideMemory.Shown? {
        let memory = cuts.pass.memory.beside
        let spot = BesideMemory.Spot(zones.first { $0.apex == zone.apex }, kind)
        if case .shown(let known)? = memory.sight(at: spot) { return known }
        let addresses = await cuts.serverSet(of: zone).addresses
        guard case .reading(let reading) = await cuts.pass.ask(zone.apex, at: addresses, question, for: errand) else {
            return nil
        }
        let witness = await cuts.pass.witness(of: question) ?? addresses.first
        let shown = reading.shownValues.map {
            BesideMemory.Shown(values: $0, isAlias: !reading.isRecords, address: witness)
        }
        memory.keep(.shown(shown), at: spot)
        return shown
    }

    // MARK: other names

    private func lookElsewhere(
        for record: RequiredRecord,
        _ type: RecordType,
        _ look: inout AuthoritativeLook,
        for errand: Errand
    ) async {
        guard let name = look.chain.last, let zone = await cuts.zone(of: name, for: errand).zone else { return }
        let wanted = OctetText(record.value.utf8)
        var places = Self.doubled(name, zone.apex).map { ($0, Survey.Problem.Code.doubledLabel) }
        if name.isUnderscored, let above = name.parent, above.isSubdomain(of: zone.apex) {
            places.append((above, .labelLeftOut))
        }
        for (place, code) in places {
            let question = Question(place, type)
            guard let shown = await shown(question, .name(question), in: zone, for: errand),
                shown.values.contains(wanted),
                // What a wildcard shows everywhere, nobody typed.
                await wildcard(over: place, type, for: errand)?.shown.values != shown.values
            else { continue }
            look.problems.append(
                Survey.Problem(
                    code,
                    "the value stands at \(place), not at \(name)",
                    wanted: "the value at \(name)",
                    reproduce: shown.address.map { cuts.dig($0, question) }
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

    // MARK: what stands where a CNAME must, and where a CNAME leads

    /// Beside a CNAME that is shown a name server may still answer with TXT records of its own; without one, other records say
    /// why there is none.
    private func lookRoundCNAME(
        _ record: RequiredRecord,
        isShown: Bool,
        _ look: inout AuthoritativeLook,
        for errand: Errand
    ) async {
        guard isShown || look.isLastNameEmpty, let zone = await cuts.zone(of: record.name, for: errand).zone else {
            return
        }
        for type in isShown ? [RecordType.txt] : [.txt, .a, .aaaa] {
            let question = Question(record.name, type)
            guard let shown = await shown(question, .name(question), in: zone, for: errand), !shown.isAlias,
                await !isWildcards(shown, at: record.name, type, for: errand)
            else { continue }
            let values = shown.values.prefix(3).map { "\"\($0.shortened())\"" }.joined(separator: ", ")
            look.problems.append(
                Survey.Problem(
                    type == .txt ? .txtInPlaceOfCNAME : .cnameFlattened,
                    type == .txt
                        ? "a TXT record stands at \(record.name): \(values)"
                        : "\(record.name) has \(type) records and no CNAME",
                    wanted: "the CNAME alone: \(record)",
                    reproduce: shown.address.map { cuts.dig($0, question) }
                )
            )
            return
        }
    }

    /// Many CAs' targets are names that nobody can look up, so the target itself is not asked for. Its domain must be somebody's.
    private func lookForDomain(
        of target: DomainName,
        _ name: DomainName,
        _ look: inout AuthoritativeLook,
        for errand: Errand
    ) async {
        guard let problem = await cuts.zone(of: target, for: errand).problem, problem.code == .noSuchDomain else {
            return
        }
        look.add(
            Survey.Problem(
                .cnameToNothing,
                "\(name) leads to \(target), whose domain does not exist: whoever registers it may prove this name",
                wanted: "a target in a domain of the CA",
                reproduce: problem.reproduce ?? DigLine.text("SOA", target)
            )
        )
    }

    /// Nil where the chain has a cause of its own that is told: servers that disagree, or a wildcard.
    private func dangling(_ look: AuthoritativeLook, _ type: RecordType) -> Survey.Problem? {
        guard let name = look.chain.last,
            !look.problems.contains(where: { [.cnameDiffers, .wildcardAnswers].contains($0.code) }),
            let address = look.observations.first(where: { $0.asked?.name == name })?.vantage.address
        else { return nil }
        return Survey.Problem(
            .cnameToNothing,
            "\(look.chain.map(\.text).joined(separator: " CNAME ")), which does not exist",
            wanted: "a \(type) record at \(name)",
            reproduce: cuts.dig(address, Question(name, type))
        )
    }
}

extension Reading {
    /// What stands at the name, sorted; nil when nothing does.
    fileprivate var shownValues: [OctetText]? {
        switch self {
        case .records(let records): Set(records.map(\.shownValue)).sorted()
        case .alias(let target, _): [RRsetView.aliasText(target)]
        case .aliasNotUsable, .nothing, .referral, .cut, .notServed, .hostile: nil
        }
    }

    fileprivate var isRecords: Bool { if case .records = self { true } else { false } }
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

extension AuthoritativeLook {
    /// What the servers that lack the last name's record say of the name itself.
    mutating func take(_ negatives: [Negative]) {
        isLastNameEmpty = negatives.contains { !$0.isNameError }
        isLastNameMissing = negatives.contains(where: \.isNameError)
    }
}
