// What the daemons read: configurations of BIND and NSD that need no privilege and no place outside one folder, and zones.
import DCV

struct ServerFiles {
    let folder: String
    let port: Int
    /// base64, for hmac-sha256.
    let secret: String
    /// Apex and further lines of each zone.
    let zones: [LaboratoryPlan.Zone]
    let tellsSecondaries: Bool

    static let keyName = "dnsproof"

    var bind: String {
        let v4 = Surroundings.primaryAddresses.filter { !$0.isV6 }.map { "\($0); " }.joined()
        let v6 = Surroundings.primaryAddresses.filter(\.isV6).map { "\($0); " }.joined()
        let secondaries = Surroundings.secondaryAddresses.prefix(1).map { "\($0) port \(port); " }.joined()
        // A NOTIFY waits up to five seconds by default.
        let notify = tellsSecondaries ? "notify explicit; also-notify { \(secondaries)}; notify-delay 0;" : "notify no;"
        return """
            options {
              directory "\(folder)"; pid-file "\(folder)/named.own.pid"; session-keyfile "\(folder)/session.key";
              managed-keys-directory "\(folder)"; lock-file none;
              listen-on port \(port) { \(v4)}; listen-on-v6 port \(port) { \(v6.isEmpty ? "none; " : v6)};
              recursion no; dnssec-validation no; allow-transfer { any; }; \(notify)
            };
            controls { };
            key "\(Self.keyName)" { algorithm hmac-sha256; secret "\(secret)"; };

            """
                + zones.map { zone in
                    "zone \"\(zone.apex)\" { type primary; file \"\(zone.apex).zone\"; allow-update { key \(Self.keyName); }; };\n"
                }.joined()
    }

    /// Follows the primary by NOTIFY and AXFR.
    var secondary: String {
        nsd("secondary", Surroundings.secondaryAddresses)
            + zones.map { zone in
                """
                zone:
                  name: \(zone.apex)
                  zonefile: secondary-\(zone.apex).zone
                  allow-notify: 127.0.0.1 NOKEY
                  request-xfr: AXFR 127.0.0.1@\(port) NOKEY

                """
            }.joined()
    }

    var root: String {
        nsd("root", [Surroundings.rootAddress])
            + "zone:\n  name: .\n  zonefile: root.zone\nzone:\n  name: test\n  zonefile: test.zone\n"
    }

    private func nsd(_ name: String, _ addresses: [IPAddress]) -> String {
        """
        server:
          port: \(port)
        \(addresses.map { "  ip-address: \($0)" }.joined(separator: "\n"))
          username: ""
          chroot: ""
          database: ""
          server-count: 1
          zonesdir: "\(folder)"
          pidfile: "\(folder)/\(name).own.pid"
          zonelistfile: "\(folder)/\(name).zonelist"
          xfrdfile: "\(folder)/\(name).xfrd"
          xfrdir: "\(folder)"
          xfrd-reload-timeout: 0
          rrl-ratelimit: 0
        remote-control:
          control-enable: no

        """
    }

    /// In the form of IANA's `named.root`.
    var rootHints: String {
        ". 3600000 NS a.root-servers.test.\na.root-servers.test. 3600000 A \(Surroundings.rootAddress)\n"
    }

    var rootZone: String {
        "$TTL 60\n. SOA a.root-servers.test. root.test. 1 3600 600 86400 1\n. NS a.root-servers.test.\n"
            + "test. NS ns.test.\nns.test. A \(Surroundings.rootAddress)\na.root-servers.test. A \(Surroundings.rootAddress)\n"
    }

    /// The top-level domain, with a delegation and glue for every zone.
    var topLevelZone: String {
        "$ORIGIN test.\n$TTL 60\n@ SOA ns root 1 3600 600 86400 1\n@ NS ns\nns A \(Surroundings.rootAddress)\n"
            + "a.root-servers A \(Surroundings.rootAddress)\n"
            + zones.map { zone in
                "\(zone.apex). NS ns1.\(zone.apex).\n\(zone.apex). NS ns2.\(zone.apex).\n" + glue(zone)
            }
            .joined()
    }

    /// A negative cache TTL of one second, so that no story has to wait for caches that nobody fills.
    func zone(_ zone: LaboratoryPlan.Zone) -> String {
        "$ORIGIN \(zone.apex).\n$TTL 60\n@ SOA ns1 root 1 3600 600 86400 1\n@ NS ns1\n@ NS ns2\n" + glue(zone)
            + lines(zone.apex, Surroundings.webAddresses) + zone.lines.map { $0 + "\n" }.joined()
    }

    private func glue(_ zone: LaboratoryPlan.Zone) -> String {
        lines("ns1.\(zone.apex)", Surroundings.primaryAddresses)
            + lines("ns2.\(zone.apex)", Surroundings.secondaryAddresses)
    }

    private func lines(_ name: String, _ addresses: [IPAddress]) -> String {
        addresses.map { "\(name). \($0.isV6 ? "AAAA" : "A") \($0)\n" }.joined()
    }
}
