// TLS as this program speaks it to a server: 1.2 or later, and whose certificates count.
import NIOCore
import NIOSSL

extension HTTPRequest.Trust {
    /// Whether a file can be what certificates are checked against.
    package static func holdsCertificates(_ pem: [UInt8]) -> Bool {
        ((try? NIOSSLCertificate.fromPEMBytes(pem)) ?? []).isEmpty == false
    }
}

extension TLSConfiguration {
    /// How long a peer may take to say that it has heard the end: everything that is wanted of it has come by then, or will not.
    private static let shutdownMilliseconds: Int64 = 200

    /// The system's certificates count.
    static func client() -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.shutdownTimeout = .milliseconds(shutdownMilliseconds)
        return tls
    }

    /// - Throws: what NIOSSL says of certificates that are none.
    static func client(_ trust: HTTPRequest.Trust) throws -> TLSConfiguration {
        var tls = client()
        switch trust {
        case .systemRoots: break
        case .roots(let pem): tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(pem))
        case .anyCertificate: tls.certificateVerification = .none
        }
        return tls
    }
}
