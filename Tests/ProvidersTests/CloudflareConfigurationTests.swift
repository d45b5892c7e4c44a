// What an operator may write about a Cloudflare account, and what each mistake is told.
import DCV
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CloudflareConfigurationTests {
    private func fault(_ changes: [String: ProviderSettings.Value?]) throws -> ProviderSettingError? {
        do {
            _ = try CloudflareConfiguration(try Sample.settings(changes))
            return nil
        } catch let refused as ProviderSettingsRefused {
            #expect(refused.errors.count == 1, "\(refused)")
            return refused.errors.first
        }
    }

    @Test func goodSettingsAreTaken() throws {
        let configuration = try CloudflareConfiguration(
            try Sample.settings([
                "zones": .list(["Example.com.", Sample.zone, "example.com"]),
                "endpoint": .text("http://127.0.0.1:8080/client/v4"),
            ])
        )
        let name = try DomainName("example.com")
        let id = try #require(ZoneIdentifier(Sample.zone))
        #expect(configuration.zones == .listed([.name(name), .id(id)]))
        #expect(configuration.endpoint.description == "http://127.0.0.1:8080/client/v4")
        let all = try CloudflareConfiguration(try Sample.settings(["zones": .text("all")]))
        #expect(all.zones == .all && all.endpoint.description == "https://api.cloudflare.com/client/v4")
        #expect(!"\(all)".contains(Sample.token))
        #expect(all.customHostnames == .none)
        for (value, wanted): (ProviderSettings.Value, CloudflareConfiguration.CustomHostnames) in [
            (.text("true"), .all), (.text("false"), .none), (.list(["Example.com", "example.com."]), .listed([name])),
        ] {
            #expect(
                try CloudflareConfiguration(try Sample.settings(["custom_hostnames": value])).customHostnames == wanted
            )
        }
    }

    @Test func namesThatItCannotListAreKnown() throws {
        let zone = ProviderSettings.Value.list(["example.com"])
        let (inside, other) = (try DomainName("_acme-challenge.example.com"), try DomainName("shop.example.org"))
        func may(_ changes: [String: ProviderSettings.Value?]) throws -> [Bool] {
            let configuration = try CloudflareConfiguration(try Sample.settings(changes))
            return [inside, other].map(configuration.mayList)
        }
        #expect(try may(["zones": zone]) == [true, false])
        // An id may be any zone's, and a custom hostname any name.
        #expect(try may(["zones": .list(["example.com", Sample.zone])]) == [true, true])
        #expect(try may(["zones": .text("all")]) == [true, true])
        #expect(try may(["zones": zone, "custom_hostnames": .text("true")]) == [true, true])
        #expect(try may(["zones": zone, "custom_hostnames": .list(["example.org"])]) == [true, true])
        #expect(try may(["zones": zone, "custom_hostnames": .list(["example.net"])]) == [true, false])
    }

    @Test func everyMistakeNamesItsKey() throws {
        let secret = ProviderSettings.Value.secret(try #require(Secret("x".utf8)))
        let mistakes: [(String, [String: ProviderSettings.Value?])] = [
            ("zone", ["zone": .text("example.com")]), ("zones", ["zones": nil]),
            ("zones", ["zones": .text("example.com")]),
            ("zones", ["zones": .list([])]), ("zones", ["zones": .list(["ex ample.com"])]),
            ("zones", ["zones": secret]),
            ("zones", ["zones": .list((0..<1001).map { "z\($0).example" })]), ("token", ["token": nil]),
            ("token", ["token": .text("abc")]), ("token", ["email": .text("a@example.com"), "key": secret]),
            ("email", ["token": nil, "key": secret]),
            ("key", ["token": nil, "email": .text("a@example.com")]),
            ("key", ["token": nil, "email": .text("a@example.com"), "key": .text("abc")]),
            ("email", ["token": nil, "email": .text(""), "key": secret]),
            ("email", ["token": nil, "email": .list(["a"]), "key": secret]),
            ("custom_hostnames", ["custom_hostnames": .text("only")]),
            ("custom_hostnames", ["custom_hostnames": .list([])]),
            ("custom_hostnames", ["custom_hostnames": .list(["ex ample.com"])]),
            ("custom_hostnames", ["custom_hostnames": secret]),
            ("custom_hostnames", ["custom_hostnames": .list((0..<101).map { "h\($0).example" })]),
            ("endpoint", ["endpoint": .list(["https://api.example.net"])]), ("endpoint", ["endpoint": secret]),
        ]
        for (key, changes) in mistakes {
            let error = try fault(changes)
            #expect(error?.key == key, "\(changes): \(String(describing: error))")
        }
    }

    @Test(arguments: [
        "http://api.cloudflare.com/client/v4", "http://192.0.2.1/", "http://localhost:8080/client/v4", "http://[::2]/",
        "http://127.0.0.1.example.com/", "https://user@api.cloudflare.com/", "https://api.cloudflare.com/client/v4?x=1",
        "https://api.cloudflare.com/#x", "https://api.cloudflare.com:0/", "https://", "ftp://api.cloudflare.com/", "",
        "https://api.cloudflare.com\\@evil.example/", "https://api.cloudflare.com/a b", "http://①②⑦.0.0.1/",
        "http://0x7f.0.0.1/",
    ])
    func endpointsThatWouldExposeTheCredentialAreRefused(_ text: String) throws {
        #expect(try fault(["endpoint": .text(text)])?.key == "endpoint")
    }

    @Test(arguments: [
        "https://api.cloudflare.com/client/v4/", "http://127.9.9.9:1/x", "http://[::1]:8080/client/v4",
        "HTTPS://API.example.net",
    ])
    func endpointsThatAreTaken(_ text: String) throws {
        #expect(try fault(["endpoint": .text(text)]) == nil)
    }

    @Test func identifiersAreOnlyWhatMayStandInAURL() {
        for text in [
            "", "023e105f4ecef8ad9ca31a8372d0c35", "023e105f4ecef8ad9ca31a8372d0c3533",
            "023e105f4ecef8ad9ca31a8372d0c35g", "../../../../../../../../../../ab",
        ] {
            #expect(ZoneIdentifier(text) == nil)
            #expect(PackIdentifier(text) == nil)
        }
        #expect(ZoneIdentifier(Sample.zone) != nil)
        #expect(PackIdentifier(Sample.pack) != nil && PackIdentifier(Sample.zone) != nil)
        for text in [
            "3822ff90-1111-4111-8111-0000000000a", "3822ff9-01111-4111-8111-0000000000aa",
            "3822ff90-1111-4111-8111-0000000000aa-", "3822ff90/1111-4111-8111-0000000000aa",
        ] {
            #expect(PackIdentifier(text) == nil)
        }
    }

    @Test func theCatalogKnowsItsKinds() throws {
        #expect(
            ProviderCatalog.keys["cloudflare"] == ["zones", "custom_hostnames", "endpoint", "token", "email", "key"]
        )
        let surroundings = ProviderSurroundings.scripted(ScriptedHTTP([]))
        let stranger = ProviderSettings(name: try ProviderName("x"), kind: "cloudfare", values: [:])
        #expect(
            throws: ProviderSettingsRefused([
                ProviderSettingError(
                    key: "kind",
                    reason:
                        "no provider is called \"cloudfare\"; there is \(ProviderCatalog.kinds.joined(separator: ", "))"
                )
            ])
        ) {
            _ = try ProviderCatalog.make(stranger, surroundings)
        }
    }
}
