// A DNAME above the name asked for: the whole tree below its owner stands elsewhere (RFC 6672).
import DCV
import LDNS

/// The DNAME of an answer that concerns one name.
struct Moving {
    private let name: DomainName
    private let records: [ResourceRecord]

    /// Nil when the answer has no DNAME above the name within the zone that was asked. One at the name itself moves what
    /// lies below it, not the name.
    init?(_ message: Message, _ name: DomainName, _ zone: DomainName) {
        records = message.answer.filter { record in
            guard record.isInternet, record.type == .dname, let owner = record.owner else { return false }
            return owner != name && name.isSubdomain(of: owner) && owner.isSubdomain(of: zone)
        }
        self.name = name
        if records.isEmpty { return nil }
    }

    /// Where the name goes; a reason when that is no usable name, as it is when it would be too long.
    private var target: Result<DomainName, NameError>? {
        guard let owner = records.first?.owner, case .dname(let other)? = records.first?.data else { return nil }
        do throws(NameError) {
            return .success(try name.moved(from: owner, to: other))
        } catch {
            return .failure(error)
        }
    }

    /// What no honest server answers: two DNAMEs, or a CNAME that the DNAME does not make (RFC 6672 3.1).
    func fault(besides aliases: [ResourceRecord]) -> String? {
        guard Set(records.map(\.data)).count == 1, Set(records.map(\.owner)).count == 1 else {
            return "more than one DNAME above \(name) (RFC 6672 2.4)"
        }
        guard case .cname(let shown)? = aliases.first?.data, case .success(let made)? = target, shown != made else {
            return nil
        }
        return "the CNAME at \(name) leads to \(shown), the DNAME above it to \(made) (RFC 6672 3.1)"
    }

    /// The CNAME that the server left to us to make.
    func reading(for question: Question) -> Reading {
        let seconds = records.first?.ttlSeconds ?? 0
        switch target {
        case .success(let target):
            let alias = ResourceRecord(
                ownerOctets: name.wire,
                type: .cname,
                ttlSeconds: seconds,
                dataOctets: target.wire
            )
            return question.type == .cname ? .records([alias]) : .alias(to: target, ttlSeconds: Int64(seconds))
        case .failure(let why):
            return .aliasNotUsable(why: "the DNAME above it makes \(why)", ttlSeconds: Int64(seconds))
        case nil:
            return .aliasNotUsable(why: "the DNAME above it has no usable target", ttlSeconds: Int64(seconds))
        }
    }
}
