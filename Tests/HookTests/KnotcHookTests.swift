// The stock hook `knotc`: what is particular to Knot's transactions.
import Agent
import DCV
import Foundation
import Glibc
import Platform
import Testing

extension StartedHooks {
    @Suite(.startsPrograms, .serialized, .timeLimit(.minutes(1)))
    struct KnotcHookTests {
        private static let name = "_acme-challenge.shop.example.com"

        private func hasTransaction(_ server: KnotServer) async throws -> Bool {
            try await server.control("zone-status", "example.com", "+transaction").contains("transaction: open")
        }

        @Test func somebodyElsesTransactionIsNotTouched() async throws {
            try await KnotServer.with { server in
                let hook = try await server.hook()
                try await server.control("zone-begin", "example.com")
                try await server.control("zone-set", "example.com", "theirs.example.com.", "60", "TXT", "theirs")
                for outcome in [await hook.publish(try .txt("v")), await hook.withdraw(try .txt("foreign"))] {
                    #expect(outcome.told.kind == "tryLater")
                    #expect(
                        outcome.told.reason.contains("somebody has a transaction open on example.com.; if nobody works")
                    )
                }
                try await server.control("zone-commit", "example.com")
                #expect(try await server.values("theirs.example.com") == ["\"theirs\""])
                #expect(try await server.values(Self.name) == ["\"foreign\""])
                #expect(await hook.publish(try .txt("v")) == .done)
            }
        }

        @Test func everyFailureEndsTheTransaction() async throws {
            try await KnotServer.with { server in
                let hook = try await server.hook()
                #expect(await hook.publish(try .txt("v", at: "_cname.example.com")).told.kind == "failed")
                #expect(try await !hasTransaction(server))
                #expect(await hook.publish(try .txt("v", at: "x.example.org")).told.kind == "notMyZone")
                #expect(try await !hasTransaction(server))
                #expect(await hook.withdraw(try .txt("never there")) == .done)
                #expect(await hook.publish(try .txt("foreign")) == .done)
                #expect(try await !hasTransaction(server))
            }
        }

        /// Ended between the change and the commit, by a knotc that never comes back from one question.
        @Test func beingEndedEndsTheTransaction() async throws {
            try await KnotServer.with { server in
                let slow = try await server.folder.addScript(
                    "slow",
                    #"""
                    case " $* " in
                    *' zone-commit '*) echo "$*" >>"$LOG"; sleep 60; exit 1 ;;
                    *) exec /usr/sbin/knotc "$@" ;;
                    esac
                    """#
                )
                let hook = try await server.hook(settings: ["program": slow], deadlineMilliseconds: 1_500)
                #expect(await hook.publish(try .txt("v")).told.kind == "tryLater")
                #expect(try server.folder.text().contains("zone-commit example.com."))
                #expect(try await !hasTransaction(server))
                #expect(try await server.values(Self.name) == ["\"foreign\""])
            }
        }

        /// A set has one TTL: the one it has stays, whatever the addition would like.
        @Test func theSetKeepsItsTTL() async throws {
            try await KnotServer.with { server in
                let hook = try await server.hook()
                var order = try PublishingOrder.txt("v")
                order = PublishingOrder(
                    id: order.id,
                    record: order.record,
                    target: order.target,
                    zone: order.zone,
                    ttlSeconds: 7
                )
                #expect(await hook.publish(order) == .done)
                let lines = try await server.control("zone-read", "example.com", Self.name + ".", "TXT")
                #expect(lines.split(separator: "\n").allSatisfy { $0.contains(" 60 TXT ") }, "\(lines)")
            }
        }

        /// Words of Knot's own mean what they say only where Knot says them.
        @Test func aZoneMayBeNamedTimeout() async throws {
            try await KnotServer.with { server in
                let name = "_acme-challenge.timeout.example"
                let order = PublishingOrder(
                    id: "9f86d081884c7d65",
                    record: try PublishingOrder.txt("v", at: name).record,
                    target: try DomainName(name),
                    zone: try DomainName("timeout.example"),
                    ttlSeconds: 60
                )
                let told = await (try server.hook()).publish(order).told
                #expect(told.kind == "notMyZone" && told.reason.contains("has no zone timeout.example."), "\(told)")
                try server.signal(SIGSTOP)
                let silent = await (try server.hook(deadlineMilliseconds: 5_000)).publish(try .txt("v")).told
                try server.signal(SIGCONT)
                #expect(silent.kind == "tryLater" && silent.reason.contains("does not answer within 1 s"), "\(silent)")
            }
        }

        @Test func whatIsMisconfigured() async throws {
            try await KnotServer.with { server in
                let absent = await (try server.hook(settings: ["socket": server.folder.path + "/absent"])).publish(
                    try .txt("v")
                ).told
                #expect(absent.kind == "tryLater" && absent.reason.contains("no Knot server answers at"), "\(absent)")
                for (changes, words) in [
                    (["socket": "relative"], "no absolute path"), (["program": "knotc"], "no absolute path"),
                    (["program": "/"], "/ is not there or cannot be started"),
                ] {
                    let told = await (try server.hook(settings: changes)).publish(try .txt("v")).told
                    #expect(told.kind == "misconfigured" && told.reason.contains(words), "\(told)")
                }
                let http = await (try server.hook()).publish(try .http("x")).told
                #expect(http.kind == "misconfigured", "\(http)")
            }
        }

        /// Somebody is quicker between the question whether a transaction is open and ours, and we are ended just then.
        @Test func beingEndedDoesNotEndSomebodyElsesTransaction() async throws {
            try await KnotServer.with { server in
                let late = try await server.folder.addScript(
                    "late",
                    #"""
                    case " $* " in
                    *' zone-begin '*)
                        /usr/sbin/knotc "$@" >/dev/null
                        /usr/sbin/knotc "$@"
                        kill -TERM "$PPID"
                        exit 1
                        ;;
                    *) exec /usr/sbin/knotc "$@" ;;
                    esac
                    """#
                )
                #expect(
                    await (try server.hook(settings: ["program": late])).publish(try .txt("v")).told.kind == "tryLater"
                )
                #expect(try await hasTransaction(server))
                try await server.control("zone-abort", "example.com")
            }
        }
    }
}
