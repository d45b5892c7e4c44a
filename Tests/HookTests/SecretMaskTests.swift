// A hook that repeats its credential, in any of the usual forms, tells it to nobody.
import Agent
import DCV
import Foundation
import Platform
import Testing

@Suite(.startsPrograms, .serialized, .timeLimit(.minutes(1)))
struct SecretMaskTests {
    private func said(_ words: String, secrets: [String: String]) async throws -> String {
        let children = RecordingChildren(.exited(1), errorOutput: words)
        let hook = try HookPublisher.test("/x", secrets: secrets, children: children)
        guard case .failed(let reason) = await hook.publish(try .txt("v")) else { return "another outcome" }
        return reason.replacing(" (exit code 1)", with: "")
    }

    @Test(arguments: ["p@ss w0rd/é+\"x\"", "abcd", "0123456789abcdef0123456789abcdef", "x:y;z"])
    func everyFormOfOneSecret(secret: String) async throws {
        let base64 = Data(secret.utf8).base64EncodedString()
        let urlBase64 = base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        let unreserved = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
        )
        let percent = try #require(secret.addingPercentEncoding(withAllowedCharacters: unreserved))
        for form in [secret, base64, urlBase64, percent, percent.lowercasedHex, percent.replacing("%20", with: "+")] {
            #expect(
                try await said("401 with [\(form)] for you", secrets: ["k": secret]) == "401 with [***] for you",
                "\(form)"
            )
        }
        for prefix in ["a", "ab", "abc", "user:", "longer-user:"] {
            for suffix in ["", "x", "xy", "@host"] {
                let text = try await said(
                    "Basic " + Data((prefix + secret + suffix).utf8).base64EncodedString(),
                    secrets: ["k": secret]
                )
                let shown = try #require(text.split(separator: " ").last)
                #expect(shown.contains("***"), "\(text)")
                let limitBytes = (prefix.utf8.count + suffix.utf8.count) * 4 / 3 + 8
                #expect(shown.utf8.count < limitBytes, "\(text)")
            }
        }
    }

    @Test func piecesOfAKeyLine() async throws {
        let key = "hmac-sha256:dnsproof:c2VjcmV0c2VjcmV0c2VjcmV0"
        let words = "could not create key from c2VjcmV0c2VjcmV0c2VjcmV0: bad base64 encoding"
        #expect(
            try await said(words, secrets: ["tsig_key": key]) == "could not create key from ***: bad base64 encoding"
        )
    }

    @Test func aSecretOfSeveralLines() async throws {
        let pem = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nEFAASCBKcwggSjAgEAAoIB\n-----END KEY-----"
        #expect(try await said("bad key: \(pem) ", secrets: ["k": pem]) == "bad key: *** ")
        #expect(try await said("line MIIEvQIBADANBgkqhkiG9w0BAQ", secrets: ["k": pem]) == "line ***")
    }

    @Test func theLongerOfTwoSecretsWins() async throws {
        #expect(try await said("is abcdefgh", secrets: ["a": "abcd", "b": "abcdefgh"]) == "is ***")
        #expect(try await said("is abcdabcd", secrets: ["a": "abcd"]) == "is ******")
        #expect(try await said("nothing here", secrets: ["a": "abcd"]) == "nothing here")
    }

    /// The whole way, with a hook that prints what it was given.
    @Test func aHookThatPrintsItsEnvironment() async throws {
        let folder = try HookFolder()
        let secret = "s3cr3t-\(UUID().uuidString)"
        for command in [
            "env", "env | tr '\\n' ' '", "cat", "printf '%s' \"$DNSPROOF_SECRET_K\" | base64",
            "set -x; : \"$DNSPROOF_SECRET_K\"",
        ] {
            let program = try await folder.addScript("hook", "{ \(command); } >&2; exit 1")
            let outcome = await (try HookPublisher.test(program, secrets: ["k": secret])).publish(try .txt("v"))
            let told = "\(outcome)"
            #expect(!told.contains(secret))
            #expect(!told.contains(String(secret.dropFirst(7).prefix(12))))
            #expect(!told.contains(String(Data(secret.utf8).base64EncodedString().prefix(12))))
        }
    }

    @Test func theLinesOfACredentialsFile() async throws {
        let file = "[default]\nkey_id=AKIAIOSFODNN7EXAMPLE\nsecret = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY=\n"
        for said in ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY="] {
            #expect(try await self.said("no such key: [\(said)]", secrets: ["k": file]) == "no such key: [***]")
        }
    }
}

extension String {
    /// "%C3%A9" as "%c3%a9".
    fileprivate var lowercasedHex: String {
        var text = ""
        var rest = self[...]
        while let percent = rest.firstIndex(of: "%") {
            text += rest[..<percent] + rest[percent...].prefix(3).lowercased()
            rest = rest[percent...].dropFirst(3)
        }
        return text + rest
    }
}
