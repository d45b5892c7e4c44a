// Who could have changed a program: every folder and link on the way counts.
import Foundation
import Testing

@testable import Platform

@Suite(.timeLimit(.minutes(1)))
struct ProgramFileTests {
    private func refusal(_ path: String) -> ProgramRefusal? {
        do {
            try ProgramFile.check(path)
            return nil
        } catch {
            return error
        }
    }

    private func workshop() throws -> Workshop {
        let workshop = try Workshop()
        try workshop.makeFolder("a/b")
        for folder in ["a", "a/b"] { try workshop.setMode(folder, 0o755) }
        _ = try workshop.script("exit 0", name: "a/b/hook")
        return workshop
    }

    @Test func whatOnlyTheUserAndRootCanWriteIsTaken() throws {
        let workshop = try workshop()
        #expect(refusal(workshop.path("a/b/hook")) == nil)
        #expect(refusal(workshop.path("a/./b/../b//hook")) == nil)
        #expect(refusal("/usr/bin/env") == nil)
        #expect(refusal("/bin/sh") == nil)
    }

    @Test(arguments: [
        ("a", 0o775), ("a", 0o757), ("a/b", 0o775), ("a/b", 0o777), ("a/b/hook", 0o775), ("a/b/hook", 0o757),
    ])
    func writableByOthersNamesThePlaceAndTheCure(name: String, mode: Int) throws {
        let workshop = try workshop()
        try workshop.setMode(name, mode)
        let refused = try #require(refusal(workshop.path("a/b/hook")))
        #expect(refused.path == workshop.path(name))
        #expect(refused.cure == "chmod go-w \(workshop.path(name))")
        #expect(refused.description.contains("chmod go-w"))
    }

    @Test func aStickyFolderMayStandFurtherUpButNotHoldTheProgram() throws {
        let workshop = try workshop()
        try workshop.setMode("a", 0o1777)
        // Sticky and root's own is what /tmp is; another user's sticky folder is that user's to change.
        if geteuid() == 0 {
            #expect(refusal(workshop.path("a/b/hook")) == nil)
            try workshop.setMode("a/b", 0o1777)
            let refused = try #require(refusal(workshop.path("a/b/hook")))
            #expect(refused.path == workshop.path("a/b"))
            #expect(refused.cure.contains("folder of its own"))
        } else {
            #expect(refusal(workshop.path("a/b/hook"))?.path == workshop.path("a"))
        }
    }

    @Test func everyFolderALinkLeadsThroughCounts() throws {
        let workshop = try workshop()
        try workshop.makeFolder("links")
        try workshop.link("links/hook", to: "../a/b/hook")
        try workshop.link("folder", to: workshop.path("a"))
        #expect(refusal(workshop.path("links/hook")) == nil)
        #expect(refusal(workshop.path("folder/b/hook")) == nil)
        try workshop.setMode("links", 0o777)
        #expect(refusal(workshop.path("links/hook"))?.path == workshop.path("links"))
        try workshop.setMode("links", 0o755)
        try workshop.setMode("a", 0o777)
        #expect(refusal(workshop.path("links/hook"))?.path == workshop.path("a"))
        #expect(refusal(workshop.path("folder/b/hook"))?.path == workshop.path("a"))
    }

    @Test func linksThatLeadNowhereAreRefused() throws {
        let workshop = try workshop()
        try workshop.link("dangling", to: "a/none")
        try workshop.link("one", to: "two")
        try workshop.link("two", to: "one")
        #expect(refusal(workshop.path("dangling"))?.path == workshop.path("a/none"))
        #expect(refusal(workshop.path("one"))?.problem.contains("leads nowhere") == true)
    }

    @Test func whatIsNoProgramIsRefused() async throws {
        let workshop = try workshop()
        try await workshop.makePipe("pipe", mode: "700")
        let plain = try workshop.file("plain", "x", mode: 0o644)
        #expect(refusal("a/b/hook")?.problem == "is no absolute path")
        #expect(refusal("")?.problem == "is no absolute path")
        #expect(refusal(workshop.path("a/b/hook") + "\0x")?.problem == "is no absolute path")
        #expect(refusal(workshop.path("a"))?.problem == "is a folder, not a program")
        #expect(refusal("/")?.problem == "is a folder, not a program")
        #expect(refusal(workshop.path("a/b/hook/x"))?.problem == "is no folder")
        #expect(refusal(workshop.path("a/c/hook"))?.path == workshop.path("a/c"))
        #expect(refusal(workshop.path("pipe"))?.problem == "is no regular file")
        #expect(refusal(plain)?.cure == "chmod u+x \(plain)")
    }

    @Test func anotherUsersFileIsRefused() throws {
        let workshop = try workshop()
        for name in ["a/b/hook", "a"] {
            guard workshop.giveAway(name) else { return }
            let refused = try #require(refusal(workshop.path("a/b/hook")))
            #expect(refused.path == workshop.path(name))
            #expect(refused.problem.contains("12345"))
        }
    }

    @Test func theOverflowUserCountsAsRootOnlyWhereRootIsNotMapped() {
        let everybody = "         0          0 4294967295\n"
        #expect(!TrustedOwners(effectiveUser: 5, userMap: everybody, overflowUser: "65534\n").contains(65_534))
        #expect(!TrustedOwners(effectiveUser: 5, userMap: "", overflowUser: "65534\n").contains(65_534))
        let one = TrustedOwners(
            effectiveUser: 0,
            userMap: "         0       1000          1\n",
            overflowUser: "65534\n"
        )
        #expect(one.contains(65_534))
        #expect(one.contains(0))
        // A container whose users have its own numbers up to 65535: there nobody is somebody.
        let many = "         0     100000      65536\n"
        #expect(!TrustedOwners(effectiveUser: 5, userMap: many, overflowUser: "65534\n").contains(65_534))
        let two = "0 1000 1\n1 100000 65534\n"
        #expect(!TrustedOwners(effectiveUser: 5, userMap: two, overflowUser: "65534\n").contains(65_534))
        let short = "0 1000 1\n1 100000 65533\n"
        #expect(TrustedOwners(effectiveUser: 5, userMap: short, overflowUser: "65534\n").contains(65_534))
        #expect(!one.contains(1_000))
    }
}
