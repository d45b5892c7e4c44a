// Zones as the API lists them, and the pages of that list.
import DCV
import Platform

/// A zone that can be read: its id for URLs, its name to bind records to.
struct CloudflareZone: Hashable, Sendable {
    let id: ZoneIdentifier
    let name: DomainName

    /// Nil when id or name is not what a zone has.
    init?(_ value: JSONValue) {
        guard let id = value["id"]?.string.flatMap({ ZoneIdentifier($0) }),
            let text = value["name"]?.string, let name = try? DomainName(text), !name.isRoot
        else { return nil }
        self.id = id
        self.name = name
    }
}

/// One page of `GET /zones`.
struct CloudflareZonePage: Sendable {
    static let perPage = 50
    /// Pages read at most; 2,500 zones.
    static let pageLimit = 50

    let zones: [CloudflareZone]
    /// Entries without a usable id or name.
    let unreadable: Int
    let isLast: Bool

    /// Nil when `result` is no list. `result_info` is often incomplete: without `total_pages`, a page that is not
    /// full is the last.
    init?(_ document: JSONValue, page: Int) {
        guard let entries = document["result"]?.array else { return nil }
        zones = entries.compactMap { CloudflareZone($0) }
        unreadable = entries.count - zones.count
        if entries.isEmpty {
            isLast = true
        } else if let pages = document["result_info"]?["total_pages"]?.intOrNumericString {
            isLast = Int64(page) >= pages
        } else {
            let perPage = document["result_info"]?["per_page"]?.intOrNumericString ?? Int64(Self.perPage)
            isLast = Int64(entries.count) < perPage
        }
    }
}
