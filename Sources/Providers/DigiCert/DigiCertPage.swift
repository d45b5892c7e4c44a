// The pages of DigiCert's lists: how many are read, and when a list is whole.
import DCV
import Platform

/// What a list of domains or orders gave, page by page.
struct DigiCertPages: Sendable {
    /// Entries asked for at once; half of what is documented as the most.
    static let pageLimit = 500
    /// Pages read at most: 20,000 entries.
    static let countLimit = 40

    let key: String
    private(set) var entries: [JSONValue] = []
    private(set) var pages = 0
    private var total: Int64?
    private var numbers: Set<Int64> = []

    enum Step: Equatable {
        case next(offset: Int)
        case done
        /// Why the rest is not read, in words.
        case broken(String)
    }

    init(_ key: String) { self.key = key }

    /// Takes the next page in and says how to go on.
    mutating func add(_ document: JSONValue) -> Step {
        guard let page = document[key]?.array else {
            return .broken("\(document[key].map { $0.kind } ?? "nothing") in \"\(key)\"")
        }
        let told = document["page"]?["total"]?.intOrNumericString
        let known = numbers.count
        // An entry that comes twice is one; entries without a number are kept, so that somebody is told of them.
        let new = page.filter { entry in
            guard let number = entry["id"]?.intOrNumericString else { return true }
            return numbers.insert(number).inserted
        }
        entries += new
        pages += 1
        let seen = offset + page.count
        defer { offset = seen }
        if let told, let total, told < total { return .broken("a list that became shorter while it was read") }
        total = told ?? total
        guard !page.isEmpty else {
            guard let total, Int64(seen) < total else { return .done }
            return .broken("an empty page after \(seen) of \(total) entries")
        }
        if let total {
            if Int64(seen) >= total { return .done }
        } else {
            // DigiCert may give fewer at once than it was asked for.
            let limit = document["page"]?["limit"]?.intOrNumericString ?? Int64(Self.pageLimit)
            if Int64(page.count) < limit { return .done }
        }
        if numbers.count == known { return .broken("page \(pages) repeats entries of the pages before it") }
        return pages < Self.countLimit ? .next(offset: seen) : .broken("more than \(seen) entries")
    }

    private var offset = 0
}
