// What an operator may write about a CertCentral account, and what each mistake is told.
import DCV
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DigiCertConfigurationTests {
    private func fault(_ changes: [String: ProviderSettings.Value?]) throws -> ProviderSettingError? {
        do {
            _ = try DigiCertConfiguration(try DigiCertSample.settings(changes))
            return nil
        } catch let refused as ProviderSettingsRefused {
            #expect(refused.errors.count == 1, "\(refused)")
            return refused.errors.first
        }
    }

    @Test func theRegionChoosesTheEndpointAndNothingPrintsTheKey() throws {
        let plain = try DigiCertConfiguration(try DigiCertSample.settings())
        #expect(plain.endpoint.description == "https://www.digicert.com/services/v2" && plain.readsOrders)
        let europe = try DigiCertConfiguration(
            try DigiCertSample.settings(["region": .text("eu"), "orders": .text("false")])
        )
        #expect(europe.endpoint.description == "https://certcentral.digicert.eu/services/v2" && !europe.readsOrders)
        let local = try DigiCertConfiguration(
            try DigiCertSample.settings(["endpoint": .text("http://127.0.0.1:8080/services/v2")])
        )
        #expect(local.endpoint.description == "http://127.0.0.1:8080/services/v2")
        #expect(!"\(plain) \(europe) \(local)".contains(DigiCertSample.key))
    }

    @Test func everyMistakeNamesItsKey() throws {
        let secret = ProviderSettings.Value.secret(try #require(Secret("x".utf8)))
        let mistakes: [(String, [String: ProviderSettings.Value?])] = [
            ("api_key", ["api_key": nil]), ("api_key", ["api_key": .text("abc")]), ("region", ["region": .text("US")]),
            ("region", ["region": .text("")]), ("region", ["region": .list(["us"])]), ("region", ["region": secret]),
            ("region", ["region": .text("us"), "endpoint": .text("https://example.net/")]),
            ("endpoint", ["endpoint": .text("http://www.digicert.com/services/v2")]),
            ("orders", ["orders": .text("yes")]), ("orders", ["orders": .list([])]), ("token", ["token": secret]),
        ]
        for (key, changes) in mistakes {
            let error = try fault(changes)
            #expect(error?.key == key, "\(changes): \(String(describing: error))")
        }
    }

    @Test func theKindIsInTheCatalog() throws {
        #expect(ProviderCatalog.keys["digicert"] == ["api_key", "region", "endpoint", "orders"])
        let provider = try DigiCertSample.provider(DigiCertTable([:]))
        #expect(provider.name.text == "dc")
    }
}
