// The figures that the runner is held to: bad hooks by the round, and payloads by the field and the language.
//
// DNSPROOF_HOOK_ROUNDS=25 makes it the whole of it (`make integration`); without it each is tried once, and payloads with sh alone.
import Agent
import DCV
import Foundation
import Platform
import Testing

private let rounds = Rounds.ofBadHooks

extension StartedHooks {
    @Suite("Figures of the runner", .startsProgramsAlone, .serialized, .timeLimit(.minutes(20)))
    struct BadHookFigures {
        private static let atOnce = 4
        private let folder: HookFolder

        init() throws {
            folder = try HookFolder()
            try #require(Startup.harden())
        }

        @Test func fortyBadHooksByTheRound() async throws {
            #expect(BadHook.all.count == 40 && Set(BadHook.all.map(\.script)).count == 40)
            let began = ContinuousClock.now
            _ = await (try HookPublisher.test(try await folder.addScript("warm", "exit 0"))).publish(try .txt("v"))
            let before = try await HookTraces.fewestDescriptors()
            for _ in 0..<rounds {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (index, bad) in BadHook.all.enumerated() {
                        if index >= Self.atOnce { try await group.next() }
                        group.addTask { try await expectEnding(of: bad, number: index) }
                    }
                    try await group.waitForAll()
                }
                try await folder.expectNothingLeft()
            }
            let after = try await HookTraces.fewestDescriptors(atMost: before)
            #expect(after <= before)
            print(
                "bad hooks: \(BadHook.all.count) x \(rounds) in \(ContinuousClock.now - began); processes left 0, "
                    + "descriptors \(before) before and \(after) after"
            )
        }

        private func expectEnding(of bad: BadHook, number: Int) async throws {
            let hook = try HookPublisher.test(
                try await folder.addScript("hook\(number)", bad.script),
                settings: ["mark": folder.path, "bulk": String(repeating: "x", count: 60_000)],
                secrets: ["key": "0123456789abcdef"],
                deadlineMilliseconds: bad.deadlineMilliseconds
            )
            let began = ContinuousClock.now
            let outcome = await hook.publish(try .txt("v"))
            let told = outcome.told
            #expect(
                told.kind == bad.wanted && (bad.words.isEmpty || told.reason.contains(bad.words)),
                "\(bad.name): \(told)"
            )
            #expect(
                !told.reason.contains("0123456789abcdef") && !told.reason.contains("MDEyMzQ1Njc4OWFiY2RlZg"),
                "\(bad.name)"
            )
            #expect(told.reason.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(bad.name)")
            #expect(told.reason.utf8.count < 1_400, "\(bad.name)")
            #expect(ContinuousClock.now - began < .milliseconds(bad.deadlineMilliseconds + 6_000), "\(bad.name)")
        }

        @Test func payloadsInEveryFieldAndLanguage() async throws {
            let canary = folder.path + "/pwned"
            let payloads = Payloads.all(canary: canary)
            #expect(payloads.count == 60 && Set(payloads).count == 60)
            let languages = Rounds.areAll ? Payloads.recorders : Array(Payloads.recorders.prefix(1))
            var exact = 0
            var refused = 0
            for (language, text) in languages {
                let program = try await folder.add("recorder-\(language)", text)
                for payload in payloads {
                    for order in [try? PublishingOrder.odd(dns: payload), try? PublishingOrder.odd(http: payload)] {
                        guard let order else {
                            // NUL can stand in no variable; every other refusal is a type's.
                            refused += 1
                            continue
                        }
                        let hook = try? HookPublisher.test(
                            program,
                            settings: ["odd": payload],
                            secrets: ["odd": payload]
                        )
                        guard let hook else {
                            #expect(payload.utf8.contains(0) || payload.utf8.count > 65_536)
                            refused += 1
                            continue
                        }
                        let outcome = await hook.publish(order.order)
                        #expect(outcome == .done, "\(language): \(OctetText(payload.utf8).shortened())")
                        for (variable, wanted) in order.fields + [("SETTING_ODD", payload), ("SECRET_ODD", payload)] {
                            let saw = try folder.read("got-\(variable)")
                            #expect(
                                saw == Array(wanted.utf8),
                                "\(language) \(variable): \(OctetText(payload.utf8).shortened())"
                            )
                            exact += 1
                        }
                        #expect(!FileManager.default.fileExists(atPath: canary))
                    }
                }
            }
            #expect(!FileManager.default.fileExists(atPath: canary))
            print(
                "payloads: \(payloads.count) x \(languages.map(\.0)); \(exact) fields byte for byte, \(refused) orders refused, canary never made"
            )
        }
    }
}

/// An order in which every field that may hold free text holds a payload, as far as the field's type takes it.
struct OddOrder {
    let order: PublishingOrder
    /// Variable without its prefix, and the text it must hold.
    let fields: [(String, String)]
}

extension PublishingOrder {
    /// Each field is the payload where its type accepts it, else something harmless; throws when none accepts it.
    static func odd(dns payload: String) throws -> OddOrder {
        let plain = try DomainName("_acme-challenge.example.com")
        let name = (try? DomainName(payload)) ?? plain
        let value = try? TXTValue(payload)
        let order = PublishingOrder(
            id: payload.utf8.contains(0) || payload.utf8.count > 65_536 ? "id" : payload,
            record: RequiredRecord(.txt(name: name, value: try value ?? TXTValue("v"))),
            target: name,
            zone: name,
            ttlSeconds: 60
        )
        guard value != nil || name != plain || order.id == payload else {
            throw NameError(.octetNotAllowed, OctetText(payload.utf8))
        }
        return OddOrder(
            order: order,
            fields: [
                ("VALUE", value?.text ?? "v"), ("NAME", name.text), ("TARGET", name.text), ("ZONE", name.text),
                ("ID", order.id), ("TTL", "60"), ("KIND", "txt"), ("TYPE", "TXT"),
            ]
        )
    }

    static func odd(http payload: String) throws -> OddOrder {
        let path = try? HTTPTokenPath("/.well-known/pki-validation/" + payload)
        let body = try? HTTPTokenBody(payload)
        guard path != nil || body != nil else { throw NameError(.octetNotAllowed, OctetText(payload.utf8)) }
        let host = try (try? DomainName(payload)) ?? DomainName("shop.example.com")
        let goodPath = try path ?? (try HTTPTokenPath("/.well-known/pki-validation/x"))
        let goodBody = try body ?? (try HTTPTokenBody("b"))
        return OddOrder(
            order: PublishingOrder(
                id: "id",
                record: RequiredRecord(.http(host: host, path: goodPath, body: goodBody)),
                target: host,
                zone: host,
                ttlSeconds: 60
            ),
            fields: [
                ("HTTP_HOST", host.text), ("HTTP_PATH", goodPath.text), ("HTTP_BODY", goodBody.text), ("KIND", "http"),
            ]
        )
    }
}
