// A Cloudflare that answers each call by its path, from documents that a test may change: for what several calls show
// together.
import DCV
import Platform
import Providers
import Synchronization

/// One zone's lists. A call it does not know is answered as one that does not exist.
final class ListedCloudflare: HTTPExchanging {
    struct Document: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var body: [UInt8]

        init(status: Int = 200, headers: [(String, String)] = [], _ body: [UInt8]) {
            self.status = status
            self.headers = headers
            self.body = body
        }

        init(status: Int64? = nil, _ body: JSONValue) {
            self.init(status: Int(truncatingIfNeeded: status ?? 200), body.serialized())
        }

        static func result(_ result: JSONValue) -> Document { Document(["result": result, "success": true]) }
    }

    struct Lists: Sendable {
        var zones = Document.result(Sample.zones)
        var verification = Document.result([])
        var packs = Document.result([])
        var hostnames = Document.result([])
        /// Instead of the entry in the list; nil for that entry.
        var onePack: Document?
        var oneHostname: Document?
        var effects = Document.result([:])
    }

    private let state: Mutex<(lists: Lists, requests: [HTTPRequest])>

    init(_ lists: Lists) { state = Mutex((lists, [])) }

    var lists: Lists {
        get { state.withLock { $0.lists } }
        set { state.withLock { $0.lists = newValue } }
    }
    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    /// `GET /zones/.../ssl/verification`, one a request.
    var lines: [String] {
        requests.map { request in
            let target = request.url.target.replacing("/client/v4", with: "").replacing(Sample.zone, with: "Z")
            return "\(request.method.rawValue) \(target)"
        }
    }
    func forget() { state.withLock { $0.requests = [] } }

    func exchange(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        let lists = state.withLock { state in
            state.requests.append(request)
            return state.lists
        }
        let document = Self.answer(request, lists)
        return try ScriptedHTTP.Answer.reply(document.status, document.body, headers: document.headers).get()
    }

    private static func answer(_ request: HTTPRequest, _ lists: Lists) -> Document {
        let path = request.url.target.split(separator: "?").first.map { String($0) } ?? ""
        let parts = path.split(separator: "/").dropFirst(2).map { String($0) }
        guard request.method == .get else { return lists.effects }
        switch (parts.dropFirst(2).joined(separator: "/"), parts.count) {
        case ("", 1): return lists.zones
        case ("", 2): return one(parts[1], lists.zones)
        case ("ssl/verification", _): return lists.verification
        case ("ssl/certificate_packs", _): return lists.packs
        case ("custom_hostnames", _): return lists.hostnames
        case (_, 5): return lists.onePack ?? one(parts[4], lists.packs)
        default: return lists.oneHostname ?? one(parts[3], lists.hostnames)
        }
    }

    /// The entry of that id in a list; the list's own fault when it is none.
    private static func one(_ id: String, _ list: Document) -> Document {
        guard list.status == 200, let values = try? StrictJSON.parse(list.body, limitBytes: 1 << 20)["result"]?.array
        else { return list }
        let plain = { (text: String) in ASCII.lowercased(text.replacing("-", with: "")) }
        if let entry = values.first(where: { $0["id"]?.string.map(plain) == plain(id) }) { return .result(entry) }
        let code: JSONValue = ["code": 1408, "message": "not found"]
        return Document(status: 404, ["result": .null, "success": false, "errors": [code]])
    }
}
