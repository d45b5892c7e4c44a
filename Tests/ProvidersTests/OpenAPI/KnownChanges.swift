// What Cloudflare takes today and the description of 2024 does not have: the only faults of a request that may stand.

/// One fault that is none, and why.
struct KnownChange: Hashable, Sendable {
    let operation: String
    let place: String
    let keyword: String
    let reason: String
}

enum KnownChanges {
    /// Remove an entry with the call that needs it: one that nothing uses fails the test.
    static let table: [KnownChange] = [
        uuid("GET /zones/{zone_id}/ssl/certificate_packs/{certificate_pack_id}", "certificate_pack_id"),
        uuid("PATCH /zones/{zone_id}/ssl/certificate_packs/{certificate_pack_id}", "certificate_pack_id"),
        uuid("GET /zones/{zone_id}/custom_hostnames/{custom_hostname_id}", "custom_hostname_id"),
        uuid("PATCH /zones/{zone_id}/custom_hostnames/{custom_hostname_id}", "custom_hostname_id"),
        KnownChange(
            operation: "GET /zones/{zone_id}/ssl/certificate_packs",
            place: "query page",
            keyword: "unknown",
            reason: "the list is paged since; a zone may have more packs than one page shows"
        ),
        KnownChange(
            operation: "GET /zones/{zone_id}/ssl/certificate_packs",
            place: "query per_page",
            keyword: "unknown",
            reason: "the list is paged since, with 5 to 50 packs a page"
        ),
        KnownChange(
            operation: "GET /zones/{zone_id}/custom_hostnames",
            place: "query hostname.exact",
            keyword: "unknown",
            reason: "the filter hostname became hostname.exact, hostname.contain and hostname.startsWith"
        ),
    ]

    private static func uuid(_ operation: String, _ name: String) -> KnownChange {
        KnownChange(
            operation: operation,
            place: "path \(name)",
            keyword: "maxLength",
            reason: "every id on record is a UUID of 36 characters; the description says 32"
        )
    }

    /// The faults that no entry explains, and the entries that explained one.
    static func judge(
        _ faults: [RequestFault],
        _ table: [KnownChange] = table
    ) -> (faults: [RequestFault], used: Set<KnownChange>) {
        var used: Set<KnownChange> = []
        let left = faults.filter { fault in
            let change = table.first {
                $0.operation == fault.operation && $0.place == fault.place && $0.keyword == fault.keyword
            }
            if let change { used.insert(change) }
            return change == nil
        }
        return (left, used)
    }
}
