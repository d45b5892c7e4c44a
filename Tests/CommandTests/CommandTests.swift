// What can be typed, and what is refused before anything happens.
import Agent
import ArgumentParser
import DCV
import Platform
import Testing

@testable import dnsproof

@Suite("Command line", .timeLimit(.minutes(1)))
struct CommandTests {
    @Test("run takes --only and --zone more than once, and a span")
    func run() throws {
        let command = try #require(
            try DNSProof.parseAsRoot([
                "run", "--only", "*.Example.com", "--only", "cf:4449b368", "--zone", "example.net", "--wait", "30m",
            ]) as? RunCommand
        )
        #expect(command.wait?.milliseconds == 1_800_000)
        #expect(
            command.selection.selection.items.map(\.description) == [
                "*.example.com", "cf:4449b368", "zone example.net",
            ]
        )
    }

    @Test("a value that begins with a hyphen is no option, whatever letters it has")
    func hyphenValue() throws {
        for (typed, read): ([String], [String]) in [
            (["check", "_a.example.com", "TXT", "-QhX"], ["check", "_a.example.com", "TXT", "--", "-QhX"]),
            (
                ["check", "_a.example.com", "txt", "-QhX", "--wait", "5m"],
                ["check", "_a.example.com", "txt", "--wait", "5m", "--", "-QhX"]
            ),
            (["explain", "a.example.com", "TXT", "-hhh"], ["explain", "a.example.com", "TXT", "--", "-hhh"]),
        ] {
            #expect(HyphenValue.shielded(typed) == read)
        }
        for typed in [
            ["check", "_a.example.com", "TXT", "-h"], ["check", "_a.example.com", "TXT", "--wait", "5m", "x"],
            ["check", "_a.example.com", "TXT", "--", "-QhX"], ["check", "_a.example.com", "TXT"], ["run", "-h"], [],
            ["explain", "--help"],
        ] {
            #expect(HyphenValue.shielded(typed) == typed)
        }
        let command = try DNSProof.parseAsRoot(HyphenValue.shielded(["check", "_a.example.com", "TXT", "-QhX"]))
        #expect(command is CheckCommand)
    }

    @Test("check takes a value that begins with a hyphen after --")
    func checkHyphen() throws {
        let command = try #require(
            try DNSProof.parseAsRoot(["check", "--json", "_a.example.com", "TXT", "--", "-x"]) as? CheckCommand
        )
        #expect(command.value == "-x" && command.common.json)
    }

    @Test("check takes CAs by word and by name")
    func checkIssuers() throws {
        let words = [
            "check", "--issuer", "letsencrypt", "--issuer", "PKI.goog", "--wildcard", "_a.example.com", "TXT", "v",
        ]
        let command = try #require(try DNSProof.parseAsRoot(words) as? CheckCommand)
        #expect(command.issuer.map(\.text) == ["letsencrypt.org", "pki.goog"] && command.wildcard)
    }

    @Test("config check asks the providers unless it is told not to, and its help says so")
    func configCheck() throws {
        let asking = try #require(try DNSProof.parseAsRoot(["config", "check", "--json"]) as? ConfigCommand.Check)
        #expect(!asking.offline && asking.common.json)
        #expect(
            try #require(try DNSProof.parseAsRoot(["config", "check", "--offline"]) as? ConfigCommand.Check).offline
        )
        let help = ConfigCommand.Check.helpMessage()
        for words in ["--offline", "Ask no provider", "75", "78"] { #expect(help.contains(words)) }
    }

    @Test("a hook's own settings and secrets are words with a name, and a mistyped secret is not repeated")
    func hookExtras() throws {
        let extras = try HookExtras(["api=https://a.example/?x=1", "empty="], ["token=env:T"])
        #expect(extras.settings == ["api": "https://a.example/?x=1", "empty": ""] && !extras.isEmpty)
        #expect(try HookExtras([], []).isEmpty)
        for words in [["api"], ["=x"], ["a b=x"], ["a=1", "a=2"]] {
            #expect(throws: Mistyped.self) { try HookExtras(words, []) }
        }
        for word in ["token=hunter2", "token", "hunter2", "token=env:", "token=command:hunter2"] {
            let mistyped = #expect(throws: Mistyped.self) { try HookExtras([], [word]) }
            #expect(mistyped?.description.contains("hunter2") == false)
        }
    }

    @Test(
        "nonsense is a usage error",
        arguments: [
            ["run", "--wait", "5"], ["run", "--wait", "9d"], ["run", "--only", "a..b"], ["run", "--only", "cf:"],
            ["run", "--zone", "*.example.com"], ["check", "a.b", "TXT"], ["check", "a.b", "MX", "v"],
            ["check", "a.b", "TXT", "a\"b"], ["check", "--issuer", "nobody", "_a.b", "TXT", "v"],
            ["check", "--wildcard", "_a.b", "TXT", "v"], ["check", "--issuer", "pki.goog", "_a._b", "TXT", "v"],
            ["check", "*.a.b", "TXT", "v"], ["walk"], ["hook", "trust"],
        ]
    )
    func nonsense(words: [String]) {
        do {
            _ = try DNSProof.parseAsRoot(words)
            Issue.record("\(words) was taken")
        } catch {
            #expect(DNSProof.exitCode(for: error).rawValue == 64)
        }
    }

    @Test(
        "a misspelt command is told the nearest one",
        arguments: [
            (["polcy", "check"], #"dnsproof has no command "polcy"; did you mean "policy"?; see dnsproof --help"#),
            (
                ["config", "chek"],
                #"dnsproof config has no command "chek"; did you mean "check"?; see dnsproof config --help"#
            ),
            (
                ["hook", "dehidrated"],
                #"dnsproof hook has no command "dehidrated"; did you mean "dehydrated"?; see dnsproof hook --help"#
            ),
        ]
    )
    func misspelt(words: [String], told: String) {
        let ending = #expect(throws: Ending.self) { try DNSProof.refuseUnknown(words) }
        #expect(ending?.text == [told] && ending?.code == .usage)
    }

    @Test("what is a command, an option or a command's own word is left to the parser")
    func known() throws {
        for words in [
            [], ["run"], ["--help"], ["help", "polcy"], ["config"], ["config", "--help"], ["check", "chek"],
        ] {
            try DNSProof.refuseUnknown(words)
        }
    }

    @Test(
        "a span says what it lacks",
        arguments: [("5", "write 5s"), ("9d", "at most 7d"), ("", "90s"), ("five", "90s")]
    )
    func span(text: String, cure: String) {
        let mistyped = #expect(throws: Mistyped.self) { try Span(text) }
        #expect(mistyped?.description.contains(cure) == true)
        do {
            _ = try DNSProof.parseAsRoot(["run", "--wait", text])
            Issue.record("it was taken")
        } catch {
            #expect(DNSProof.message(for: error).contains(cure), "\(DNSProof.message(for: error))")
        }
    }

    @Test(
        "a word that cannot be taken is told with its character and the cure",
        arguments: [
            (["run", "--zone", "*.example.com"], "write example.com"),
            (
                ["policy", "explain", "b\u{FC}cher.example"],
                "(U+00FC) as character 2 cannot stand in a name; write its xn-- form"
            ),
            (["check", "http://a.example/x", "TXT", "v"], "a URL goes with the type HTTP"),
            (["check", "_a.example.com", "TXT", "\"v\""], "the value \"\"v\"\": a quotation mark as character 1"),
            (["check", "--issuer", "letsencript", "_a.b", "TXT", "v"], "did you mean \"letsencrypt\"?"),
            (["check", "_a.example.com", "TX", "v"], "did you mean \"txt\"?"),
        ]
    )
    func mistyped(words: [String], cure: String) {
        do {
            _ = try DNSProof.parseAsRoot(words)
            Issue.record("\(words) was taken")
        } catch {
            #expect(DNSProof.message(for: error).contains(cure), "\(DNSProof.message(for: error))")
        }
    }

    @Test("the version is one, in words and on the wire")
    func version() {
        #expect(DNSProof.configuration.version == "dnsproof \(Product.version)")
        #expect(HTTPTransport.userAgent == "dnsproof/\(Product.version)")
    }

    @Test("an error that nobody foresaw is a fault of the program; ArgumentParser's own are left to it")
    func unforeseen() throws {
        struct Surprise: Error {}
        let ending = try #require(DNSProof.ending(for: Surprise()))
        #expect(ending.code == .software && ending.text.joined().contains("Surprise"))
        #expect(DNSProof.ending(for: Ending(.configuration, ["x"]))?.code == .configuration)
        #expect(DNSProof.ending(for: ArgumentParser.ExitCode(3)) == nil)
        #expect(DNSProof.ending(for: ValidationError("x")) == nil)
        for words in [["--help"], ["run", "--wait", "5"]] {
            do {
                _ = try DNSProof.parseAsRoot(words)
            } catch {
                #expect(DNSProof.ending(for: error) == nil, "\(words)")
            }
        }
    }

    @Test("every command has help with an example that names itself")
    func help() {
        for command in DNSProof.configuration.subcommands {
            let name = command._commandName
            let leaves = command.configuration.subcommands.isEmpty ? [command] : command.configuration.subcommands
            for leaf in leaves {
                #expect(leaf.configuration.discussion.contains("dnsproof \(name)"), "\(leaf) has no example")
            }
        }
    }
}
