// The main job at the other two providers, over a real primary and a secondary that lags: NAVER Cloud looks by itself,
// DigiCert is told to look once.
import DCV
import Foundation
import LDNS
import Rehearsal
import Testing

extension RealServers {
    @Suite("NAVER Cloud and DigiCert") struct ProviderStories {
        private let foreign = CountingHooks.foreignValue

        @Test("NAVER TXT: published, waited for until NAVER has looked for itself, active, withdrawn; then silence")
        func naver() async throws {
            let name = "_dnsvalidation.shop.test"
            let plan = LaboratoryPlan(
                zones: [.init(apex: "shop.test", lines: ["_dnsvalidation TXT \"\(foreign)\""])],
                naver: [
                    RehearsedNAVERCertificate(
                        number: 55332,
                        family: .advanced,
                        commonName: "shop.test",
                        earlierTimeouts: 2
                    )
                ],
                tellsSecondaries: false
            )
            try await Laboratory.with(plan) { lab in
                guard case .txt(name, let value)? = lab.naver.certificate(55332)?.tokens.first else {
                    throw LaboratoryFailure("no TXT token: \(lab.naver.certificates)")
                }
                lab.naver.poll(.everyMilliseconds(1000))
                let before = try await lab.servers.dump("shop.test")
                let plan = try await lab.run("plan")
                #expect(plan.code == 3 && plan.says("publish", "\(name) TXT \"\(value)\" through bind"), "\(plan)")
                #expect(lab.hooks.changes.isEmpty)
                #expect(try await lab.servers.dump("shop.test") == before)

                let watch = SecondaryWatch.start(lab.servers, name, value)
                let program = try await lab.start(["run", "--wait", "2m"])
                try await eventually("the value at the primary") {
                    try await lab.servers.primaryValues(name) == [foreign, value].sorted()
                }
                try await Laboratory.pause(seconds: 4)
                let told = Laboratory.now
                try await lab.servers.tellSecondaries()
                let run = Outcome(await program.wait())

                #expect(run.code == 0, "\(run)")
                #expect(run.says("publish", value) && run.says("withdraw", value), "\(run)")
                #expect(!run.lines.contains { $0.hasPrefix("trigger ") }, "there is nothing to trigger: \(run)")
                #expect(lab.hooks.changes == ["publish \(name) \(value)", "withdraw \(name) \(value)"])
                let certificate = try #require(lab.naver.certificate(55332))
                #expect(certificate.isNormal && certificate.entries["shop.test"]?.count == 3)
                // It found the record once, with its own eyes, after the secondary had it.
                let proved = lab.naver.validations.entries.filter(\.succeeded).map { lab.origin + $0.atMilliseconds }
                let seen = try #require(proved.first)
                #expect(proved.count == 1 && seen > told && seen > (watch.lastLacking ?? .max))
                #expect(lab.naver.refusals.entries.isEmpty, "a signature was refused")
                #expect(try await lab.servers.dump("shop.test") == before, "the zone is not as it was")
                try await RealServers.expectSilence(lab)
            }
        }

        @Test(
            "DigiCert CNAME: published below _dnsauth, waited for, checked once, valid, withdrawn; nobody's name is kept"
        )
        func digicert() async throws {
            let name = "_dnsauth.shop.test"
            let domain = RehearsedDigiCertDomain(id: 4711, name: "shop.test", method: "dns-cname-token")
            let plan = LaboratoryPlan(
                zones: [.init(apex: "shop.test", lines: ["www TXT \"\(foreign)\""])],
                digicert: [domain],
                tellsSecondaries: false
            )
            try await Laboratory.with(plan) { lab in
                let token = try #require(lab.digicert.domain(4711)?.token.value)
                let target = "\(token).dcv.digicert.com"
                let before = try await lab.servers.dump("shop.test")
                let saved = lab.folder + "/situation.json"
                let plan = try await lab.run("plan", "--save", saved)
                #expect(plan.code == 3 && plan.says("publish", "\(name) CNAME \(target) through bind"), "\(plan)")
                #expect(lab.hooks.changes.isEmpty && lab.digicert.count(of: .checkDomain) == 0)

                let watch = SecondaryWatch.start(lab.servers, name, target, type: .cname)
                let program = try await lab.start(["run", "--wait", "2m"])
                try await eventually("the CNAME at the primary") {
                    try await lab.servers.primaryValues(name, .cname) == [target]
                }
                try await Laboratory.pause(seconds: 4)
                #expect(lab.digicert.count(of: .checkDomain) == 0, "checked while the secondary lacked the record")
                let told = Laboratory.now
                try await lab.servers.tellSecondaries()
                let run = Outcome(await program.wait())

                #expect(run.code == 0, "\(run)")
                #expect(lab.hooks.changes == ["publish \(name) \(target)", "withdraw \(name) \(target)"])
                let checks = lab.digicert.calls.entries.filter { $0.route == .checkDomain }
                    .map { lab.origin + $0.request.atMilliseconds }
                let checked = try #require(checks.first)
                #expect(checks.count == 1 && checked > told && checked > (watch.lastLacking ?? .max))
                let proved = try #require(lab.digicert.domain(4711))
                #expect(proved.isComplete && proved.validatedUntil != nil)
                // The token that lives is never replaced.
                #expect(lab.digicert.count(of: .newToken) == 0 && proved.token.generation == 1)
                #expect(try await lab.servers.dump("shop.test") == before)
                // The people were told of, and what was saved while the domain waited lies in the folder that is searched.
                #expect(lab.digicert.count(of: .validation) > 0)
                #expect(try String(contentsOfFile: saved, encoding: .utf8).contains(token))
                try await expectNobody(lab, plan.output + plan.errors + run.output + run.errors)
                try await RealServers.expectSilence(lab)
                #expect(lab.digicert.count(of: .checkDomain) == 1)
            }
        }

        /// The people in DigiCert's answers: in no file below the laboratory's folder, and in no word of the program.
        private func expectNobody(_ lab: Laboratory, _ said: String) async throws {
            let json = try await lab.run("status", "--json")
            var texts = [said, json.output, json.errors]
            let files = FileManager.default.enumerator(atPath: lab.folder)?.allObjects ?? []
            for case let file as String in files {
                guard let content = FileManager.default.contents(atPath: lab.folder + "/" + file) else { continue }
                texts.append(String(decoding: content, as: UTF8.self))
            }
            #expect(texts.count > 10)
            for canary in RehearsedDigiCert.canaries {
                #expect(!texts.contains { $0.contains(canary) }, "\(canary) was kept")
            }
        }
    }
}
