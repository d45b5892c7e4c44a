// A rehearsed world hangs together: the provider sees what stands in zones and files, and the configuration fits it.
import DCV
import FoundationEssentials
import LDNS
import Rehearsal
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WorldTests {
    private static let now: Int64 = 1_775_001_600_000

    private func rehearse(
        _ scenario: RehearsalScenario,
        _ test: (RehearsedWorld) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/world-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let world = try await RehearsedWorld.start(
            scenario,
            folder: folder,
            clock: StandingClock(milliseconds: Self.now)
        )
        do {
            try await test(world)
        } catch {
            await world.shutdown()
            throw error
        }
        await world.shutdown()
    }

    private func call(
        _ world: RehearsedWorld,
        _ method: String,
        _ path: String,
        body: String? = nil
    ) async throws -> SmallHTTPClient.Answer {
        try await SmallHTTPClient.fetch(
            method,
            "/client/v4" + path,
            host: "127.0.0.1",
            at: world.cloudflare.address,
            port: world.cloudflare.port,
            headers: [("Authorization", "Bearer \(world.token)")]
                + (body == nil ? [] : [("Content-Type", "application/json")]),
            body: body,
            deadlineMilliseconds: 20_000
        )
    }

    private func trigger(_ world: RehearsedWorld, _ site: Int, _ method: String) async throws -> RehearsedPack {
        let zone = world.cloudflare.zones[site]
        let path = "/zones/\(zone.id)/ssl/verification/\(zone.packs[0].id)"
        _ = try await call(world, "PATCH", path, body: "{\"validation_method\":\"\(method)\"}")
        return world.cloudflare.zones[site].packs[0]
    }

    /// Publishes as a hook would.
    private func publish(_ token: RehearsedToken, _ world: RehearsedWorld) throws {
        func add(_ name: String, _ line: String) throws {
            let zone = try #require(world.tree.zones.last { (try? DomainName(name))?.isSubdomain(of: $0.apex) == true })
            let folder = try #require(zone.folder)
            let file = folder + "/" + String(UInt64.random(in: 0 ... .max))
            try Data("\(name) \(line)\n".utf8).write(to: URL(filePath: file))
        }
        switch token {
        case .txt(let name, let value): try add(name, "TXT \(value)")
        case .cname(let name, let target): try add(name, "CNAME \(target)")
        case .http(let url, let body):
            let path = "/" + url.split(separator: "/").dropFirst(2).joined(separator: "/")
            let folder = world.web.root + "/.well-known/acme-challenge"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data((body + "\n").utf8).write(to: URL(filePath: world.web.root + path))
        }
    }

    /// A signed read of a name's validation at NAVER Cloud.
    private func read(_ naver: RehearsedNAVER, _ number: Int, _ name: String, world: RehearsedWorld) async throws {
        let target = "/api/v2/certificate/getVerificationInfo/\(number)?domainAddress=\(name)"
        let signature = world.naverKey.signature(method: "GET", target: target, timestamp: "\(Self.now)")
        let answer = try await SmallHTTPClient.fetch(
            "GET",
            target,
            host: "127.0.0.1",
            at: naver.address,
            port: naver.port,
            headers: [
                ("x-ncp-apigw-timestamp", "\(Self.now)"), ("x-ncp-iam-access-key", world.naverKey.accessKey),
                ("x-ncp-apigw-signature-v2", signature), ("Content-Type", "application/json"),
            ]
        )
        #expect(answer.status == 200)
    }

    private func check(_ digicert: RehearsedDigiCert, _ id: Int, world: RehearsedWorld) async throws -> Int {
        try await SmallHTTPClient.fetch(
            "PUT",
            "/services/v2/domain/\(id)/dcv/validate-token",
            host: "127.0.0.1",
            at: digicert.address,
            port: digicert.port,
            headers: [("X-DC-DEVKEY", world.digiCertKey), ("Content-Type", "application/json")]
        ).status
    }

    @Test("Three providers in one world: each looks at its own records, and all of them become active")
    func threeProviders() async throws {
        try await rehearse(try .threeProviders()) { world in
            let naver = try #require(world.naver)
            let digicert = try #require(world.digicert)
            naver.poll(.everyReads(1))
            let text = try String(contentsOfFile: world.configurationPath, encoding: .utf8)
            #expect(
                text.contains("{ name: naver, kind: naver-cloud, access_key: { file: '\(world.folder)/naver-access' }")
            )
            #expect(text.contains("endpoint: 'http://127.0.0.1:\(naver.port)' }"))
            #expect(text.contains("kind: digicert, api_key: { file: '\(world.folder)/digicert-key' }"))
            #expect(text.contains("endpoint: 'http://127.0.0.1:\(digicert.port)/services/v2' }"))

            let names = [(55332, "news.example"), (55332, "%2A.news.example"), (55333, "blog.example")]
            for (number, name) in names { try await read(naver, number, name, world: world) }
            #expect(naver.validations.entries.map(\.succeeded) == [false, false, false])
            for token in naver.certificates.flatMap(\.tokens) { try publish(token, world) }
            for (number, name) in names { try await read(naver, number, name, world: world) }
            let reasons = naver.validations.entries.suffix(3).compactMap(\.reason)
            #expect(naver.certificates.allSatisfy { $0.isNormal }, "\(reasons)")

            for domain in digicert.domains {
                #expect(try await check(digicert, domain.id, world: world) == 400)
                // One at the labelled name, the other at the second place that will do.
                try publish(domain.places[domain.id == 4711 ? 0 : 1], world)
                #expect(try await check(digicert, domain.id, world: world) == 200)
            }
            #expect(digicert.validations.entries.map(\.succeeded) == [false, true, false, true])

            #expect(!world.isAllActive && world.certificates.filter { $0.isActive }.count == 4)
            let shop = world.cloudflare.zones[0].packs[0]
            for token in shop.tokens { try publish(token, world) }
            #expect(try await trigger(world, 0, "txt").isActive)
            for token in try await trigger(world, 1, "http").tokens { try publish(token, world) }
            #expect(try await trigger(world, 1, "http").isActive)
            #expect(world.isAllActive)
            #expect(Set(world.certificates.map(\.provider)) == ["Cloudflare", "NAVER Cloud", "DigiCert"])
            #expect(naver.surprises.isEmpty && digicert.surprises.isEmpty && world.cloudflare.surprises.isEmpty)
        }
    }

    @Test("Four certificates: each becomes active when its proof is there, and not before")
    func fourCertificates() async throws {
        try await rehearse(try .fourCertificates()) { world in
            // 1: TXT missing: a look too early burns the tokens.
            let early = try await trigger(world, 0, "txt")
            #expect(early.failures == 1 && !early.isActive)
            for token in early.tokens { try publish(token, world) }
            let shop = try await trigger(world, 0, "txt")
            #expect(shop.isActive, "\(shop.validationErrors)")
            // 2: the CNAME is there.
            let blog = try await trigger(world, 1, "cname")
            #expect(blog.isActive, "\(blog.validationErrors)")
            // 3: from txt to http.
            let docs = try await trigger(world, 2, "http")
            #expect(docs.method == "http" && docs.failures == 0)
            for token in docs.tokens { try publish(token, world) }
            let served = try await trigger(world, 2, "http")
            #expect(served.isActive, "\(served.validationErrors)")
            // 4: two values; the lagging server makes an early look fail. It lags longer here than any machine is slow.
            let slowServer = IPAddress.v4(0x7F00_352A)
            #expect(world.scenario.behaviours == [slowServer: .lag(milliseconds: 4000)])
            world.nameServers.behave(.lag(milliseconds: 60_000), at: slowServer)
            let news = world.cloudflare.zones[3].packs[0]
            #expect(news.tokens.count == 2)
            for token in news.tokens { try publish(token, world) }
            let lagging = try await trigger(world, 3, "txt")
            #expect(lagging.failures == 1 && lagging.validationErrors.allSatisfy { $0.contains("127.0.53.42") })
            for token in lagging.tokens { try publish(token, world) }
            _ = try await trigger(world, 3, "txt")
            #expect(world.cloudflare.zones[3].packs[0].failures == 2)
            world.nameServers.behave(.normal, at: slowServer)
            for token in world.cloudflare.zones[3].packs[0].tokens { try publish(token, world) }
            let proved = try await trigger(world, 3, "txt")
            #expect(proved.status == "pending_issuance" && !world.isAllActive)
            for _ in 0..<2 {
                _ = try await call(world, "GET", "/zones/\(world.cloudflare.zones[3].id)/ssl/verification")
            }
            #expect(world.isAllActive && world.cloudflare.surprises.isEmpty)
        }
    }

    @Test("A client finds every zone from the root's address alone")
    func descent() async throws {
        try await rehearse(try .oneServerLags()) { world in
            let port = world.nameServers.port
            let question = Question(try DomainName("shop.example"), .a)
            let root = try await SmallDNSClient.ask(question, at: RehearsalScenario.rootAddress, port: port)
            #expect(!root.isAuthoritative && root.authority.map(\.owner?.text) == ["example"])
            let topLevel = try await SmallDNSClient.ask(question, at: RehearsalScenario.topLevelAddress, port: port)
            #expect(topLevel.authority.count == 2 && topLevel.additional.count == 2)
            let zone = try await SmallDNSClient.ask(question, at: .v4(0x7F00_350B), port: port)
            #expect(zone.isAuthoritative && zone.answer.map(\.data) == [.address(RehearsalScenario.webAddress)])
            let rootServer = try await SmallDNSClient.ask(
                Question(world.tree.root.name, .a),
                at: RehearsalScenario.topLevelAddress,
                port: port
            )
            #expect(rootServer.isAuthoritative && rootServer.answer.count == 1)
        }
    }

    @Test("The provider passes over servers that are silent or lame, but not over one that says otherwise")
    func strictness() async throws {
        try await rehearse(try .lameServer()) { world in
            let second = IPAddress.v4(0x7F00_350C)
            for token in world.cloudflare.zones[0].packs[0].tokens { try publish(token, world) }
            world.nameServers.behave(.wrong(value: "stale"), at: second)
            let burnt = try await trigger(world, 0, "txt")
            #expect(burnt.failures == 1 && burnt.validationErrors.allSatisfy { $0.contains("stale") })
            for token in burnt.tokens { try publish(token, world) }
            world.nameServers.behave(.lame, at: second)
            let proved = try await trigger(world, 0, "txt")
            #expect(proved.isActive)
            for server in [IPAddress.v4(0x7F00_350B), second] { world.nameServers.behave(.lame, at: server) }
            let eyes = ProviderEyes(
                roots: world.tree.root.addresses,
                dnsPort: world.nameServers.port,
                httpPort: world.web.port
            )
            let unspoken = await eyes.look(proved.tokens[0])
            #expect(unspoken == "no server for _acme-challenge.shop.example TXT speaks with authority")
        }
    }

    @Test("A token is found behind CNAMEs into another zone, and one nobody serves is not found")
    func eyes() async throws {
        let stopwatch = Stopwatch()
        let server = RehearsedServer(try DomainName("ns1.host.test"), [.v4(0x7F00_3565)])
        let owner = try DomainName("_acme-challenge.shop.example")
        let target = try DomainName("shop.host.test")
        let shop = RehearsedZone(
            try DomainName("shop.example"),
            servers: [server],
            records: [RehearsedRecord(owner, .cname(target))],
            stopwatch: stopwatch
        )
        let host = RehearsedZone(
            try DomainName("host.test"),
            servers: [server],
            records: [
                .txt(target, "there"), RehearsedRecord(target, .txt(strings: [Array("spl".utf8), Array("it".utf8)])),
            ],
            stopwatch: stopwatch
        )
        let tree = try RehearsedTree(
            [shop, host],
            rootAddress: .v4(0x7F00_3566),
            topLevelAddress: .v4(0x7F00_3567),
            stopwatch: stopwatch
        )
        let servers = try await RehearsedNameServers.start(tree.served, stopwatch: stopwatch)
        let eyes = ProviderEyes(
            roots: tree.root.addresses,
            dnsPort: servers.port,
            httpPort: 1,
            deadlineMilliseconds: 1000
        )
        let found = await eyes.look(.txt(name: owner.text, value: "there"))
        #expect(found == nil)
        let split = RehearsedToken.txt(name: owner.text, value: "split")
        let joined = await eyes.look(split)
        #expect(joined == nil)
        let apart = await eyes.withoutJoining.look(split)
        #expect(apart?.contains(#"no TXT "split""#) == true)
        let whole = await eyes.withoutJoining.look(.txt(name: owner.text, value: "there"))
        #expect(whole == nil)
        let other = await eyes.look(.txt(name: owner.text, value: "elsewhere"))
        #expect(other != nil)
        let cname = await eyes.look(.cname(name: owner.text, target: target.text))
        #expect(cname == nil)
        let hostile = await eyes.look(.txt(name: "$(touch x)", value: "v"))
        #expect(hostile != nil)
        servers.behave(.silent, at: .v4(0x7F00_3565))
        let silent = await eyes.look(.txt(name: owner.text, value: "there"))
        #expect(silent == "name servers without addresses: [ns1.host.test]")
        await servers.shutdown()
    }

    @Test("The files fit the world: endpoint, ports, folders, token and hints")
    func files() async throws {
        try await rehearse(try .fourCertificates()) { world in
            let text = try String(contentsOfFile: world.configurationPath, encoding: .utf8)
            #expect(text.contains("endpoint: 'http://127.0.0.1:\(world.cloudflare.port)/client/v4'"))
            #expect(text.contains("dns_port: \(world.nameServers.port), http_port: \(world.web.port)"))
            #expect(text.contains("  docs.example: { publishers: [web], policy: default }\n"))
            #expect(text.contains("folder: '\(world.folder)/zones/news.example'"))
            let token = try String(contentsOfFile: world.tokenPath, encoding: .utf8)
            #expect(token == world.token + "\n")
            let hints = try String(contentsOfFile: world.rootHintsPath, encoding: .utf8)
            #expect(hints == ". 3600000 NS a.root-servers.test.\na.root-servers.test. 3600000 A 127.0.53.1\n")
        }
    }

    @Test("An API that is down for one zone serves the other; a refused token is refused everywhere")
    func faults() async throws {
        try await rehearse(try .apiDown()) { world in
            let statuses = [200, 520]
            for (zone, status) in zip(world.cloudflare.zones, statuses) {
                let answer = try await call(world, "GET", "/zones/\(zone.id)/ssl/verification")
                #expect(answer.status == status)
            }
        }
        try await rehearse(try .tokenRefused()) { world in
            let answer = try await call(world, "GET", "/zones")
            #expect(answer.status == 403 && world.cloudflare.surprises.isEmpty)
        }
    }

    @Test("Every story starts and stops, several side by side")
    func stories() async throws {
        for scenario in try RehearsalScenario.all() {
            try await rehearse(scenario) { one in
                try await rehearse(scenario) { other in
                    #expect(one.nameServers.port != other.nameServers.port)
                    #expect(!one.isAllActive)
                }
            }
        }
    }
}
