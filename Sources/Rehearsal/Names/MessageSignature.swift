// Transaction signatures (TSIG, RFC 8945) with HMAC-SHA256: who may change a rehearsed zone, and proof that the answer is the server's.
import Crypto
package import DCV
import FoundationEssentials
import LDNS

/// A key that a server and its clients share.
package struct RehearsedKey: Sendable {
    package let name: DomainName
    package let secret: [UInt8]

    package init(_ name: DomainName, secret: [UInt8]) {
        self.name = name
        self.secret = secret
    }

    /// As programs are told: `hmac-sha256:NAME:BASE64`.
    package var text: String { "hmac-sha256:\(name):\(Data(secret).base64EncodedString())" }

    func code(of octets: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: octets, using: SymmetricKey(data: secret)))
    }

    func isCode(_ code: [UInt8], of octets: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: octets, using: SymmetricKey(data: secret))
    }
}

/// Who may change the zones of a server, and the clock that signatures are held against.
package struct RehearsedSigning: Sendable {
    let keys: [RehearsedKey]
    let clock: any Clock

    package init(keys: [RehearsedKey], clock: any Clock) {
        self.keys = keys
        self.clock = clock
    }

    var nowSeconds: UInt64 { UInt64(max(0, clock.now().millisecondsSinceEpoch / 1000)) }
}

/// What the signature of a received message comes to.
enum OpenedMessage {
    case unsigned
    case signed(body: [UInt8], by: MessageSigner)
    /// The signature is not believed; these octets say why.
    case refused(reply: [UInt8])
}

/// Signs the answer to one signed message.
struct MessageSigner {
    private static let algorithm = Array("\u{0B}hmac-sha256\u{00}".utf8)
    private static let fudgeSeconds: UInt64 = 300
    private static let classAny: UInt16 = 255
    private static let rcodeNotAuthorized: UInt8 = 9

    private enum Fault: UInt16 { case signature = 16, key = 17, time = 18 }

    private struct Fields {
        let algorithm: [UInt8]
        let time: UInt64
        let fudge: UInt64
        let code: [UInt8]
        let originalID: UInt64
        let error: UInt64
        let other: [UInt8]

        init?(_ data: [UInt8]) {
            var reader = RawMessage.Reader(octets: data, position: 0)
            guard let algorithm = reader.name(), let time = reader.number(octets: 6),
                let fudge = reader.number(octets: 2), let codeLength = reader.number(octets: 2),
                let code = reader.bytes(Int(codeLength)), let originalID = reader.number(octets: 2),
                let error = reader.number(octets: 2), let otherLength = reader.number(octets: 2),
                let other = reader.bytes(Int(otherLength)), reader.position == data.count
            else { return nil }
            (self.algorithm, self.time, self.fudge, self.code) = (algorithm, time, fudge, code)
            (self.originalID, self.error, self.other) = (originalID, error, other)
        }
    }

    private let keyName: [UInt8]
    private let key: RehearsedKey?
    private let request: Fields
    private let nowSeconds: UInt64

    /// Nil when the octets are no message at all.
    static func open(_ octets: [UInt8], _ signing: RehearsedSigning) -> OpenedMessage? {
        guard let message = RawMessage(octets) else { return nil }
        guard let record = message.sections[2].last, record.type == .tsig else { return .unsigned }
        guard record.recordClass == classAny, let fields = Fields(record.data) else { return nil }
        // What was signed: the message without the signature, under its first id (RFC 8945 4.3.2).
        var body = big(fields.originalID, octets: 2) + octets[2..<record.start]
        body.replaceSubrange(10..<12, with: big(UInt64(message.sections[2].count - 1), octets: 2))
        let key = fields.algorithm == algorithm ? signing.keys.first { $0.name.wire == record.owner } : nil
        let now = signing.nowSeconds
        let signer = MessageSigner(keyName: record.owner, key: key, request: fields, nowSeconds: now)
        guard let key else { return .refused(reply: signer.refusal(of: body, .key)) }
        let variables = signer.variables(fields.time, fields.fudge, fields.error, fields.other)
        guard key.isCode(fields.code, of: body + variables) else {
            return .refused(reply: signer.refusal(of: body, .signature))
        }
        guard max(now, fields.time) - min(now, fields.time) <= fields.fudge else {
            return .refused(reply: signer.refusal(of: body, .time))
        }
        return .signed(body: body, by: signer)
    }

    /// The answer with its signature at the end.
    func signed(_ answer: [UInt8]) -> [UInt8] { signed(answer, time: nowSeconds, error: 0, other: []) }

    private func signed(_ answer: [UInt8], time: UInt64, error: UInt64, other: [UInt8]) -> [UInt8] {
        let before = Self.big(UInt64(request.code.count), octets: 2) + request.code
        let code = key?.code(of: before + answer + variables(time, Self.fudgeSeconds, error, other)) ?? []
        return appended(to: answer, time: time, code: code, error: error, other: other)
    }

    /// Without a key, or with a wrong signature, nothing can be signed (RFC 8945 5.2.1, 5.2.2).
    private func refusal(of body: [UInt8], _ fault: Fault) -> [UInt8] {
        let answer = RawMessage.answer(to: body, rcode: Self.rcodeNotAuthorized)
        guard fault == .time else {
            return appended(to: answer, time: request.time, code: [], error: UInt64(fault.rawValue), other: [])
        }
        let now = Self.big(nowSeconds, octets: 6)
        return signed(answer, time: request.time, error: UInt64(fault.rawValue), other: now)
    }

    private func appended(
        to answer: [UInt8],
        time: UInt64,
        code: [UInt8],
        error: UInt64,
        other: [UInt8]
    ) -> [UInt8] {
        let data =
            request.algorithm + Self.big(time, octets: 6) + Self.big(Self.fudgeSeconds, octets: 2)
            + Self.big(UInt64(code.count), octets: 2) + code + answer.prefix(2) + Self.big(error, octets: 2)
            + Self.big(UInt64(other.count), octets: 2) + other
        var whole = answer
        let count = UInt64(answer[10]) << 8 | UInt64(answer[11])
        whole.replaceSubrange(10..<12, with: Self.big(count + 1, octets: 2))
        return whole + keyName + Self.big(UInt64(RecordType.tsig.rawValue), octets: 2)
            + Self.big(UInt64(Self.classAny), octets: 2) + [0, 0, 0, 0] + Self.big(UInt64(data.count), octets: 2) + data
    }

    /// RFC 8945 4.3.3.
    private func variables(_ time: UInt64, _ fudge: UInt64, _ error: UInt64, _ other: [UInt8]) -> [UInt8] {
        keyName + Self.big(UInt64(Self.classAny), octets: 2) + [0, 0, 0, 0] + request.algorithm
            + Self.big(time, octets: 6) + Self.big(fudge, octets: 2) + Self.big(error, octets: 2)
            + Self.big(UInt64(other.count), octets: 2) + other
    }

    private static func big(_ number: UInt64, octets: Int) -> [UInt8] {
        (0..<octets).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
    }
}

extension RawMessage {
    /// A header alone: id and operation of the message, a response, this code.
    static func answer(to octets: [UInt8], rcode: UInt8) -> [UInt8] {
        Array(octets.prefix(2)) + [octets[2] & 0x78 | 0x80, rcode] + [UInt8](repeating: 0, count: 8)
    }
}
