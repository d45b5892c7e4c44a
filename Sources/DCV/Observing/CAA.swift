// May this CA issue for this name? The only place where CAA records are weighed (RFC 8659, RFC 8657, BR 4.2.2.1).

extension DomainName {
    /// The name that a certificate would be for whose record stands here: this one without labels in front that begin with "_"; nil when
    /// nothing is left.
    package var certified: DomainName? {
        selfAndAncestors.first { !$0.isUnderscored }.flatMap { $0.isRoot ? nil : $0 }
    }
}

package enum CAA {
    /// 2027-03-15T00:00:00Z: from then on every CA obeys `accounturi` and `validationmethods` (BR 4.2.2.1.2, ballot SC-098).
    package static let parametersBind = Instant(millisecondsSinceEpoch: 1_805_068_800_000)

    /// - Parameter climb: seen for the request's identifier; its moment decides which rules hold.
    package static func judge(_ climb: CAAClimb, for request: CAARequest) -> CAAVerdict {
        guard !climb.rungs.isEmpty else {
            return .cannotTell(why: "CAA records of \(climb.name) were not looked for", at: nil)
        }
        // A CA may meet any of the servers: where they differ, the gravest of what they lead to counts.
        var verdicts: [CAAVerdict] = []
        // Whether a name further down has a set at some servers only: then what stands above counts for the others alone.
        var isForked = false
        for rung in climb.rungs {
            var goesOn = false
            var isSet = false
            for seen in rung.alternatives {
                // An error below a set may hide a closer set: it wins over what stands above it.
                if let failure = seen.failure {
                    verdicts.append(.cannotTell(why: unseen(seen, failure), at: seen))
                } else if case .records(let records) = seen.answer, !records.isEmpty {
                    isSet = true
                    let set = CAASet(seen, records, differs: !rung.others.isEmpty, isForked: isForked)
                    verdicts.append(judge(set, request, at: climb.at))
                } else {
                    goesOn = true
                }
            }
            if !goesOn { return gravest(verdicts) }
            isForked = isForked || isSet
        }
        return gravest(verdicts + [.allowed(by: nil)])
    }

    /// The first of equals.
    private static func gravest(_ verdicts: [CAAVerdict]) -> CAAVerdict {
        verdicts.max { $0.rank < $1.rank } ?? .allowed(by: nil)
    }

    /// What a CA makes of a look-up that failed depends on more than can be seen from here.
    private static func unseen(_ rung: CAAClimb.Rung, _ failure: String) -> String {
        let text = "the CAA records of \(rung.owner) could not be seen: \(failure)"
        switch rung.security {
        case .insecure:
            return text
                + "; the zone is proved to be unsigned, so a CA that cannot see them either may go on after another try,"
                + " or refuse (BR 4.2.2.1)"
        case .secure: return text + "; the zone is signed, so a CA that cannot see them must not issue (BR 4.2.2.1)"
        case .bogus, .indeterminate, nil: return text
        }
    }

    private static func judge(_ set: CAASet, _ request: CAARequest, at now: Instant) -> CAAVerdict {
        let unknown = set.records.filter { $0.property == .unknown && $0.isCritical }
        if !unknown.isEmpty {
            return .forbidden(CAAObjection(reason: .criticalUnknown, set: set, records: unknown))
        }
        // `issuewild` speaks of wildcards only, and where it stands, `issue` does not (RFC 8659 4.3).
        let wild = request.identifier.isWildcard ? set.records.filter { $0.property == .issueWild } : []
        let records = wild.isEmpty ? set.records.filter { $0.property == .issue } : wild
        guard !records.isEmpty else { return .allowed(by: set) }
        let named = Set(records.compactMap { $0.permission?.issuer }).sorted()
        guard !named.isEmpty else { return .forbidden(CAAObjection(reason: .nobody, set: set, records: records)) }
        let permits = request.issuers.map { issuer in
            CAADependence.Permit(issuer: issuer, permit: permit(issuer, records, set, request, at: now))
        }
        let dependence = CAADependence(set: set, permits: permits, named: named)
        if permits.isEmpty { return .depends(on: dependence) }
        if dependence.allowed.count == permits.count { return .allowed(by: set) }
        if dependence.forbidden.count == permits.count, case .forbidden(let objection)? = permits.first?.permit {
            return .forbidden(objection)
        }
        return .depends(on: dependence)
    }

    /// Values add up: the record that says most for the CA counts.
    private static func permit(
        _ issuer: CertificateAuthority,
        _ records: [CAARecord],
        _ set: CAASet,
        _ request: CAARequest,
        at now: Instant
    ) -> CAAPermit {
        let names = Set(issuer.names.map(\.text))
        var condition: (CAARecord, String)?
        var misfits: [(CAARecord, CAAObjection.Reason)] = []
        for record in records {
            guard let permission = record.permission, let name = permission.issuer else { continue }
            guard names.contains(name) else {
                if names.contains(ASCII.lowercased(name)) { misfits.append((record, .spelling)) }
                continue
            }
            switch fit(permission, request) {
            case .fits: return .allowed(record)
            case .unknown(let text): condition = condition ?? (record, text)
            case .misfits(let reason): misfits.append((record, reason))
            }
        }
        if let condition { return .conditional(condition.0, condition: condition.1) }
        // Records add up: one that misspells the CA takes nothing from another.
        guard let misfit = misfits.first(where: { $0.1 != .spelling }) ?? misfits.first else {
            return .forbidden(CAAObjection(reason: .others, set: set, records: records))
        }
        if misfit.1 == .spelling, !issuer.comparesOctets {
            let condition = "is named in capitals, which some CAs do not take for their name"
            return .conditional(misfit.0, condition: condition)
        }
        guard misfit.1 == .spelling || now >= parametersBind || issuer.obeysParameters else {
            let what = misfit.1 == .method ? "another validation method" : "another account"
            let condition = "is named for \(what) only, which CAs must obey from 2027-03-15 and may obey now"
            return .conditional(misfit.0, condition: condition)
        }
        return .forbidden(
            CAAObjection(reason: misfit.1, set: set, records: misfits.filter { $0.1 == misfit.1 }.map(\.0))
        )
    }

    private enum Fit {
        case fits
        case unknown(String)
        case misfits(CAAObjection.Reason)
    }

    /// RFC 8657 3 and 4. A parameter that stands twice fits nothing.
    private static func fit(_ permission: CAAPermission, _ request: CAARequest) -> Fit {
        let accounts = permission.values("accounturi")
        let methods = permission.values("validationmethods")
        if accounts.count > 1 { return .misfits(.account) }
        if methods.count > 1 { return .misfits(.method) }
        if let list = methods.first {
            let labels = list.split(separator: 0x2C, omittingEmptySubsequences: false)
            let isSound = labels.allSatisfy { label in
                !label.isEmpty && label.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x2D }
            }
            let words = Set(labels.map { String(decoding: $0, as: UTF8.self) })
            if !isSound || !request.methods.isEmpty && words.isDisjoint(with: request.methods) {
                return .misfits(.method)
            }
        }
        if let account = accounts.first {
            guard let own = request.accountURI else {
                return .unknown("is allowed for one account only, and the provider's account is not known")
            }
            if account != Array(own.utf8) { return .misfits(.account) }
        }
        if !methods.isEmpty && request.methods.isEmpty {
            return .unknown("is allowed by some validation methods only, and the method is not known")
        }
        return .fits
    }

    /// Labels of the ways in which a CA may look for this record. Which of them a provider's CA gives it is not told, so any fits.
    package static func methodLabels(of record: RequiredRecord) -> [String] {
        let first = record.name.labels.first.map(String.init)
        switch record.content {
        case .txt where first == PersistentProof.label: return ["dns-persist-01", "ca-tbr-22"]
        case .txt, .cname: return first == "_acme-challenge" ? ["dns-01", "ca-tbr-7"] : ["ca-tbr-7"]
        case .http(_, let path, _):
            return path.text.utf8.starts(with: "/.well-known/acme-challenge/".utf8)
                ? ["http-01", "ca-tbr-19"] : ["ca-tbr-18"]
        }
    }
}
