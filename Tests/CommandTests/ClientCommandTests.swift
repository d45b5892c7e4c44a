// The program as the hook of an ACME client: the client's words reach it as they are, and options stand before them.
import Agent
import ArgumentParser
import DCV
import Testing

@testable import dnsproof

@Suite("Hook of ACME clients", .timeLimit(.minutes(1)))
struct ClientCommandTests {
    @Test("whatever stands behind the first word of a client is its own, hyphens and all")
    func verbatim() throws {
        let words = ["deploy_challenge", "a.example", "-h", "--help", "--", "--config", "-x"]
        let command = try #require(
            try DNSProof.parseAsRoot(["hook", "dehydrated", "--wait", "5m", "--config", "c.yaml"] + words)
                as? DehydratedCommand
        )
        #expect(command.words == words)
        #expect(command.options.config == "c.yaml" && command.wait.milliseconds == 300_000)
        let raw = ["present", "--", "a.example", "-token", "-token.-thumbprint"]
        let lego = try #require(try DNSProof.parseAsRoot(["hook", "lego"] + raw) as? LegoCommand)
        #expect(lego.words == raw && lego.options.config == nil && lego.wait.milliseconds == 900_000)
    }

    @Test("a link's name is the verb, wherever the link lies")
    func links() {
        for verb in ["certbot-auth", "certbot-cleanup", "dehydrated", "lego"] {
            #expect(HookLinks.arguments(["/opt/x y/dnsproof-\(verb)", "-a", "--"]) == ["hook", verb, "-a", "--"])
        }
        #expect(HookLinks.arguments(["dnsproof-lego"]) == ["hook", "lego"])
        for name in ["/usr/bin/dnsproof", "dnsproof-", "dnsproof-x", "dnsproof-lego/dnsproof", "x-dnsproof-lego"] {
            #expect(HookLinks.arguments([name, "run"]) == ["run"])
        }
        #expect(HookLinks.arguments([]) == [])
        // Refused as a command that there is not.
        for verb in ["certbot", "lgeo", "certbot-cleanu"] {
            let words = HookLinks.arguments(["dnsproof-\(verb)", "run"])
            #expect(words == ["hook", verb, "run"])
            #expect(throws: Ending.self) { try DNSProof.refuseUnknown(words) }
        }
        // What is shielded elsewhere is shielded here.
        let check = ["dnsproof", "check", "_a.example", "TXT", "-QhX"]
        #expect(HookLinks.arguments(check) == ["check", "_a.example", "TXT", "--", "-QhX"])
    }

    @Test(
        "what dehydrated says beside its challenges ends well without a configuration being looked for",
        arguments: [
            ["startup_hook"], ["generate_csr", "a.example", "/certs", "a.example b.example"],
            ["this_hookscript_is_broken__dehydrated_is_working_fine__please_ignore_unknown_hooks_in_your_script"],
        ]
    )
    func ignored(words: [String]) async throws {
        let arguments = ["hook", "dehydrated", "--config", "/nowhere/config.yaml"] + words
        let command = try #require(try DNSProof.parseAsRoot(arguments) as? DehydratedCommand)
        try await command.run()
        // The file is missing indeed: with a challenge it is missed.
        let challenge = ["deploy_challenge", "a.example", "t", String(repeating: "A", count: 43)]
        let other = try #require(
            try DNSProof.parseAsRoot(Array(arguments.prefix(4)) + challenge) as? DehydratedCommand
        )
        let ending = await #expect(throws: Ending.self) { try await other.run() }
        #expect(ending?.code == .configuration)
    }

    @Test(
        "an option that is none, and words that cannot be understood, are usage errors",
        arguments: ["dehydrated", "lego"]
    )
    func refused(verb: String) async throws {
        for words in [[], ["--confg", "x"], verb == "lego" ? ["present"] : ["deploy_challenge", "a.example"]] {
            var command = try #require(try DNSProof.parseAsRoot(["hook", verb] + words) as? any AsyncParsableCommand)
            do {
                try await command.run()
                Issue.record("\(words) were taken")
            } catch let ending as Ending {
                #expect(ending.code == .usage)
            }
        }
    }
}
