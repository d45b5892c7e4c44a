// Text that would like to be a command, a second line or another record reaches a real hook as the bytes it is, or
// nowhere.
import Agent
import DCV
import Foundation
import Platform
import Testing

@Suite(.startsPrograms, .serialized, .timeLimit(.minutes(1)))
struct HookInjectionTests {
    private let folder: HookFolder

    init() throws { folder = try HookFolder() }

    /// Writes the variables that hold free text to files, and what came on stdin, and how it was called.
    private static let recorder = """
        cat >"${0%/*}/stdin"
        for name in VALUE HTTP_BODY SETTING_ODD SECRET_ODD; do
            name=DNSPROOF_$name
            eval "value=\\${$name-unset}"
            printf '%s' "$value" >"${0%/*}/$name"
        done
        printf '%s\\n' "$#" "$1" >"${0%/*}/argv"
        tr '\\0' '\\n' </proc/$$/environ | cut -d= -f1 | sort >"${0%/*}/names"
        """

    /// Families of payloads that the value types let through as harmless octets: data to the hook all the same.
    static let values = [
        "-n", "--", "-e x", "@file", "@/etc/passwd", "~", "~root", "../../x", "/etc/passwd", "a=B=c", "=x",
        "x; touch y", "a;b", "a,b:c/d+e", "x  y",
        "; IN TXT x", "a @ b", "google-site-verification=x", String(repeating: "v", count: 255), "-", "_",
        "x.",
    ]

    /// For what takes long, one of each family; `make integration` takes them all.
    static var someValues: [String] {
        Rounds.areAll
            ? values
            : ["-e x", "@/etc/passwd", "x; touch y", "x  y", "a @ b", String(repeating: "v", count: 255), "-", "x."]
    }

    @Test(arguments: values)
    func acceptedValuesArriveByteForByte(value: String) async throws {
        let program = try await folder.addScript("hook", Self.recorder)
        let hook = try HookPublisher.test(program)
        #expect(await hook.publish(try .txt(value)) == .done)
        #expect(try folder.read("DNSPROOF_VALUE") == Array(value.utf8))
        #expect(try folder.text("argv") == "1\npublish\n")
        let document = try StrictJSON.parse(try folder.read("stdin"), limitBytes: 1 << 20)
        #expect(document["value"]?.string.map { Array($0.utf8) } == Array(value.utf8))
        #expect(await hook.withdraw(try .http(value)) == .done)
        #expect(try folder.read("DNSPROOF_HTTP_BODY") == Array(value.utf8))
        #expect(try folder.text("DNSPROOF_VALUE") == "unset")
    }

    /// Settings and secrets are the operator's own text: anything but NUL.
    static let odd = [
        "$(touch pwned)", "`touch pwned`", "; touch pwned", "&& touch pwned", "| touch pwned", "a\nb", "a\rb", "a\r\nb",
        "\n", " lead and trail ", "\t", "'", "\"",
        "$IFS", "${HOME}", "*", "?", "[a-z]", "~", "%s%n%d", "-n", "--help", "@file", "../..", "/abs", "\"},{\"x\":\"",
        "' OR 1=1 --", "\\\"", "\\065", "$INCLUDE /etc/passwd",
        "\u{1B}[31m", "\u{2028}", "\u{202E}", "\u{FEFF}", "\u{200B}", "\u{FF0F}", "\u{212A}", "e\u{301}", "=A=B",
        "() { :;}; touch pwned", "{{7*7}}", "<script>", "http://u:p@h/",
        "\u{1}", "\u{7F}", "\u{10FFFF}", String(repeating: "long ", count: 12_000),
    ]

    @Test func oddSettingsArriveByteForByte() async throws {
        let program = try await folder.addScript("hook", Self.recorder)
        for text in Self.odd {
            let hook = try HookPublisher.test(program, settings: ["odd": text], secrets: ["odd": text])
            #expect(await hook.publish(try .txt("v")) == .done)
            #expect(try folder.read("DNSPROOF_SETTING_ODD") == Array(text.utf8))
            #expect(try folder.read("DNSPROOF_SECRET_ODD") == Array(text.utf8))
            let document = try StrictJSON.parse(try folder.read("stdin"), limitBytes: 1 << 20)
            #expect(document["settings"]?["odd"]?.string.map { Array($0.utf8) } == Array(text.utf8))
            #expect(document["secrets"]?["odd"]?.string.map { Array($0.utf8) } == Array(text.utf8))
        }
        #expect(!folder.has("pwned"))
        #expect(try folder.text("argv") == "1\npublish\n")
    }

    /// What a provider may not say at all: the hook is never asked, because no order can be made of it.
    @Test(arguments: [
        "$(touch x)", "`id`", "a\nb", "a\r\n", "a\0b", "\"", "'", "\\", "a|b", "a&b", "a>b", "a<b", "a*", "a?", "{}",
        "(x)", "!", "#", "^", "é", "\u{202E}", "\u{212A}",
        "\u{1B}[0m", " x", "x ", "", String(repeating: "x", count: 256),
    ])
    func refusedValuesNeverBecomeAnOrder(value: String) {
        #expect(throws: NameError.self) { try PublishingOrder.txt(value) }
    }

    @Test func nothingOfOursIsInherited() async throws {
        let program = try await folder.addScript("hook", Self.recorder)
        #expect(ProcessInfo.processInfo.environment.count > 3, "there is something to inherit")
        #expect(await (try HookPublisher.test(program)).publish(try .txt("v")) == .done)
        let names = try folder.text("names").split(separator: "\n").map { String($0) }
        #expect(
            Set(names) == [
                "DNSPROOF_ACTION", "DNSPROOF_API", "DNSPROOF_DEADLINE_S", "DNSPROOF_ID", "DNSPROOF_KIND",
                "DNSPROOF_NAME",
                "DNSPROOF_TARGET", "DNSPROOF_TTL", "DNSPROOF_TYPE", "DNSPROOF_VALUE", "DNSPROOF_ZONE", "HOME", "LANG",
                "PATH", "TMPDIR",
            ]
        )
    }

    /// A printf that is a program would have the secret in its command line: a shell without one of its own is refused.
    @Test(arguments: [
        "nsupdate", "powerdns", "acme-dns", "azure-dns", "google-clouddns", "cloudflare-dns", "naver-globaldns",
    ])
    func noSecretGoesThroughAProgramNamedPrintf(hook: String) async throws {
        let result = await ChildProcess().run(
            ChildCommand(
                program: "/bin/bash",
                arguments: [try await StockHooks.copy(hook, into: folder), "publish"],
                environment: [
                    "PATH": "/usr/bin:/bin", "BASH_ENV": try await folder.add("start", "enable -n printf\n"),
                    "DNSPROOF_KIND": "txt", "DNSPROOF_SETTING_PROGRAM": "/bin/true",
                ]
            )
        )
        let told = String(decoding: result.errorOutput.bytes, as: UTF8.self)
        #expect(result.ending == .exited(78) && told.contains("has no printf of its own"), "\(told)")
    }
}
