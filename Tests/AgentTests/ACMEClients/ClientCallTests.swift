// What ACME clients say to their hook: understood exactly, ignored where there is nothing to do, refused in every other form.
import DCV
import Testing

@testable import Agent

@Suite("Calls of ACME clients", .timeLimit(.minutes(1)))
struct ClientCallTests {
    /// RFC 8555 has none; these are of the right form. One value in 64 begins with a hyphen.
    private static let digest = "-oEpZ2fW8xK0Yq1sT3uV4wX5yZ6aB7cD8eF9gH0iJ1k"
    private static let token = "-evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
    private static let thumbprint = "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
    private static let key = "\(token).\(thumbprint)"

    // MARK: certbot

    private func certbot(_ changes: [String: String?] = [:], isCleanup: Bool = false) throws -> ClientCall {
        var environment: [String: String] = [
            "CERTBOT_DOMAIN": "Shop.Example.com", "CERTBOT_VALIDATION": Self.digest,
            "CERTBOT_ALL_DOMAINS": "shop.example.com,shop.example.com", "CERTBOT_REMAINING_CHALLENGES": "0",
        ]
        for (key, value) in changes { environment[key] = value }
        return try ClientCall.certbot(environment, isCleanup: isCleanup)
    }

    @Test("certbot: the last call proves, those before it publish, and the clean-up is told by its verb alone")
    func certbotWork() throws {
        #expect(try certbot().work == .prove)
        #expect(try certbot(["CERTBOT_REMAINING_CHALLENGES": "3"]).work == .publish)
        #expect(try certbot(["CERTBOT_REMAINING_CHALLENGES": nil]).work == .prove)
        // It stays set from the certificate before.
        #expect(try certbot(["CERTBOT_AUTH_OUTPUT": "certbot:1"]).work == .prove)
        #expect(try certbot(isCleanup: true).work == .withdraw)
        let call = try certbot()
        #expect(call.challenges.map { "\($0.record)" } == ["_acme-challenge.shop.example.com TXT \"\(Self.digest)\""])
        #expect(call.handles == (try certbot(isCleanup: true).handles) && call.handles.count == 1)
        #expect(call.handles.first?.hasPrefix("certbot:") == true)
    }

    @Test("certbot: calls of one certificate know each other by the names of all")
    func certbotPlace() throws {
        let first = try certbot(["CERTBOT_REMAINING_CHALLENGES": "1"])
        let last = try certbot()
        #expect(first.place?.certificate == last.place?.certificate)
        #expect(first.place?.scope != last.place?.scope)
        #expect(try certbot(["CERTBOT_ALL_DOMAINS": "other.example"]).place?.certificate != last.place?.certificate)
        #expect(try certbot(["CERTBOT_ALL_DOMAINS": nil]).place == nil)
    }

    @Test("certbot: a token makes it http-01")
    func certbotHTTP() throws {
        let call = try certbot(["CERTBOT_TOKEN": Self.token, "CERTBOT_VALIDATION": Self.key])
        #expect(
            call.challenges.map { "\($0.record)" } == [
                "http://shop.example.com/.well-known/acme-challenge/\(Self.token) \"\(Self.key)\""
            ]
        )
    }

    @Test(
        "certbot: what is refused, and the word that says why",
        arguments: [
            (["CERTBOT_DOMAIN": nil], "CERTBOT_DOMAIN is not set"),
            (["CERTBOT_DOMAIN": ""], "CERTBOT_DOMAIN is not set"),
            (["CERTBOT_VALIDATION": nil], "CERTBOT_VALIDATION is not set"),
            (["CERTBOT_DOMAIN": "192.0.2.1"], "is an IP address"),
            (["CERTBOT_DOMAIN": nil, "CERTBOT_IDENTIFIER": "2001:db8::1"], "is an IP address"),
            (["CERTBOT_DOMAIN": "a..b"], "two dots"), (["CERTBOT_DOMAIN": "*.shop.example.com"], "cannot stand"),
            (["CERTBOT_DOMAIN": "shop.example.com\r\nupdate delete x"], "cannot stand"),
            (["CERTBOT_DOMAIN": "a\0b.example"], "cannot stand"),
            (["CERTBOT_DOMAIN": "$(touch x).example"], "cannot stand"), (["CERTBOT_DOMAIN": "."], "empty"),
            (["CERTBOT_VALIDATION": "short"], "no value of dns-01"),
            (["CERTBOT_VALIDATION": digest + "\n"], "no value of dns-01"),
            (["CERTBOT_VALIDATION": String(repeating: "A", count: 2_000_000)], "no value of dns-01"),
            (["CERTBOT_REMAINING_CHALLENGES": "-1"], "no number"),
            (["CERTBOT_REMAINING_CHALLENGES": "1e3"], "no number"),
            (["CERTBOT_REMAINING_CHALLENGES": "99999999999999999999"], "no number"),
            (["CERTBOT_TOKEN": "../../etc/passwd", "CERTBOT_VALIDATION": "../../etc/passwd.\(thumbprint)"], "no key"),
            (["CERTBOT_TOKEN": token], "no key authorization"),
        ] as [([String: String?], String)]
    )
    func certbotRefused(changes: [String: String?], why: String) {
        let refused = #expect(throws: ClientCallRefused.self) { _ = try certbot(changes) }
        #expect(refused?.text.contains(why) == true, "\(refused?.text ?? "")")
        #expect((refused?.text.utf8.count ?? .max) < 400)
        #expect(refused?.text.utf8.allSatisfy { (0x20...0x7E).contains($0) } == true)
    }

    // MARK: dehydrated

    private static let alpn = Array(repeating: "2c", count: 32).joined(separator: ":")

    @Test("dehydrated: one name, and many by HOOK_CHAIN, each kind told by its value")
    func dehydrated() throws {
        let one = try #require(
            try ClientCall.dehydrated(["deploy_challenge", "shop.example.com", Self.token, Self.digest])
        )
        #expect(one.work == .prove && one.challenges.count == 1 && one.withdrawsWhatFails && one.place == nil)
        let chain = try #require(
            try ClientCall.dehydrated(
                ["clean_challenge", "shop.example.com", Self.token, Self.digest]
                    + ["www.example.com", Self.token, Self.key] + ["alpn.example.com", Self.token, Self.alpn]
            )
        )
        #expect(chain.work == .withdraw && !chain.withdrawsWhatFails)
        #expect(chain.challenges.map(\.record.kind) == [.txt, .http])
        #expect(chain.handles.first == one.handles.first)
    }

    @Test(
        "dehydrated: whatever else it says is ignored",
        arguments: [
            ["this_hookscript_is_broken__dehydrated_is_working_fine__please_ignore_unknown_hooks_in_your_script"],
            ["startup_hook"], ["exit_hook", "an error"], ["generate_csr", "shop.example.com", "/certs", "a b"],
            ["sync_cert", "1", "2", "3", "4", "5"], ["deploy_challenges"], [""],
            ["deploy_challenge", "shop.example.com", token, alpn],
        ]
    )
    func dehydratedIgnored(words: [String]) throws { #expect(try ClientCall.dehydrated(words) == nil) }

    @Test(
        "dehydrated: what is refused",
        arguments: [
            [], ["deploy_challenge"], ["deploy_challenge", "a.example", token],
            ["deploy_challenge", "a.example", token, digest, "b.example"],
            ["deploy_challenge", "a.example", token, "neither of the three"],
            ["deploy_challenge", "a.example", "other", key], ["clean_challenge", "a b.example", token, digest],
            ["deploy_challenge", "a.example", token, alpn + ":2c"], ["deploy_challenge", "127.0.0.1", token, digest],
        ]
    )
    func dehydratedRefused(words: [String]) {
        #expect(throws: ClientCallRefused.self) { _ = try ClientCall.dehydrated(words) }
    }

    // MARK: lego

    @Test("lego: default and RAW mode mean the same record")
    func lego() throws {
        // Of RFC 8555's own example token and thumbprint, by `openssl dgst -sha256 -binary | basenc --base64url`.
        let (token, key) = (
            "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA",
            "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
        )
        let raw = try ClientCall.lego(["present", "--", "shop.example.com", token, key])
        #expect(raw.work == .prove)
        #expect(
            raw.challenges.map { "\($0.record)" } == [
                "_acme-challenge.shop.example.com TXT \"lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoYM\""
            ]
        )
        let value = try #require(raw.challenges.first?.record.value)
        let plain = try ClientCall.lego(["cleanup", "_acme-challenge.Shop.example.com.", value])
        #expect(plain.work == .withdraw && plain.handles == raw.handles)
        #expect(plain.challenges.first?.name.text == "shop.example.com")
    }

    @Test("lego: where a CNAME has led it, the record stands there")
    func legoFollowed() throws {
        let call = try ClientCall.lego(["present", "_shop.proofs.example.net.", Self.digest])
        #expect(call.challenges.first?.record.name.text == "_shop.proofs.example.net")
        #expect(call.challenges.first?.name.text == "proofs.example.net")
        #expect(call.mayHaveFollowed)
        for (word, isFollowed) in [("true", false), ("1", false), ("false", true), ("yes", true), ("", true)] {
            let words = ["present", "_acme-challenge.a.example.", Self.digest]
            #expect(try ClientCall.lego(words, ["LEGO_DISABLE_CNAME_SUPPORT": word]).mayHaveFollowed == isFollowed)
        }
        #expect(!(try ClientCall.lego(["present", "--", "a.example", Self.token, Self.key])).mayHaveFollowed)
    }

    @Test(
        "lego: what is refused",
        arguments: [
            [], ["timeout"], ["present"], ["present", "_acme-challenge.a.example."],
            ["present", "_acme-challenge.a.example.", digest, "more"], ["present", "--", "a.example", token],
            ["present", "--", "a.example", token, key, "more"], ["present", "--", "a.example", token, token],
            ["present", "--", "*.a.example", token, key], ["Present", "_acme-challenge.a.example.", digest],
            ["present", "_acme-challenge.", digest], ["present", ".", digest],
        ]
    )
    func legoRefused(words: [String]) {
        #expect(throws: ClientCallRefused.self) { _ = try ClientCall.lego(words) }
    }
}
