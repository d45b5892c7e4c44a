// TLS as this program speaks it to a server: 1.2 or later, and whose certificates count.
import NIOSSL

extension TLSConfiguration {
    /// The system's certificates count.
    static func client() -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
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
