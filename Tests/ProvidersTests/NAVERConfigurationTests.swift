// What an operator may write about a NAVER Cloud account, and what each mistake is told.
import DCV
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct NAVERConfigurationTests {
    private func fault(_ changes: [String: ProviderSettings.Value?]) throws -> ProviderSettingError? {
        do {
            _ = try NAVERConfiguration(try NAVERSample.settings(changes))
            return nil
        } catch let refused as ProviderSettingsRefused {
            #expect(refused.errors.count == 1, "\(refused)")
            return refused.errors.first
        }
    }

    @Test func goodSettingsAreTaken() throws {
        let plain = try NAVERConfiguration(try NAVERSample.settings())
        #expect(plain.records == .auto)
        #expect(plain.endpoint.description == "https://certificatemanager.apigw.ntruss.com/")
        #expect(!"\(plain)".contains(NAVERSample.accessKey) && !"\(plain)".contains(NAVERSample.secretKey))
        let full = try NAVERConfiguration(
            try NAVERSample.settings([
                "zone": .text("public"), "records": .text("cname"), "endpoint": .text("http://127.0.0.1:8080/x"),
            ])
        )
        #expect(full.records == .cname && full.endpoint.description == "http://127.0.0.1:8080/x")
    }

    @Test func everyMistakeNamesItsKey() throws {
        let mistakes: [(String, [String: ProviderSettings.Value?])] = [
            ("access_key", ["access_key": nil]), ("access_key", ["access_key": .text("abc")]),
            ("secret_key", ["secret_key": nil]), ("secret_key", ["secret_key": .list(["abc"])]),
            ("zone", ["zone": .text("government")]), ("zone", ["zone": .text("financial")]),
            ("zone", ["zone": .text("Public")]), ("zone", ["zone": .text("")]), ("zone", ["zone": .list(["public"])]),
            ("records", ["records": .text("mx")]), ("records", ["records": .list(["txt"])]),
            ("endpoint", ["endpoint": .text("http://certificatemanager.apigw.ntruss.com/")]),
            ("zones", ["zones": .text("all")]), ("token", ["token": .text("x")]),
        ]
        for (key, changes) in mistakes {
            let error = try fault(changes)
            #expect(error?.key == key, "\(changes): \(String(describing: error))")
        }
    }

    @Test func theOtherZonesAreRefusedWithTheReason() throws {
        for zone in ["government", "financial"] {
            let reason = try #require(try fault(["zone": .text(zone)])).reason
            #expect(reason.contains("API 2.0") && reason.contains("public zone"))
        }
    }

    @Test func theCatalogKnowsIt() throws {
        #expect(
            ProviderCatalog.keys["naver-cloud"] == ["access_key", "secret_key", "zone", "records", "endpoint"]
        )
        let provider = try ProviderCatalog.make(try NAVERSample.settings(), .scripted(ScriptedHTTP([])))
        #expect(provider.name.text == "naver")
    }
}
