// Which program a hook's name means, and what a hook says of itself.
import Agent
import DCV
import Foundation
import Platform
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HookLocationTests {
    private let folders = HookLocation.folders(
        besideConfiguration: "/home/u/.config/dnsproof",
        installed: ["/usr/share/x/hooks"]
    )

    private func failure(_ hook: String, existing: Set<String> = []) -> String? {
        do {
            _ = try HookLocation.path(of: hook, folders: folders, exists: existing.contains)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func theFirstPlaceWins() throws {
        let all: Set = [
            "/home/u/.config/dnsproof/hooks/nsupdate", "/etc/dnsproof/hooks/nsupdate", "/usr/share/x/hooks/nsupdate",
        ]
        for (missing, found) in [
            (0, "/home/u/.config/dnsproof/hooks/nsupdate"), (1, "/etc/dnsproof/hooks/nsupdate"),
            (2, "/usr/share/x/hooks/nsupdate"),
        ] {
            let left = all.subtracting(folders.prefix(missing).map { $0 + "/nsupdate" })
            #expect(try HookLocation.path(of: "nsupdate", folders: folders, exists: left.contains) == found)
        }
        #expect(HookLocation.folders(besideConfiguration: nil, installed: []) == ["/etc/dnsproof/hooks"])
    }

    @Test func anAbsolutePathIsTakenAsItIs() throws {
        #expect(
            try HookLocation.path(of: "/opt/x y/hook", folders: folders) { $0 == "/opt/x y/hook" } == "/opt/x y/hook"
        )
        #expect(
            failure("/opt/hook", existing: ["/etc/dnsproof/hooks/hook"])
                == "hook \"/opt/hook\" was not found; looked at /opt/hook"
        )
    }

    @Test func everyPlaceIsNamed() {
        #expect(
            failure("route53") == "hook \"route53\" was not found; looked at /home/u/.config/dnsproof/hooks/route53, "
                + "/etc/dnsproof/hooks/route53, /usr/share/x/hooks/route53"
        )
    }

    @Test(arguments: [
        "", ".", "..", ".x", "-x", "a/b", "../x", "./x", "a b", "a\nb", "a\0", "é", "$(x)",
        String(repeating: "a", count: 65),
    ])
    func noOtherWordIsAName(hook: String) {
        var asked: [String] = []
        #expect(throws: HookLocationError.self) {
            try HookLocation.path(of: hook, folders: folders) { place in
                asked.append(place)
                return true
            }
        }
        #expect(asked.isEmpty)
        #expect(failure(hook)?.contains("neither an absolute path nor a name") == true)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct HookDescriptionTests {
    private func described(_ ending: ChildResult.Ending, _ output: String = "") async throws -> Result<
        HookDescription, HookDescriptionError
    > {
        await (try HookPublisher.test("/x", children: RecordingChildren(ending, output: output))).describe()
    }

    private func read(_ answer: String) -> HookDescription? { try? HookDescription(answer: Array(answer.utf8)) }

    @Test func kindsAndLabels() throws {
        #expect(
            read(#"{"kinds":["txt","cname"],"labels":"any"}"#) == HookDescription(kinds: [.txt, .cname], labels: .any)
        )
        #expect(read(" {\"kinds\":[\"http\"]}\n") == HookDescription(kinds: [.http], labels: .any))
        #expect(
            read(#"{"labels":["_acme-challenge","_DNSAUTH"],"kinds":["txt"]}"#)
                == HookDescription(kinds: [.txt], labels: .only(["_acme-challenge", "_dnsauth"]))
        )
        for seconds: Int64 in [1, 120, 2_592_000] {
            #expect(
                read(#"{"kinds":["txt"],"takes_s":\#(seconds)}"#)
                    == HookDescription(kinds: [.txt], labels: .any, takesSeconds: seconds)
            )
        }
    }

    @Test(arguments: [
        "x", "[]", "{}", "null", #"{"kinds":[]}"#, #"{"kinds":"txt"}"#, #"{"kinds":["TXT"]}"#, #"{"kinds":["mx"]}"#,
        #"{"kinds":[1]}"#,
        #"{"kinds":["txt"],"kinds":["cname"]}"#, #"{"kind":["txt"]}"#, #"{"kinds":["txt"],"label":"any"}"#,
        #"{"kinds":["txt"],"labels":"all"}"#,
        #"{"kinds":["txt"],"labels":[]}"#, #"{"kinds":["txt"],"labels":["a.b"]}"#, #"{"kinds":["txt"],"labels":[""]}"#,
        #"{"kinds":["txt"],"labels":[null]}"#,
        #"{"kinds":["txt"],"takes_s":0}"#, #"{"kinds":["txt"],"takes_s":2592001}"#,
        #"{"kinds":["txt"],"takes_s":"60"}"#,
        #"{"kinds":["txt"],"takes_s":1.5}"#, #"{"kinds":["txt"],"takes":60}"#, #"{"kinds":["txt"],"takes_s":-1}"#,
        #"{"kinds":["txt"]} x"#, #"{"kinds":["txt"],"labels":["$(x)"]}"#, "\u{FEFF}{\"kinds\":[\"txt\"]}",
    ])
    func nothingElseIsUnderstood(answer: String) async throws {
        #expect(read(answer) == nil)
        let result = try await described(.exited(0), answer)
        #expect(throws: HookDescriptionError.self) { try result.get() }
    }

    @Test func whatAHookServes() throws {
        let any = Situation.PublisherView(name: "any", kinds: [.cname, .txt])
        let name = try DomainName("_acme-challenge.example.com")
        #expect(any.serves(.txt, at: name) && any.serves(.cname, at: name) && !any.serves(.http, at: name))
        let narrow = Situation.PublisherView(name: "narrow", kinds: [.http, .txt], labels: ["_acme-challenge"])
        #expect(narrow.serves(.txt, at: name) && !narrow.serves(.cname, at: name))
        #expect(!narrow.serves(.txt, at: try DomainName("_dnsauth.example.com")))
        #expect(!narrow.serves(.txt, at: .root))
        #expect(narrow.serves(.http, at: try DomainName("shop.example.com")))
    }

    @Test func aHookWithoutTheVerb() async throws {
        for code: Int32 in [1, 64, 69] { #expect(try await described(.exited(code), "junk").get() == .undescribed) }
        #expect(try await described(.exited(0)).get() == .undescribed)
        for ending: ChildResult.Ending in [.timedOut, .cancelled, .signaled(9), .notStarted("x")] {
            let result = try await described(ending, #"{"kinds":["txt"]}"#)
            #expect(throws: HookDescriptionError.self) { try result.get() }
        }
    }

    @Test func theQuestionCarriesSettingsAndNoSecret() async throws {
        let children = RecordingChildren(.exited(0))
        let hook = try HookPublisher.test(
            "/x",
            settings: ["root": "/srv"],
            secrets: ["k": "hidden"],
            children: children
        )
        _ = await hook.describe()
        let command = try #require(await children.commands.first)
        #expect(command.arguments == ["describe"])
        #expect(command.deadlineMilliseconds == HookPublisher.describeDeadlineMilliseconds)
        #expect(
            Set(command.environment.keys) == [
                "PATH", "LANG", "HOME", "TMPDIR", "DNSPROOF_API", "DNSPROOF_ACTION", "DNSPROOF_DEADLINE_S",
                "DNSPROOF_SETTING_ROOT",
            ]
        )
        #expect(!String(decoding: command.input, as: UTF8.self).contains("hidden"))
    }
}
