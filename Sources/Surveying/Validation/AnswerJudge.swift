// What a zone's keys say of one answer of one of its servers (RFC 4035 5.3, 5.4). Pure but for the ledger's clock.
import DCV
import LDNS

/// The judge of answers about names in one zone whose keys are known.
struct AnswerJudge {
    let zone: DomainName
    let keys: [DNSKEY]
    let now: Instant
    let ledger: SignatureLedger

    private var apex: CanonicalName { CanonicalName(zone) }

    /// The verdict on one RRset.
    enum SetVerdict: Hashable {
        /// With the wildcard's closest encloser when it was made from one.
        case holds(closestEncloser: CanonicalName?)
        case fails(String)
        case overspent
    }

    // MARK: whole answers

    /// Judges what the answer says about the question's own name: its records, the CNAME there, or that there is nothing.
    /// What lies behind a CNAME belongs to a question of its own.
    func judge(_ message: Message, _ question: Question) -> SecurityStatus {
        let name = CanonicalName(question.name)
        if let set = RRset(name, question.type, among: message.answer) { return judge(set, message) }
        if let set = RRset(name, .cname, among: message.answer) { return judge(set, message) }
        // The server left the CNAME to us to make (RFC 6672 3.2), as Unbound makes it.
        if let source = dname(above: name, message) { return status(of: verify(source), of: source, message) }
        return judgeNegative(message, name, question.type)
    }

    private func judge(_ set: RRset, _ message: Message) -> SecurityStatus {
        if set.type == .cname, set.signatures.isEmpty, let source = synthesisSource(of: set, message) {
            return status(of: verify(source), of: source, message)
        }
        return status(of: verify(set), of: set, message)
    }

    private func status(of verdict: SetVerdict, of set: RRset, _ message: Message) -> SecurityStatus {
        switch verdict {
        case .fails(let why): return bogus(why)
        case .overspent: return overspent
        case .holds(nil): return .secure
        case .holds(let encloser?):
            return status(of: message) { $0.noCloserMatch(for: set.owner, than: encloser) }
        }
    }

    private func judgeNegative(_ message: Message, _ name: CanonicalName, _ type: RecordType) -> SecurityStatus {
        if let soa = RRset(apex, .soa, among: message.authority) {
            switch verify(soa) {
            case .holds: break
            case .fails(let why): return bogus(why)
            case .overspent: return overspent
            }
        }
        if message.rcode == .nameError { return status(of: message) { $0.nameError(name) } }
        return status(of: message) { $0.noData(name, type) }
    }

    /// The DNAME that a CNAME without signatures was made from (RFC 6672 5.3.1).
    private func synthesisSource(of alias: RRset, _ message: Message) -> RRset? {
        guard alias.data.count == 1, let target = alias.data.first, let source = dname(above: alias.owner, message),
            let base = source.data.first
        else { return nil }
        // The labels below the DNAME's owner stay, the owner is replaced.
        let kept = alias.owner.wire.dropLast(source.owner.wire.count)
        return Array(kept) + base == target ? source : nil
    }

    /// The closest DNAME above a name within the zone.
    private func dname(above name: CanonicalName, _ message: Message) -> RRset? {
        var ancestor = name.parent
        while let owner = ancestor, owner.isSubdomain(of: apex) {
            if let source = RRset(owner, .dname, among: message.answer), source.data.count == 1 { return source }
            ancestor = owner.parent
        }
        return nil
    }

    // MARK: denials

    /// What the answer's denials prove, after those whose signatures do not hold are left out.
    private func status(
        of message: Message,
        _ proof: (inout Denial) -> Denial.Verdict
    ) -> SecurityStatus {
        var faults: [String] = []
        let verdict: Denial.Verdict
        do throws(SignatureLedger.Overspent) {
            var denial = try denial(in: message, &faults)
            verdict = try ledger.spend(in: zone) { proof(&denial) }
        } catch {
            return overspent
        }
        switch verdict {
        case .proven: return .secure
        case .unsigned(let why): return .insecure(reason: "\(zone): \(why)")
        case .notProven(let why):
            return bogus(([why] + faults).prefix(ValidationLimits.faultsTold).joined(separator: "; "))
        }
    }

    private func denial(in message: Message, _ faults: inout [String]) throws(SignatureLedger.Overspent) -> Denial {
        var nsec: [NSEC] = []
        var nsec3: [NSEC3] = []
        var seen: Set<[UInt8]> = []
        for record in message.authority where record.type == .nsec || record.type == .nsec3 {
            guard let owner = CanonicalName(wire: record.ownerOctets), seen.insert(owner.wire).inserted,
                let set = RRset(owner, record.type, among: message.authority)
            else { continue }
            guard seen.count <= ValidationLimits.denialsPerAnswer else {
                faults.append("more than \(ValidationLimits.denialsPerAnswer) NSEC or NSEC3 RRsets in one answer")
                break
            }
            switch verify(set) {
            case .holds(nil):
                if let gap = NSEC(record) { nsec.append(gap) }
                if let gap = NSEC3(record) { nsec3.append(gap) }
            // Seen at another name than its own, a gap would be taken for another gap.
            case .holds: faults.append("the \(record.type) of \(owner) was made from a wildcard")
            case .fails(let why): faults.append(why)
            case .overspent: throw SignatureLedger.Overspent()
            }
        }
        return Denial(zone: apex, nsec: nsec, nsec3: nsec3)
    }

    // MARK: zone cuts

    /// What the parent's answer about a child's DS amounts to.
    enum DelegationVerdict: Hashable {
        case signed([DS])
        case unsigned(String)
        case bogus(String)
        case overspent
    }

    /// Judges the answer of this zone's server to the question for the DS of a zone delegated from it.
    func judgeDelegation(_ message: Message, of child: DomainName) -> DelegationVerdict {
        let name = CanonicalName(child)
        if let set = RRset(name, .ds, among: message.answer) {
            switch verify(set) {
            case .holds(nil): return .signed(set.data.compactMap { DS($0) })
            case .holds: return .bogus("\(zone): the DS of \(child) was made from a wildcard")
            case .fails(let why): return .bogus("\(zone): \(why)")
            case .overspent: return .overspent
            }
        }
        switch status(of: message, { $0.unsignedDelegation(name) }) {
        case .secure: return .unsigned("\(zone) proves that \(child) has no DS")
        case .insecure(let why): return .unsigned(why)
        case .bogus(let why): return .bogus("\(why): neither a DS of \(child) nor a proof that there is none")
        case .indeterminate: return .overspent
        }
    }

    // MARK: one RRset

    /// Whether some signature over the set holds with some key of the zone.
    func verify(_ set: RRset) -> SetVerdict {
        let what = "\(set.type) of \(set.owner)"
        var faults: [String] = []
        func tell(_ fault: String) { if !faults.contains(fault) { faults.append(fault) } }
        if set.signatures.isEmpty {
            return .fails(set.brokenSignatures > 0 ? "the RRSIG over \(what) is malformed" : "no RRSIG over \(what)")
        }
        var checks = 0
        for signature in set.signatures {
            let check: SignatureCheck
            do throws(SignatureCheck.Fault) {
                check = try SignatureCheck(set, signature, zone: apex, at: now)
            } catch {
                tell(
                    "RRSIG over \(what) \(error.text(zone)) (key \(signature.keyTag), algorithm \(signature.algorithm))"
                )
                continue
            }
            let fitting = keys.filter(check.isMeant)
            let made = "made by key \(signature.keyTag), algorithm \(signature.algorithm)"
            if fitting.isEmpty { tell("RRSIG over \(what) is \(made), which is not among the zone's keys") }
            for key in fitting.prefix(ValidationLimits.keysPerTag) {
                checks += 1
                guard checks <= ValidationLimits.signatureChecksPerRRset else {
                    tell("more than \(ValidationLimits.signatureChecksPerRRset) signatures to try over \(what)")
                    return .fails(told(faults.suffix(1) + faults.dropLast()))
                }
                do throws(SignatureLedger.Overspent) {
                    if try ledger.holds(check, with: key, in: zone) {
                        return .holds(closestEncloser: check.closestEncloser)
                    }
                } catch {
                    return .overspent
                }
                tell("RRSIG over \(what) does not verify (\(made))")
            }
            if fitting.count > ValidationLimits.keysPerTag {
                tell("\(fitting.count) keys have the tag \(signature.keyTag), \(ValidationLimits.keysPerTag) are tried")
            }
        }
        return .fails(told(faults))
    }

    private func told(_ faults: [String]) -> String {
        faults.listed(upTo: ValidationLimits.faultsTold, separator: "; ")
    }

    private func bogus(_ why: String) -> SecurityStatus { .bogus(reason: "\(zone): \(why)") }

    private var overspent: SecurityStatus { .indeterminate(reason: ValidationLimits.overspent(zone)) }
}

extension SignatureCheck.Fault {
    fileprivate func text(_ zone: DomainName) -> String {
        switch self {
        case .algorithmNotSupported: "is of an algorithm that is not known here"
        case .otherSigner(let signer): "names the signer \(signer) instead of \(zone)"
        case .tooManyLabels: "was made for a longer name"
        case .notYetValid(let instant): "is not valid before \(instant.utcText)"
        case .expired(let instant): "expired \(instant.utcText)"
        case .neverValid: "ends before it begins"
        }
    }
}
