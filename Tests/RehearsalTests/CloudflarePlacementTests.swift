// What the rehearsed provider places by itself: tokens of full zones, values of delegated challenges, its own records.
import DCV
import LDNS
import Rehearsal
import Synchronization
import Testing

private let address = IPAddress.v4(0x7F00_3515)

@Suite(.timeLimit(.minutes(1)))
struct CloudflarePlacementTests {
    /// What a provider has placed, by zone.
    private final class Board: Sendable {
        private let shown = Mutex<[String: Set<RehearsedToken>]>([:])

        func place(_ zone: String, _ appeared: Set<RehearsedToken>, _ gone: Set<RehearsedToken>) {
            shown.withLock {
                $0[zone, default: []].formUnion(appeared); $0[zone]?.subtract(gone)
            }
        }

        subscript(_ zone: String) -> Set<RehearsedToken> { shown.withLock { $0[zone, default: []] } }
    }

    private func txtPack() -> RehearsedPack {
        RehearsedPack(
            id: CloudflareDesk.packID,
            hosts: ["shop.example"],
            tokens: [.txt(name: "_acme-challenge.shop.example", value: "v1")]
        )
    }

    @Test("On a full zone the tokens are shown as long as they are wanted; on a partial one never")
    func tokens() async throws {
        for kind in [RehearsedProviderZone.Kind.full, .partial] {
            try await CloudflareDesk.open(packs: [txtPack()], kind: kind, look: { _ in "no" }) { desk in
                let board = Board()
                desk.api.place { board.place($0, $1, $2) }
                let first = txtPack().tokens
                #expect(board["shop.example"] == (kind == .full ? Set(first) : []))
                let path = "ssl/verification/\(CloudflareDesk.packID)"
                _ = try await desk.call("PATCH", path, #"{"validation_method":"txt"}"#)
                let second = try #require(desk.api.pack(CloudflareDesk.packID)).tokens
                #expect(second != first && board["shop.example"] == (kind == .full ? Set(second) : []))
                desk.api.update(CloudflareDesk.packID) { $0.status = "active" }
                #expect(board["shop.example"].isEmpty)
                #expect(try await desk.text("dns_records").contains(#""result":[]"#), "tokens are invisible there")
                #expect(try await desk.text("/zones").contains(#""type":"\#(kind.rawValue)""#))
            }
        }
    }

    @Test("Tokens that come late are placed late")
    func late() async throws {
        var pack = txtPack()
        pack.readsBeforeTokens = 1
        try await CloudflareDesk.open(packs: [pack], kind: .full) { desk in
            let board = Board()
            desk.api.place { board.place($0, $1, $2) }
            #expect(board["shop.example"].isEmpty)
            _ = try await desk.text("ssl/verification")
            #expect(board["shop.example"].count == 1)
        }
    }

    @Test("The values of delegated challenges are shown at the targets, whatever the zone's type")
    func delegated() async throws {
        var pack = txtPack()
        pack.offersDelegation = true
        try await CloudflareDesk.open(packs: [pack]) { desk in
            let board = Board()
            desk.api.place { board.place($0, $1, $2) }
            let target = "shop.example.9dbb86635115718e.dcv.cloudflare.com"
            #expect(board["dcv.cloudflare.com"] == [.txt(name: target, value: "v1")])
        }
    }

    @Test("Rehearsed name servers show what is placed, and hide what lies below a delegation")
    func nameServers() async throws {
        let away = RehearsedPack(
            id: "away",
            hosts: ["sub.shop.example"],
            tokens: [.txt(name: "_acme-challenge.sub.shop.example", value: "v2")]
        )
        try await CloudflareDesk.open(packs: [txtPack(), away], kind: .full) { desk in
            let apex = try DomainName("shop.example")
            let below = try DomainName("_acme-challenge.sub.shop.example")
            let zone = RehearsedZone(
                apex,
                servers: [RehearsedServer(try DomainName("ns1.shop.example"), [address])],
                records: [RehearsedRecord(below, .ns(try DomainName("ns.else.test")))]
            )
            let servers = try await RehearsedNameServers.start([address: [zone]])
            func values(_ name: DomainName) async throws -> [[[UInt8]]] {
                let answer = try await SmallDNSClient.ask(Question(name, .txt), at: address, port: servers.port)
                return answer.answer.compactMap { if case .txt(let strings) = $0.data { strings } else { nil } }
            }
            do {
                let here = try DomainName("_acme-challenge.shop.example")
                #expect(try await values(here).isEmpty)
                desk.api.place { zone.place(appeared: $1, gone: $2) }
                #expect(try await values(here) == [[Array("v1".utf8)]])
                #expect(try await values(below).isEmpty)
                desk.api.update(CloudflareDesk.packID) { $0.status = "active" }
                #expect(try await values(here).isEmpty)
            } catch {
                await servers.shutdown()
                throw error
            }
            await servers.shutdown()
        }
    }

    @Test("Records: made, found by every filter, shown on a full zone, refused twice, deleted once")
    func records() async throws {
        try await CloudflareDesk.open(kind: .full) { desk in
            let board = Board()
            desk.api.place { board.place($0, $1, $2) }
            let body = #"{"type":"TXT","name":"a.shop.example","content":"\"v 1\"","ttl":120}"#
            let made = try await desk.call("POST", "dns_records", body)
            #expect(made.status == 200 && made.text.contains(#""content":"\"v 1\"""#))
            let id = try #require(desk.api.zones.first?.records.first?.id)
            #expect(id.utf8.count == 32 && made.text.contains(id))
            #expect(board["shop.example"] == [.txt(name: "a.shop.example", value: "v 1")])
            let plain = #"{"type":"TXT","name":"A.shop.example","content":"v 1","ttl":1}"#
            let twice = try await desk.call("POST", "dns_records", plain)
            #expect(twice.status == 400 && twice.text.contains("\"code\":81058"))
            desk.api.behave { $0.identicalRecordCode = 81057 }
            #expect(try await desk.call("POST", "dns_records", plain).text.contains("\"code\":81057"))
            for (query, isFound) in [
                ("type=TXT", true), ("type=A", false), ("name=a.shop.example", true),
                ("name.exact=b.shop.example", false),
                ("name.exact=A.shop.example&type=TXT", true), ("content=v%201", true),
                ("content.exact=%22v%201%22", true),
                ("content=v", false),
            ] {
                #expect(try await desk.text("dns_records?" + query).contains(id) == isFound, "\(query)")
            }
            let deleted = try await desk.call("DELETE", "dns_records/\(id)")
            #expect(deleted.status == 200 && deleted.text.contains(#""result":{"id":"\#(id)"}"#))
            #expect(board["shop.example"].isEmpty)
            let again = try await desk.call("DELETE", "dns_records/\(id)")
            #expect(again.status == 404 && again.text.contains("\"code\":81044"))
            #expect(try await desk.call("DELETE", "dns_records/abc").text.contains("\"code\":7003"))
            #expect(try await desk.call("GET", "/zones/abc/dns_records").text.contains("\"code\":1003"))
        }
    }

    @Test("A content that is written without quotes may come back with them")
    func quotes() async throws {
        try await CloudflareDesk.open { desk in
            desk.api.updateZone(CloudflareDesk.zoneID) { $0.quotesContents = true }
            let body = #"{"type":"TXT","name":"a.shop.example","content":"v1"}"#
            let made = try await desk.call("POST", "dns_records", body)
            #expect(made.text.contains(#""content":"\"v1\"""#))
            #expect(try await desk.text("dns_records?content=v1").contains(#""content":"\"v1\"""#))
        }
    }

    @Test(
        "A record in a form that is not taken is refused and makes none",
        arguments: [
            #"{"type":"TXT","name":"a.shop.example"}"#, #"{"type":"TXT","content":"v"}"#,
            #"{"type":"TXT","name":"a.shop.example","content":"v","ttl":30}"#,
            #"{"type":"TXT","name":"a.shop.example","content":"v","id":"x"}"#,
            #"{"type":"TXT","name":"a.else.example","content":"v"}"#, "[]", "{",
            #"{"type":"TXT","name":"a.shop.example","content":"\#(String(repeating: "v", count: 256))"}"#,
        ]
    )
    func malformed(_ body: String) async throws {
        try await CloudflareDesk.open(surprises: 1) { desk in
            let refused = try await desk.call("POST", "dns_records", body)
            #expect(refused.status == 400)
            #expect(desk.api.zones.first?.records.isEmpty == true)
        }
    }
}
