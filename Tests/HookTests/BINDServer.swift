// A BIND of the test's own, unprivileged.
import DCV
import Foundation
import Platform

/// A primary for `example.com` that takes updates signed with `key`.
struct BINDServer: LoopbackNameServer {
    static let program = "/usr/sbin/named"
    static let package = "bind9"
    private static let key =
        "hmac-sha256:dnsproof:\(Data("a secret of thirty-two octets !!".utf8).base64EncodedString())"

    let folder: HookFolder
    let port: Int
    var key: String { Self.key }
    /// Known to the server, without any right.
    var weakKey: String { Self.key.replacing("dnsproof", with: "weak") }

    func prepare() throws -> ChildCommand {
        let parts = key.split(separator: ":").map { String($0) }
        try write(
            "named.conf",
            """
            key "\(parts[1])" { algorithm \(parts[0]); secret "\(parts[2])"; };
            key "weak" { algorithm \(parts[0]); secret "\(parts[2])"; };
            options {
                directory "\(folder.path)"; pid-file "\(folder.path)/pid";
                session-keyfile "\(folder.path)/session"; managed-keys-directory "\(folder.path)";
                lock-file none; recursion no; dnssec-validation no; notify no;
                listen-on port \(port) { 127.0.0.1; }; listen-on-v6 { none; };
            };
            controls { };
            zone "example.com" { type primary; file "example.com"; allow-update { key "\(parts[1])"; }; };
            """
        )
        try write("example.com", zoneFile)
        return ChildCommand(
            program: Self.program,
            arguments: ["-c", folder.path + "/named.conf", "-g"],
            directory: folder.path
        )
    }
}
