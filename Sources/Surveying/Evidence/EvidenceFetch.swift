// One fetch of a token file with what became of it, as it is written down: of the headers only those that a verdict depends on.
import DCV
import Platform

package struct EvidenceFetch: Hashable, Sendable, Codable {
    struct Asked: Hashable, Sendable, Codable {
        let url: String
        let address: IPAddress?
        let port: UInt16?

        init(_ request: HTTPRequest) {
            url = request.url.description
            address = request.peer?.address
            port = request.peer?.port
        }
    }

    struct Response: Hashable, Sendable, Codable {
        struct Header: Hashable, Sendable, Codable {
            let name: String
            let value: String
        }

        let status: Int
        let headers: [Header]
        let body: HexOctets
        let isBodyCut: Bool
        let elapsedMilliseconds: Int64

        private enum CodingKeys: String, CodingKey {
            case status, headers, body
            case isBodyCut = "body_cut"
            case elapsedMilliseconds = "elapsed_ms"
        }
    }

    struct Failure: Hashable, Sendable, Codable {
        let kind: String
        let text: String
        let number: Int64?
    }

    /// Cookies and whatever else a server sends are nobody's business.
    static let keptHeaders = ["location", "content-encoding", "content-type"]

    let asked: Asked
    let atMilliseconds: Int64
    let response: Response?
    let failure: Failure?

    init(_ request: HTTPRequest, _ result: Result<HTTPResponse, HTTPFailure>, atMilliseconds: Int64) {
        asked = Asked(request)
        self.atMilliseconds = atMilliseconds
        switch result {
        case .success(let response):
            let kept = response.headers.fields.filter { Self.keptHeaders.contains(ASCII.lowercased($0.name)) }
            self.response = Response(
                status: response.status,
                headers: kept.map { Response.Header(name: $0.name, value: $0.value) },
                body: HexOctets(response.body),
                isBodyCut: response.isBodyCut,
                elapsedMilliseconds: response.elapsedMilliseconds
            )
            failure = nil
        case .failure(let failure):
            response = nil
            self.failure = Failure(failure)
        }
    }

    /// What became of the same fetch.
    func result() -> Result<HTTPResponse, HTTPFailure> {
        guard let response else {
            return .failure(failure?.failure ?? .unreachable(EvidenceReplay.notAsked))
        }
        var headers = HTTPHeaders()
        do throws(HTTPFailure) {
            for header in response.headers { try headers.add(header.name, header.value) }
        } catch {
            return .failure(.malformedAnswer("\(error)"))
        }
        return .success(
            HTTPResponse(
                status: response.status,
                headers: headers,
                body: response.body.bytes,
                isBodyCut: response.isBodyCut,
                elapsedMilliseconds: response.elapsedMilliseconds
            )
        )
    }

    private enum CodingKeys: String, CodingKey {
        case asked
        case atMilliseconds = "at_ms"
        case response, failure
    }
}

extension EvidenceFetch.Failure {
    init(_ failure: HTTPFailure) {
        switch failure {
        case .refused(let text): self.init(kind: "refused", text: text, number: nil)
        case .unreachable(let text): self.init(kind: "unreachable", text: text, number: nil)
        case .noRoute(let text): self.init(kind: "no-route", text: text, number: nil)
        case .tlsFailed(let text): self.init(kind: "tls-failed", text: text, number: nil)
        case .timedOut(let milliseconds): self.init(kind: "timed-out", text: "", number: milliseconds)
        case .brokenOff(let text): self.init(kind: "broken-off", text: text, number: nil)
        case .tooLarge(let what, let limitBytes):
            self.init(kind: "too-large", text: what, number: Int64(limitBytes))
        case .malformedAnswer(let text): self.init(kind: "malformed", text: text, number: nil)
        case .cancelled: self.init(kind: "cancelled", text: "", number: nil)
        }
    }

    var failure: HTTPFailure {
        switch kind {
        case "refused": .refused(text)
        case "no-route": .noRoute(text)
        case "tls-failed": .tlsFailed(text)
        case "timed-out": .timedOut(milliseconds: number ?? 0)
        case "broken-off": .brokenOff(text)
        case "too-large": .tooLarge(what: text, limitBytes: Int(clamping: number ?? 0))
        case "malformed": .malformedAnswer(text)
        case "cancelled": .cancelled
        default: .unreachable(text)
        }
    }
}
