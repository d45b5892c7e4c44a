// What happens to an answer before anybody judges it: credentials are taken out, and a date to come back at becomes seconds.
import DCV
import Platform

struct AnswerPreparation: Sendable {
    private static let mark = Array("***".utf8)

    /// Every way in which a credential may stand in an answer, the longest first, so that no shorter one leaves an end of it.
    private let secretForms: [[UInt8]]

    init(secrets: [Secret]) {
        secretForms = secrets.flatMap { Self.forms(Array($0.revealed.utf8)) }.sorted { $0.count > $1.count }
    }

    func prepared(_ response: HTTPResponse, at now: Instant) -> HTTPResponse {
        let headers = response.headers.mapValues { field in
            let value = scrubbed(field.value)
            guard ASCII.lowercased(field.name) == "retry-after", let date = HTTPDate.parse(value) else { return value }
            return String(date.secondsRoundedUp(since: now))
        }
        return HTTPResponse(
            status: response.status,
            headers: headers,
            body: scrubbed(unescaped(response.body)),
            isBodyCut: response.isBodyCut,
            elapsedMilliseconds: response.elapsedMilliseconds
        )
    }

    /// As it is in text, and as JSON writes it with and without the slash's escape.
    private static func forms(_ secret: [UInt8]) -> [[UInt8]] {
        let quoted = secret.flatMap { byte in byte == 0x22 || byte == 0x5C ? [0x5C, byte] : [byte] }
        let slashed = quoted.flatMap { byte in byte == 0x2F ? [0x5C, byte] : [byte] }
        return Array(Set([secret, quoted, slashed]))
    }

    private func scrubbed(_ bytes: [UInt8]) -> [UInt8] {
        secretForms.reduce(bytes) { $0.replacing($1, with: Self.mark) }
    }

    private func scrubbed(_ text: String) -> String { String(decoding: scrubbed(Array(text.utf8)), as: UTF8.self) }

    /// A credential written in JSON's \u escapes is none of the forms: then the document is written again without them.
    private func unescaped(_ body: [UInt8]) -> [UInt8] {
        guard body.contains(0x5C), let document = try? StrictJSON.parse(body, limitBytes: body.count) else {
            return body
        }
        let plain = document.serialized()
        return scrubbed(plain) == plain ? body : plain
    }
}
