// Cloudflare's own Python client finds the rehearsed Cloudflare to be a Cloudflare: what a stranger's code accepts is no invention.
import DCV
import Foundation
import Platform
import Rehearsal
import Testing

/// The Python programs that `make setup` installs, exactly as they are pinned.
enum PythonPrograms {
    private static let home = Surroundings.clone + "/.build/python"
    static let interpreter = home + "/bin/python3"

    static let missing: String? = {
        let pins = FileManager.default.contents(atPath: Surroundings.clone + "/packaging/python-packages.txt")
        guard let installed = FileManager.default.contents(atPath: home + "/pins") else {
            return "no Python environment in .build/python (try: make setup)"
        }
        return installed == pins ? nil : "the Python environment in .build/python has other versions (try: make setup)"
    }()

    /// A machine without them says so and passes the story over; where the project is judged they must be there.
    static var mayRun: Bool { missing == nil || Surroundings.environment["CI"] == "true" }
}

@Suite(
    "Official client",
    .enabled("\(PythonPrograms.missing ?? "the Python environment is there")") { PythonPrograms.mayRun },
    .timeLimit(.minutes(2))
)
struct OfficialClientStory {
    private static let zoneID = "023e105f4ecef8ad9ca31a8372d0c353"
    private static let token = "a-token-of-the-official-client"
    private static let deadlineMilliseconds: Int64 = 90_000

    private static func packID(_ number: Int) -> String {
        let digits = String(number)
        return "4449b368-d10f-4a73-9d27-" + String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }

    /// More packs than two pages hold; one that only the list of packs tells, with everything a pack can tell.
    private static func packs() -> [RehearsedPack] {
        var late = RehearsedPack(
            id: packID(3),
            hosts: ["late.shop.example"],
            status: "validation_timed_out",
            certificateAuthority: "ssl_com"
        )
        late.type = "advanced"
        late.listings = [.packs]
        late.offersDelegation = true
        late.validationErrors = ["SERVFAIL looking up CAA for late.shop.example"]
        return [
            RehearsedPack(id: packID(1), hosts: ["shop.example"]),
            RehearsedPack(id: packID(2), hosts: ["docs.shop.example"]), late,
        ] + (4...112).map { RehearsedPack(id: packID($0), hosts: ["h\($0).shop.example"], status: "active") }
    }

    private static func hostnames() -> [RehearsedHostname] {
        var app = RehearsedHostname(
            id: "234e5416-9d5b-4f0c-8b3e-0a5b6c7d8e9f",
            hostname: "app.customer.example",
            certificateID: "aa4bd600-9d5b-4f0c-8b3e-0a5b6c7d8e9f"
        )
        app.settings = ["min_tls_version": .text("1.2"), "http2": .text("on")]
        return [app]
            + (10..<20).map { number in
                RehearsedHostname(
                    id: "234e5416-9d5b-4f0c-8b3e-0a5b6c7d8e\(number)",
                    hostname: "h\(number).customer.example",
                    certificateID: "aa4bd600-9d5b-4f0c-8b3e-0a5b6c7d8e\(number)"
                )
            }
    }

    private static func start() async throws -> RehearsedCloudflare {
        let shop = RehearsedProviderZone(id: zoneID, name: "shop.example", packs: packs(), hostnames: hostnames())
        let others = (1...11).map { number in
            RehearsedProviderZone(
                id: String(repeating: "0", count: 30) + "\(number + 10)",
                name: "zone\(number).example",
                kind: number == 7 ? .full : .partial,
                packs: []
            )
        }
        let api = try await RehearsedCloudflare.start(zones: [shop] + others, credentials: [.token(token)])
        api.grant(RehearsedGrant([.zoneRead]), to: .token("less"))
        return api
    }

    @Test("The official Python client reads, looks, switches, makes and deletes without a surprise on either side")
    func pythonClient() async throws {
        try #require(PythonPrograms.missing == nil, "\(PythonPrograms.missing ?? "")")
        let api = try await Self.start()
        let folder = try Surroundings.makeFolder()
        // The interpreter is a link; only by its own path does it know its environment.
        let command = ChildCommand(
            program: "/bin/sh",
            arguments: [
                "-c", "exec \"$@\"", "sh", PythonPrograms.interpreter,
                Surroundings.clone + "/Tests/Fixtures/cloudflare/official-client.py",
            ],
            environment: [
                "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": folder, "API_URL": api.endpoint,
                "API_TOKEN": Self.token,
            ],
            directory: folder,
            deadlineMilliseconds: Self.deadlineMilliseconds
        )
        let outcome = Outcome(await ChildProcess().run(command))
        await api.shutdown()
        try? FileManager.default.removeItem(atPath: folder)
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.output == "44 steps held\n", "\(outcome)")
        // The client sends a method without a type as it is told to: the one call of a wrong form.
        #expect(api.surprises.count == 1 && api.surprises.first?.contains("Both validation type") == true)
        let called = Set(api.calls.entries.compactMap(\.route))
        let missed = Set(RehearsedRoute.allCases).subtracting(called)
        #expect(missed.isEmpty, "not called: \(missed)")
        #expect(api.calls.entries.allSatisfy { $0.request.header("user-agent").first == "Cloudflare/Python 5.9.0" })
        #expect(api.hostname("234e5416-9d5b-4f0c-8b3e-0a5b6c7d8e9f")?.resets == [])
        #expect(api.validations.entries.count == 4 && api.validations.entries.allSatisfy(\.succeeded))
        #expect(api.zones.first?.records.map(\.content) == ["\"B\""])
    }
}
