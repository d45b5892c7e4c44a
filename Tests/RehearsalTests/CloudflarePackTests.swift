// The rehearsed provider's lists of packs: pages, filters, restarts, packs that change by themselves.
import Rehearsal
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CloudflarePackTests {
    private func pack(_ number: Int, status: String = "pending_validation") -> RehearsedPack {
        RehearsedPack(id: "pack-\(number)", hosts: ["h\(number).shop.example"], status: status)
    }

    private func advanced(_ status: String) -> RehearsedPack {
        var pack = RehearsedPack(id: CloudflareDesk.packID, hosts: ["shop.example"], status: status)
        pack.type = "advanced"
        return pack
    }

    @Test("Packs come in pages, and only the active ones unless all are asked for")
    func pages() async throws {
        let packs = (0..<12).map { pack($0, status: $0 == 3 ? "active" : "pending_validation") }
        try await CloudflareDesk.open(packs: packs) { desk in
            let active = try await desk.text("ssl/certificate_packs")
            #expect(active.contains("pack-3") && active.contains(#""total_count":1}"#) && !active.contains("pack-4"))
            let third = try await desk.text("ssl/certificate_packs?status=all&per_page=5&page=3")
            #expect(third.contains("pack-10") && third.contains("pack-11") && !third.contains("pack-9"))
            #expect(
                third.contains(#""result_info":{"page":3,"per_page":5,"total_pages":3,"count":2,"total_count":12}"#)
            )
            let fourth = try await desk.text("ssl/certificate_packs?status=all&per_page=5&page=4")
            #expect(fourth.contains(#""result":[]"#) && fourth.contains(#""count":0,"total_count":12"#))
            desk.api.behave {
                $0.countsPages = false
                $0.saysNullForNothing = true
            }
            let null = try await desk.text("ssl/certificate_packs?status=all&per_page=5&page=4")
            #expect(null.contains(#""result":null"#) && !null.contains("total_pages"))
            desk.api.behave { $0.pagesPacks = false }
            #expect(!(try await desk.text("ssl/certificate_packs?status=all")).contains("result_info"))
        }
    }

    @Test("A pack may stand in one list only, is told alone too, and an unknown one is code 1408")
    func listings() async throws {
        var (left, right) = (pack(1), pack(2))
        left.listings = [.verification]
        right.listings = [.packs]
        right.validationErrors = ["SERVFAIL looking up CAA for shop.example"]
        try await CloudflareDesk.open(packs: [left, right]) { desk in
            let verifications = try await desk.text("ssl/verification")
            #expect(verifications.contains("pack-1") && !verifications.contains("pack-2"))
            let packs = try await desk.text("ssl/certificate_packs?status=all")
            #expect(packs.contains("pack-2") && !packs.contains("pack-1"))
            let one = try await desk.text("ssl/certificate_packs/pack-2")
            #expect(one.contains(#""result":{"id":"pack-2","type":"universal","hosts":["h2.shop.example"]"#))
            #expect(
                one.contains(#""validation_errors":[{"message":"SERVFAIL looking up CAA for shop.example"}]"#)
                    && one.contains(#""validation_records":[{"status":"pending","txt_name""#)
            )
            let none = try await desk.call("GET", "ssl/certificate_packs/pack-9")
            #expect(none.status == 404 && none.text.contains("\"code\":1408"))
            let settings = try await desk.text("ssl/universal/settings")
            #expect(settings.contains(#""result":{"enabled":true,"certificate_authority":"google"}"#))
            desk.api.behave { $0.wrapsVerifications = false }
            #expect(try await desk.text("ssl/verification").hasPrefix(#"{"result":[{"certificate_status""#))
            #expect(!(try await desk.text("ssl/verification")).contains("success"))
        }
    }

    @Test("Only an advanced pack that has timed out begins anew, with new tokens")
    func restart() async throws {
        try await CloudflareDesk.open(packs: [advanced("validation_timed_out"), pack(1)]) { desk in
            let path = "ssl/certificate_packs/\(CloudflareDesk.packID)"
            let old = try #require(desk.api.pack(CloudflareDesk.packID))
            let begun = try await desk.call("PATCH", path, "{}")
            #expect(begun.status == 200 && begun.text.contains(#""status":"pending_validation""#))
            let new = try #require(desk.api.pack(CloudflareDesk.packID))
            #expect(new.status == "pending_validation" && new.generation == 1 && new.tokens != old.tokens)
            let again = try await desk.call("PATCH", path, #"{"cloudflare_branding":false}"#)
            #expect(again.status == 400 && again.text.contains("\"code\":1467"))
            let universal = try await desk.call("PATCH", "ssl/certificate_packs/pack-1", "{}")
            #expect(universal.status == 403 && universal.text.contains("\"code\":1450"))
            #expect(desk.api.count(of: .restart) == 3 && desk.api.validations.entries.isEmpty)
        }
    }

    @Test("Two tokens a host of SSL.com, all different, and each must be found")
    func twoTokens() async throws {
        let pack = RehearsedPack(
            id: CloudflareDesk.packID,
            hosts: ["shop.example", "*.shop.example"],
            certificateAuthority: "ssl_com"
        )
        #expect(pack.tokens.count == 4 && Set(pack.tokens).count == 4)
        let last = try #require(pack.tokens.last)
        try await CloudflareDesk.open(packs: [pack], look: { $0 == last ? "not there" : nil }) { desk in
            let path = "ssl/verification/\(CloudflareDesk.packID)"
            _ = try await desk.call("PATCH", path, #"{"validation_method":"txt"}"#)
            #expect(desk.api.validations.entries.map(\.reasons) == [["not there"]])
            let packs = try await desk.text("ssl/certificate_packs?status=all")
            #expect(packs.contains(#""certificate_authority":"ssl_com""#))
            #expect(packs.split(separator: "txt_value").count == 5)
        }
    }

    @Test("The method changes by itself after so many reads, with new tokens, and only once")
    func ownChange() async throws {
        var pack = pack(1)
        pack.ownChange = RehearsedPack.OwnChange(to: "http", afterReads: 2)
        try await CloudflareDesk.open(packs: [pack]) { desk in
            for _ in 0..<2 {
                #expect(try await desk.text("ssl/verification").contains(#""validation_method":"txt""#))
            }
            let third = try await desk.text("ssl/verification")
            #expect(third.contains(#""validation_method":"http""#) && third.contains("http_url"))
            for _ in 0..<4 { _ = try await desk.text("ssl/verification") }
            #expect(desk.api.pack("pack-1")?.generation == 1 && desk.api.validations.entries.isEmpty)
        }
    }

    @Test("The provider's own polls cost nothing until they find the tokens")
    func ownLooks() async throws {
        var pack = pack(1)
        pack.looksByItselfAfterReads = 1
        try await CloudflareDesk.open(packs: [pack], look: { _ in "not there" }) { desk in
            for _ in 0..<3 { _ = try await desk.text("ssl/verification") }
            #expect(desk.api.pack("pack-1")?.generation == 0 && desk.api.validations.entries.isEmpty)
            desk.api.look { _ in nil }
            #expect(try await desk.text("ssl/verification").contains(#""certificate_status":"active""#))
            #expect(desk.api.validations.entries.map(\.succeeded) == [true])
        }
    }

    @Test("A file beside the TXT record in one object is as good as the record")
    func fileToo() async throws {
        var pack = pack(1)
        pack.offersFilesToo = true
        let isFile: RehearsedCloudflare.Look = { if case .http = $0 { nil } else { "no record" } }
        try await CloudflareDesk.open(packs: [pack], look: isFile) { desk in
            let text = try await desk.text("ssl/verification")
            #expect(text.contains(#""status":"pending","txt_name":"#) && text.contains(#","http_url":"#))
            _ = try await desk.call("PATCH", "ssl/verification/pack-1", #"{"validation_method":"txt"}"#)
            #expect(desk.api.pack("pack-1")?.isActive == true)
        }
    }

    @Test("Delegated challenges are offered with the account's mark, once for a name and its wildcard")
    func delegation() async throws {
        var pack = RehearsedPack(id: CloudflareDesk.packID, hosts: ["shop.example", "*.shop.example"])
        pack.offersDelegation = true
        try await CloudflareDesk.open(packs: [pack]) { desk in
            #expect(try await desk.text("dcv_delegation/uuid").contains(#""result":{"uuid":"9dbb86635115718e"}"#))
            let text = try await desk.text("ssl/certificate_packs?status=all")
            let record =
                #"[{"cname":"_acme-challenge.shop.example","#
                + #""cname_target":"shop.example.9dbb86635115718e.dcv.cloudflare.com"}]"#
            #expect(text.contains(#""dcv_delegation_records":"# + record))
        }
    }
}
