// The pages of a list put together: when it is all there, and what is said when it cannot be.
import DCV
import Platform

/// Collects a list page by page. The rule of the documentation: it ends with an empty page, or when as much is there
/// as the answer says there is.
struct NAVERPages: Sendable {
    static let pageSize = 50
    /// Pages read at most; 5,000 entries.
    static let pageLimit = 100
    /// Entries taken of one answer, and of the whole list: a server that ignores pages may send all at once.
    static let entryLimit = pageSize * pageLimit
    /// Entries without a number of one list; a list with more of them is left.
    static let namelessLimit = 200

    let list: NAVERList
    /// Every entry with a number once, with the page that it came on.
    private(set) var entries: [(page: Int, value: JSONValue)] = []
    /// Entries without a number: one cannot be told from its like, so they are counted and never compared.
    private(set) var nameless = 0
    private(set) var hasEnded = false
    /// Why the list is not whole, for people; nil when it is.
    private(set) var shortfall: String?

    private var seen: [String: JSONValue] = [:]
    /// How many there are by the last answer that said it: one that only says "none" has no number.
    private var total: Int64?

    init(_ list: NAVERList) { self.list = list }

    mutating func add(_ document: JSONValue, page: Int) {
        let values = document[list.key]?.array ?? []
        // The two names of one number: which of them is used depends on the list and on the year.
        total = document["totalCount"]?.intOrNumericString ?? document["totalRows"]?.intOrNumericString ?? total
        let before = entries.count
        for value in values.prefix(Self.entryLimit) {
            guard !hasEnded else { return }
            add(value, page)
        }
        guard !hasEnded else { return }
        guard values.count <= Self.entryLimit else { return leave("\(values.count) entries on one page") }
        let count = Int64(entries.count + nameless)
        if let total, count >= total {
            hasEnded = true
        } else if entries.count == before {
            hasEnded = true
            // A page that brings nothing new is the end: an empty one, or the whole list again where pages are ignored.
            if let total { shortfall = shortfall ?? "\(count) entries where the answer counts \(total)" }
        } else if page >= Self.pageLimit {
            leave("more than \(Self.pageLimit) pages")
        }
    }

    private mutating func leave(_ reason: String) {
        hasEnded = true
        shortfall = shortfall ?? reason
    }

    /// Pages move while they are read, so that an entry may come twice; with another content it is another matter.
    private mutating func add(_ value: JSONValue, _ page: Int) {
        guard let identifier = value[list.identifierKey]?.intOrNumericString else {
            nameless += 1
            if nameless > Self.namelessLimit {
                leave("more than \(Self.namelessLimit) entries without a usable \(list.identifierKey)")
            }
            return
        }
        let key = String(identifier)
        if let known = seen[key] {
            if known != value {
                shortfall = shortfall ?? "\(list.identifierKey) \(key) twice, with different contents"
            }
            return
        }
        guard entries.count < Self.entryLimit else { return leave("more than \(Self.entryLimit) entries") }
        seen[key] = value
        entries.append((page, value))
    }
}
