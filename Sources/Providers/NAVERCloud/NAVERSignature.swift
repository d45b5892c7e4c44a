// Signature version 2 of NAVER Cloud's API gateway: what is signed, and how it becomes a header's value.
import Crypto
package import DCV
import FoundationEssentials
package import Platform

/// Signs one request for one moment: the gateway refuses a time that is more than five minutes from its own.
package struct NAVERSignature: Sendable {
    let accessKey: Secret
    let secretKey: Secret

    package init(accessKey: Secret, secretKey: Secret) {
        self.accessKey = accessKey
        self.secretKey = secretKey
    }

    /// `target` is path and query exactly as they are sent: nothing is encoded, sorted or dropped here.
    package func text(_ method: String, _ target: String, at now: Instant) -> String {
        let message = "\(method) \(target)\n\(now.millisecondsSinceEpoch)\n\(accessKey.revealed)"
        let key = SymmetricKey(data: Array(secretKey.revealed.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Array(message.utf8), using: key)
        return Data(code).base64EncodedString()
    }
}
