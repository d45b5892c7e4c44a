// Web servers as pages by URL and address, and what a token looked for there comes to.
import DCV
import Platform
import Surveying
import Testing

/// What one URL answers, or does not.
enum Page: Sendable {
    case token
    case text(Int, String, headers: [(String, String)] = [])
    case to(String, status: Int = 302)
    case fails(HTTPFailure)

    func answer() throws -> Result<HTTPResponse, HTTPFailure> {
        switch self {
        case .token: .success(try ScriptedWeb.response(200, "token-body\n"))
        case .text(let status, let body, let headers):
            .success(try ScriptedWeb.response(status, body, headers: headers))
        case .to(let location, let status):
            .success(
                try ScriptedWeb.response(status, "moved", headers: [("Location", location), ("Set-Cookie", "a=b")])
            )
        case .fails(let failure): .failure(failure)
        }
    }
}

/// One look at the token of shop.example.test in a world of pages.
struct PageLook {
    static let path = "/.well-known/acme-challenge/token"
    static let start = "http://shop.example.test" + path
    static let hosts = """
        shop.example.test A 5.0.8.1
        www.example.test A 5.0.8.2
        both.example.test A 5.0.8.3
        both.example.test AAAA 2a00::83
        inside.example.test A 127.0.0.1
        inside.example.test AAAA ::1
        mixed.example.test A 169.254.169.254
        mixed.example.test A 5.0.8.4
        alias.example.test CNAME www.example.test
        empty.example.test TXT x
        """

    let survey: Survey
    let web: ScriptedWeb
    let world: ScriptedWorld

    /// Keys are URLs, or URLs with the address behind a space; a path that is left out is the token's.
    init(
        _ pages: [String: Page],
        hosts: String = Self.hosts,
        others: [String: Manner] = [:],
        configure: (inout SurveyorConfiguration) -> Void = { _ in }
    ) async throws {
        var byURL: [String: Result<HTTPResponse, HTTPFailure>] = [:]
        for (key, page) in pages {
            let parts = key.split(separator: " ").map(String.init)
            let isWhole = parts[0].dropFirst("https://".utf8.count).contains("/")
            byURL[parts[0] + (isWhole ? "" : Self.path) + (parts.count > 1 ? " " + parts[1] : "")] = try page.answer()
        }
        let answers = byURL
        web = ScriptedWeb { request in
            let address = request.peer?.address.description ?? "-"
            return answers["\(request.url) \(address)"] ?? answers["\(request.url)"]
                ?? .failure(.unreachable("no route"))
        }
        world = try ZoneCutTests.world(
            zone: ZoneCutTests.shop + "\n" + ZoneCutTests.addresses + "\n" + hosts,
            others: others
        )
        let record = RequiredRecord(
            .http(
                host: try DomainName("shop.example.test"),
                path: try HTTPTokenPath(Self.path),
                body: try HTTPTokenBody("token-body")
            )
        )
        survey = try await LiveSurveyor(world, web: web, configure: configure).survey(record)
    }

    var sighting: Sighting? { survey.observations.first?.sighting }
    var fetch: WebFetch? { survey.observations.first?.fetch }
    var findings: [Finding] { Checks.findings(survey) }
    var codes: [String] { findings.map(\.code) }
    /// `address URL` of every request but the look whether TLS is spoken, in order.
    var asked: [String] { web.history.map { "\($0.peer?.address.description ?? "-") \($0.url)" } }

    var reason: String {
        if case .notServed(let reason) = sighting { reason } else { "" }
    }

    var isComplete: Bool { Propagation.judge(survey, Policy.standard.propagation) == .complete }
}
