// The pages of a list put together: when it is all there, and what is said when it cannot be.
import DCV
import Platform

/// Collects a list page by page. The rule of the documentation: it ends with an empty page, or when as much is there
/// as the answer says there is.
struct NAVERPages: Sendable {
    static let pageSize = 50
    /// Pages read at most; 5,000 entries.
    static let pageLimit = 100

    let list: NAVERList
    /// Every entry once, with the page that it came on.
    private(set) var entries: [(page: Int, value: JSONValue)] = []
    private(set) var hasEnded = false
    /// Why the list is not whole, for people; nil when it is.
    private(set) var shortfall: String?

    private var seen: [String: JSONValue] = [:]

    init(_ list: NAVERList) { self.list = list }

    mutating func add(_ document: JSONValue, page: Int) {
        let values = document[list.key]?.array ?? []
        // The two names of one number: which of them is used depends on the list and on the year.
        let total = document["totalCount"]?.intOrNumericString ?? document["totalRows"]?.intOrNumericString
        let before = entries.count
        for value in values { add(value, page) }
        let count = Int64(entries.count)
        if let total, count >= total {
            hasEnded = true
        } else if entries.count == before {
            hasEnded = true
            // A page that brings nothing new is the end: an empty one, or the whole list again where pages are ignored.
            if let total { shortfall = shortfall ?? "\(count) entries where the answer counts \(total)" }
        } else if page >= Self.pageLimit {
            hasEnded = true
            shortfall = shortfall ?? "more than \(Self.pageLimit) pages"
        }
    }

    /// Pages move while they are read, so that an entry may come twice; with another content it is another matter.
    private mutating func add(_ value: JSONValue, _ page: Int) {
        guard let identifier = value[list.identifierKey]?.intOrNumericString else {
            // Without a number it cannot be told from its like; whoever maps it has the last word.
            if !entries.contains(where: { $0.value == value }) { entries.append((page, value)) }
            return
        }
        let key = String(identifier)
        if let known = seen[key] {
            if known != value {
                shortfall = shortfall ?? "\(list.identifierKey) \(key) twice, with different contents"
            }
            return
        }
        seen[key] = value
        entries.append((page, value))
    }
}
