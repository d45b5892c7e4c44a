// A door for any other issuer: AWS ACM, played by a moto server, through the shipped program and the AWS CLI; the record lands in real BIND.
import DCV
import Foundation
import LDNS
import Platform
import Rehearsal
import Testing

extension RealServers {
    @Suite(
        "A provider that is a program",
        .enabled("\(PythonPrograms.missing ?? "the Python environment is there")") { PythonPrograms.mayRun }
    )
    struct ACMStory {
        private static let name = "_d930b28be6c5927595552b219965053e.shop.test"
        private static let target = "_c9edd76ee4a0e2a74388032f3861cc50.ykybfrwcxw.acm-validations.aws"
        private static let aws = Surroundings.clone + "/.build/python/bin/aws"

        @Test("AWS ACM: its CNAME is published and stays; ACM looks by itself; then nothing is said")
        func acm() async throws {
            try await Laboratory.with(LaboratoryPlan(zones: [.init(apex: "shop.test")])) { lab in
                let folder = lab.folder + "/moto"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
                let script = Surroundings.clone + "/Tests/Fixtures/providers/executable/rehearsed_acm.py"
                let moto = try await Daemon.start(
                    "moto",
                    [PythonPrograms.interpreter, script, folder],
                    folder: lab.folder
                )
                do {
                    try await story(lab, moto: folder)
                } catch {
                    await moto.end()
                    throw error
                }
                await moto.end()
            }
        }

        private func story(_ lab: Laboratory, moto folder: String) async throws {
            try await eventually("the port of moto", within: 60) {
                FileManager.default.fileExists(atPath: folder + "/port")
            }
            let endpoint = "http://127.0.0.1:\(try String(contentsOfFile: folder + "/port", encoding: .ascii))"
            try lab.write(
                "aws",
                "[default]\naws_access_key_id = order\naws_secret_access_key = a-secret-of-the-order\n"
            )
            let provider =
                "  - { name: acm, kind: executable, program: providers/aws-acm, settings: { region: eu-west-1, "
                + "endpoint_url: \"\(endpoint)\", aws: \"\(Self.aws)\" }, secrets: { aws: { file: aws } } }\n"
            try lab.write(
                "config.yaml",
                try lab.configurationText.changing("publishers:\n  bind", to: provider + "publishers:\n  bind")
            )
            try await order(endpoint, folder)

            let plan = try await lab.run("plan")
            #expect(plan.code == 3, "\(plan)")
            #expect(plan.says("publish", "\(Self.name) CNAME \(Self.target) through bind"), "\(plan)")
            #expect(lab.hooks.changes.isEmpty)

            let run = try await lab.run("run")
            #expect(run.code == 3 && run.says("publish", Self.name), "published, and ACM has yet to look: \(run)")
            #expect(lab.hooks.changes == ["publish \(Self.name) \(Self.target)"])
            #expect(try await lab.servers.primaryValues(Self.name, .cname) == [Self.target])
            #expect(await lab.eyes.look(.cname(name: Self.name, target: Self.target)) == nil)

            // Only now does ACM find it.
            try Files.writeAtomically([], to: folder + "/validate")
            try await Laboratory.pause(seconds: 1)
            let after = try await lab.run("run")
            #expect(after.code == 0 && after.output.isEmpty && after.errors.isEmpty, "\(after)")
            let last = try await lab.run("plan")
            #expect(last.code == 0 && last.lines.last?.hasPrefix("=> nothing is left to do") == true, "\(last)")
            #expect(lab.hooks.changes.count == 1, "the record stays for every renewal")
            #expect(try await lab.servers.primaryValues(Self.name, .cname) == [Self.target])
            #expect(try await lab.status().code == 0)

            let check = try await lab.run("config", "check")
            #expect(check.code == 0, "\(check)")
            #expect(check.lines.contains { $0.contains("acm") && $0.contains("list") }, "\(check)")

            let missing = try await lab.run(
                ["config", "check"],
                configured: try lab.configurationText.changing("providers/aws-acm", to: "providers/absent")
            )
            #expect(
                missing.code == 78 && missing.errors.contains("provider acm: program \"providers/absent\""),
                "\(missing)"
            )
        }

        /// What an operator does in AWS: a certificate for the name and its wildcard.
        private func order(_ endpoint: String, _ folder: String) async throws {
            let result = await ChildProcess().run(
                ChildCommand(
                    program: Self.aws,
                    arguments: [
                        "--endpoint-url", endpoint, "acm", "request-certificate", "--domain-name", "shop.test",
                        "--subject-alternative-names", "*.shop.test", "--validation-method", "DNS",
                    ],
                    environment: [
                        "PATH": "/usr/bin:/bin", "HOME": folder, "AWS_ACCESS_KEY_ID": "order",
                        "AWS_SECRET_ACCESS_KEY": "order", "AWS_DEFAULT_REGION": "eu-west-1",
                    ]
                )
            )
            let errors = String(decoding: result.errorOutput.bytes, as: UTF8.self)
            try #require(result.ending == .exited(0), "\(errors)")
        }
    }
}
