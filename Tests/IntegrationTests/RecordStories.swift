// The main job with the other two kinds of proof: a CNAME record, and a token file through a web root.
import DCV
import Foundation
import LDNS
import Rehearsal
import Testing

extension RealServers {
    @Suite("CNAME and HTTP") struct RecordStories {
        @Test("CNAME: published at the primary, waited for, triggered once, withdrawn")
        func cname() async throws {
            let pack = LaboratoryPlan.pack(1, "shop.test", method: "cname")
            let plan = LaboratoryPlan(zones: [.init(apex: "shop.test", packs: [pack])], tellsSecondaries: false)
            guard case .cname(let name, let target)? = pack.tokens.first else {
                throw LaboratoryFailure("no CNAME token: \(pack.tokens)")
            }
            try await Laboratory.with(plan) { lab in
                let before = try await lab.servers.dump("shop.test")
                let plan = try await lab.run("plan")
                #expect(plan.code == 3 && plan.says("publish", "\(name) CNAME \(target) through bind"), "\(plan)")

                let watch = SecondaryWatch.start(lab.servers, name, target, type: .cname)
                let program = try await lab.start(["run", "--wait", "2m"])
                try await eventually("the CNAME at the primary") {
                    try await lab.servers.primaryValues(name, .cname) == [target]
                }
                try await Laboratory.pause(seconds: 4)
                #expect(lab.patches == 0, "triggered while the secondary lacked the record")
                let told = Laboratory.now
                try await lab.servers.tellSecondaries()
                let run = Outcome(await program.wait())

                #expect(run.code == 0, "\(run)")
                #expect(lab.hooks.changes == ["publish \(name) \(target)", "withdraw \(name) \(target)"])
                #expect(lab.patches == 1)
                let patched = try #require(lab.times(of: .patch).first)
                let lacking = try #require(watch.lastLacking)
                #expect(patched > told && patched > lacking)
                #expect(try lab.pack().isActive && lab.pack().failures == 0)
                #expect(try await lab.servers.dump("shop.test") == before)
                try await RealServers.expectSilence(lab)
            }
        }

        @Test("HTTP: a token file is written, triggered once, removed; another's file stays")
        func http() async throws {
            let pack = LaboratoryPlan.pack(1, "shop.test", method: "http")
            let plan = LaboratoryPlan(zones: [.init(apex: "shop.test", packs: [pack])])
            guard case .http(let url, let body)? = pack.tokens.first else {
                throw LaboratoryFailure("no HTTP token: \(pack.tokens)")
            }
            try await Laboratory.with(plan) { lab in
                let path = String(url.dropFirst("http://shop.test".count))
                let folder = "webroot/.well-known/acme-challenge"
                try FileManager.default.createDirectory(
                    atPath: lab.folder + "/" + folder,
                    withIntermediateDirectories: true
                )
                try lab.write(folder + "/another", "another's token")
                func files() throws -> [String] {
                    try FileManager.default.contentsOfDirectory(atPath: lab.folder + "/" + folder)
                }
                let before = try await lab.servers.dump("shop.test")
                let plan = try await lab.run("plan")
                #expect(plan.code == 3 && plan.says("publish", path) && plan.says("publish", "through web"), "\(plan)")

                let run = try await lab.run("run", "--wait", "2m")
                #expect(run.code == 0, "\(run)")
                #expect(lab.hooks.changes == ["publish \(path) \(body)", "withdraw \(path) \(body)"])
                #expect(lab.hooks.history.allSatisfy { $0.hook == "webroot" || $0.verb == "describe" })
                #expect(lab.patches == 1)
                #expect(try lab.pack().isActive && lab.pack().failures == 0)
                #expect(try files() == ["another"])
                #expect(try await lab.servers.dump("shop.test") == before)

                // Every address of the host was looked at before the trigger, not only the first.
                let patched = try #require(lab.times(of: .patch).first)
                for address in Surroundings.webAddresses {
                    let seen = lab.web.history.entries.filter {
                        IPAddress($0.server) == address && $0.path == path && lab.origin + $0.atMilliseconds < patched
                    }
                    #expect(!seen.isEmpty, "\(address) was not asked before the trigger")
                }
                try await RealServers.expectSilence(lab)
            }
        }
    }
}
