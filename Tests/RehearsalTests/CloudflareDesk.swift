// What the tests of the rehearsed Cloudflare share: one provider a test, and calls in few words.
import DCV
import Rehearsal
import Testing

/// A provider for one test, and its caller.
struct CloudflareDesk {
    static let zoneID = "023e105f4ecef8ad9ca31a8372d0c353"
    static let packID = "4449b368-d10f-4a73-9d27-f3f2752443df"
    static let hostnameID = "234e5416-9d5b-4f0c-8b3e-0a5b6c7d8e9f"
    static let certificateID = "aa4bd600-9d5b-4f0c-8b3e-0a5b6c7d8e9f"

    let api: RehearsedCloudflare

    /// Ends with a look at the surprises: there must be as many as the test expects.
    static func open(
        packs: [RehearsedPack] = [],
        hostnames: [RehearsedHostname] = [],
        kind: RehearsedProviderZone.Kind = .partial,
        surprises: Int = 0,
        look: @escaping RehearsedCloudflare.Look = { _ in nil },
        _ test: (CloudflareDesk) async throws -> Void
    ) async throws {
        let zone = RehearsedProviderZone(
            id: zoneID,
            name: "shop.example",
            kind: kind,
            packs: packs,
            hostnames: hostnames
        )
        let api = try await RehearsedCloudflare.start(zones: [zone], credentials: [.token("right")], look: look)
        do {
            try await test(CloudflareDesk(api: api))
        } catch {
            await api.shutdown()
            throw error
        }
        await api.shutdown()
        #expect(api.surprises.count == surprises, "\(api.surprises)")
    }

    /// - Parameter path: below the zone where it begins with no slash.
    func call(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        token: String = "right"
    ) async throws -> SmallHTTPClient.Answer {
        let whole = path.utf8.first == 0x2F ? path : "/zones/\(Self.zoneID)/\(path)"
        return try await SmallHTTPClient.fetch(
            method,
            "/client/v4" + whole,
            host: "127.0.0.1",
            at: api.address,
            port: api.port,
            headers: [("Authorization", "Bearer \(token)")]
                + (body == nil ? [] : [("Content-Type", "application/json")]),
            body: body
        )
    }

    func text(_ path: String) async throws -> String { try await call("GET", path).text }
}
