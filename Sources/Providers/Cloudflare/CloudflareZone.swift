// Zones as the API lists them, and the pages in which it gives any list.
import DCV
import Platform

/// A zone that can be read: its id for URLs, its name to bind records to.
struct CloudflareZone: Hashable, Sendable {
    /// Who answers for its names in the DNS.
    enum Kind: Hashable, Sendable {
        /// Cloudflare: it shows its own tokens, and lists them nowhere.
        case full
        /// Somebody else (a CNAME setup): everything must be shown there.
        case partial
        case secondary
        case `internal`
        /// Another word, or none.
        case unknown(String)
    }

    /// Where delegation CNAMEs lead: below it Cloudflare answers with its own tokens, whatever the zone.
    static let delegation = try? DomainName("dcv.cloudflare.com")
    private static let wordLimitBytes = 64

    let id: ZoneIdentifier
    let name: DomainName
    let kind: Kind
    /// Why Cloudflare may do nothing for it: nil for a zone in normal service.
    let hindrance: String?
    /// Whether its name servers are known to answer: no word about it is no yes.
    private let isInService: Bool

    /// Nil when id or name is not what a zone has.
    init?(_ value: JSONValue) {
        guard let id = value["id"]?.string.flatMap({ ZoneIdentifier($0) }),
            let text = value["name"]?.string, let name = try? DomainName(text), !name.isRoot
        else { return nil }
        self.id = id
        self.name = name
        kind = Self.kind(value["type"]?.string ?? "")
        let status = value["status"]?.string ?? ""
        let shown = OctetText(status.utf8).shortened(limitBytes: Self.wordLimitBytes)
        let isPaused = value["paused"]?.bool == true
        isInService = status == "active" && !isPaused
        let words = [status.isEmpty || status == "active" ? nil : "status \"\(shown)\"", isPaused ? "paused" : nil]
        hindrance = words.contains { $0 != nil } ? words.compactMap { $0 }.joined(separator: ", ") : nil
    }

    /// Where nobody but Cloudflare has to show a token: for a zone that moved away or waits for its delegation, others
    /// answer, and it shows nothing there.
    var placements: [ProviderPlacement] {
        (kind == .full && isInService ? [.zone(apex: name)] : []) + (Self.delegation.map { [.below(name: $0)] } ?? [])
    }

    func notice(from provider: ProviderName) -> Finding? {
        hindrance.map {
            Finding(
                ProviderFindingCode.zoneNotInService,
                .notice,
                subject: "\(provider): zone \(name)",
                saw: $0,
                wanted: "an active zone",
                advice: "its certificates are proved as usual; if the provider does nothing for them, activate the zone"
            )
        }
    }

    private static func kind(_ word: String) -> Kind {
        switch word {
        case "full": .full
        case "partial": .partial
        case "secondary": .secondary
        case "internal": .internal
        default: .unknown(OctetText(word.utf8).shortened(limitBytes: wordLimitBytes))
        }
    }
}

/// One page of a list.
struct CloudflarePage: Sendable {
    /// The most that every list allows.
    static let perPage = 50
    /// Pages of one list that are read at most.
    static let pageLimit = 50

    let entries: [JSONValue]
    let isLast: Bool

    /// Nil when `result` is no list; null is an empty one. `result_info` is often incomplete: without `total_pages`, a
    /// page that is not full is the last.
    init?(_ document: JSONValue, page: Int) {
        switch document["result"] {
        case .some(.array(let values)): entries = values
        case .some(.null): entries = []
        default: return nil
        }
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
