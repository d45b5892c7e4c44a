// One hook at a time for a zone, whoever needs it: two providers and several records, and a hook that writes down when it runs.
import DCV
import Foundation
import Platform
import Rehearsal
import Testing

extension RealServers {
    @Suite("Turns") struct TurnsStory {
        @Test("Two providers and three records of one zone: hooks never overlap; another zone's hook need not wait")
        func turns() async throws {
            let plan = LaboratoryPlan(
                zones: [
                    .init(
                        apex: "shop.test",
                        packs: [LaboratoryPlan.pack(1, "shop.test"), LaboratoryPlan.pack(2, "www.shop.test")]
                    ),
                    .init(apex: "other.test", packs: [LaboratoryPlan.pack(3, "other.test")]),
                ],
                naver: [RehearsedNAVERCertificate(number: 55332, family: .advanced, commonName: "api.shop.test")]
            )
            try await Laboratory.with(plan) { lab in
                lab.naver.poll(.everyMilliseconds(1000))
                let log = lab.folder + "/turns"
                let script = """
                    #!/bin/sh
                    [ "$1" = describe ] || echo "start $DNSPROOF_ZONE $(date +%s%3N)" >>'\(log)'
                    '\(Surroundings.clone)/hooks/nsupdate' "$@"
                    code=$?
                    [ "$1" = describe ] || { sleep 0.7; echo "end $DNSPROOF_ZONE $(date +%s%3N)" >>'\(log)'; }
                    exit $code

                    """
                try await lab.hooks.write("nsupdate", script, mode: "700")
                let run = try await lab.run("run", "--wait", "2m")
                #expect(run.code == 0, "\(run)")
                let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
                    .map { $0.split(separator: " ").map { String($0) } }
                let own = lines.filter { $0[1] == "shop.test" }
                // Each of the three is published and withdrawn.
                #expect(own.count == 12, "\(lines)")
                for (index, line) in own.enumerated() {
                    #expect(
                        line[0] == (index.isMultiple(of: 2) ? "start" : "end"),
                        "two hooks of one zone overlap: \(lines)"
                    )
                }
                // Zones do not wait for each other: else the test above would prove nothing.
                let first = lines.prefix(2).map { $0[0] }
                #expect(first == ["start", "start"], "\(lines)")
            }
        }
    }
}
