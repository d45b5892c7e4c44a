// Rehearsed name servers answer as authoritative servers do, each in its temper, and remember what they were asked.
import DCV
import FoundationEssentials
import LDNS
import Rehearsal
import Testing

private let first = IPAddress.v4(0x7F00_350B)
private let second = IPAddress.v4(0x7F00_350C)

@Suite(.timeLimit(.minutes(1)))
struct NameServerTests {
    private func name(_ text: String) throws -> DomainName { try DomainName(text) }

    private func shopZone(folder: String? = nil, stopwatch: Stopwatch = Stopwatch()) throws -> RehearsedZone {
        RehearsedZone(
            try name("shop.example"),
            servers: [
                RehearsedServer(try name("ns1.shop.example"), [first]),
                RehearsedServer(try name("ns2.shop.example"), [second]),
            ],
            records: [
                .txt(try name("_acme-challenge.shop.example"), "one"),
                RehearsedRecord(try name("www.shop.example"), .cname(try name("web.shop.example"))),
                RehearsedRecord(try name("away.shop.example"), .cname(try name("else.test"))),
                RehearsedRecord(try name("loop.shop.example"), .cname(try name("loop.shop.example"))),
                .address(try name("web.shop.example"), try #require(IPAddress("127.0.53.80"))),
                RehearsedRecord(try name("sub.shop.example"), .ns(try name("ns.sub.shop.example"))),
                .address(try name("ns.sub.shop.example"), second),
                .txt(try name("a.b.shop.example"), "deep"),
            ],
            folder: folder,
            stopwatch: stopwatch
        )
    }

    private func serve(
        _ zone: RehearsedZone,
        _ test: (RehearsedNameServers) async throws -> Void
    ) async throws {
        let servers = try await RehearsedNameServers.start([first: [zone], second: [zone]])
        do {
            try await test(servers)
        } catch {
            await servers.shutdown()
            throw error
        }
        await servers.shutdown()
    }

    private func ask(
        _ servers: RehearsedNameServers,
        _ text: String,
        _ type: RecordType,
        at address: IPAddress = first,
        overTCP: Bool = false,
        edns: EDNS? = EDNS(),
        deadlineMilliseconds: Int64 = 10_000
    ) async throws -> Message {
        try await SmallDNSClient.ask(
            Question(try name(text), type),
            at: address,
            port: servers.port,
            overTCP: overTCP,
            edns: edns,
            deadlineMilliseconds: deadlineMilliseconds
        )
    }

    private func values(_ message: Message) -> [String] {
        message.answer.compactMap { record in
            guard case .txt(let strings) = record.data else { return nil }
            return String(decoding: strings.joined(), as: UTF8.self)
        }.sorted()
    }

    @Test("A zone answers with authority: values, CNAMEs it can follow, no data, no name, referrals")
    func zoneAnswers() async throws {
        try await serve(try shopZone()) { servers in
            let present = try await ask(servers, "_acme-challenge.shop.example", .txt)
            #expect(present.isAuthoritative && present.rcode == .noError && values(present) == ["one"])
            let followed = try await ask(servers, "www.shop.example", .a)
            #expect(followed.isAuthoritative && followed.answer.map(\.type) == [.cname, .a])
            let away = try await ask(servers, "away.shop.example", .txt)
            #expect(away.isAuthoritative && away.answer.map(\.type) == [.cname] && away.authority.isEmpty)
            let answer1 = try await ask(servers, "away.shop.example", .cname)
            #expect(answer1.answer.count == 1)
            let loop = try await ask(servers, "loop.shop.example", .txt)
            #expect(loop.answer.count == 17)
            let noData = try await ask(servers, "b.shop.example", .txt)
            #expect(noData.rcode == .noError && noData.answer.isEmpty && noData.authority.map(\.type) == [.soa])
            let noName = try await ask(servers, "c.shop.example", .txt)
            #expect(noName.rcode == .nameError && noName.isAuthoritative && noName.authority.map(\.ttlSeconds) == [2])
            let referral = try await ask(servers, "x.sub.shop.example", .txt)
            #expect(!referral.isAuthoritative && referral.rcode == .noError && referral.answer.isEmpty)
            #expect(referral.authority.map(\.type) == [.ns] && referral.additional.map(\.data) == [.address(second)])
            let delegationSigner = try await ask(servers, "sub.shop.example", .ds)
            #expect(delegationSigner.isAuthoritative && delegationSigner.authority.map(\.type) == [.soa])
            let apex = try await ask(servers, "shop.example", .ns)
            #expect(apex.answer.count == 2 && apex.additional.count == 2)
            let answer2 = try await ask(servers, "shop.example", .soa)
            #expect(answer2.answer.count == 1)
            let answer3 = try await ask(servers, "other.test", .txt)
            #expect(answer3.rcode == .refused)
        }
    }

    @Test("Records come and go one by one, and the serial counts the changes")
    func changes() async throws {
        let zone = try shopZone()
        let owner = try name("_acme-challenge.shop.example")
        try await serve(zone) { servers in
            zone.add(.txt(owner, "two"))
            zone.add(.txt(owner, "two"))
            let answer4 = try await ask(servers, owner.text, .txt)
            #expect(values(answer4) == ["one", "two"])
            zone.remove(.txt(owner, "one"))
            let answer5 = try await ask(servers, owner.text, .txt)
            #expect(values(answer5) == ["two"])
            let soa = try await ask(servers, "shop.example", .soa)
            guard case .soa(let data)? = soa.answer.first?.data else {
                Issue.record("no SOA")
                return
            }
            #expect(data.serial == 3)
        }
    }

    @Test("A lagging server shows the zone as it was; the other one shows it as it is")
    func lag() async throws {
        let zone = try shopZone()
        let owner = try name("_acme-challenge.shop.example")
        try await serve(zone) { servers in
            servers.behave(.lag(milliseconds: 60_000), at: second)
            zone.add(.txt(owner, "two"))
            zone.remove(.txt(owner, "one"))
            let answer6 = try await ask(servers, owner.text, .txt, at: first)
            #expect(values(answer6) == ["two"])
            let answer7 = try await ask(servers, owner.text, .txt, at: second)
            #expect(values(answer7) == ["one"])
            servers.behave(.lag(milliseconds: 200), at: second)
            try await Task.sleep(for: .milliseconds(300))
            let answer8 = try await ask(servers, owner.text, .txt, at: second)
            #expect(values(answer8) == ["two"])
        }
    }

    @Test("Tempers: lame, refused, servfail, wrong, silent, slow")
    func tempers() async throws {
        let owner = "_acme-challenge.shop.example"
        try await serve(try shopZone()) { servers in
            servers.behave(.lame, at: first)
            let lame = try await ask(servers, owner, .txt)
            #expect(!lame.isAuthoritative && values(lame) == ["one"])
            servers.behave(.refused, at: first)
            let answer9 = try await ask(servers, owner, .txt)
            #expect(answer9.rcode == .refused)
            servers.behave(.servfail, at: first)
            let answer10 = try await ask(servers, owner, .txt, overTCP: true)
            #expect(answer10.rcode == .serverFailure)
            servers.behave(.wrong(value: "stale"), at: first)
            let wrong = try await ask(servers, owner, .txt)
            #expect(wrong.isAuthoritative && values(wrong) == ["stale"])
            let answer11 = try await ask(servers, "shop.example", .ns)
            #expect(answer11.answer.count == 2)
            servers.behave(.silent, at: first)
            for overTCP in [false, true] {
                await #expect(throws: RehearsalError.self) {
                    _ = try await ask(servers, owner, .txt, overTCP: overTCP, deadlineMilliseconds: 150)
                }
            }
            let answer12 = try await ask(servers, owner, .txt, at: second)
            #expect(values(answer12) == ["one"])
            servers.behave(.slow(milliseconds: 300), at: first)
            let start = ContinuousClock.now
            let answer13 = try await ask(servers, owner, .txt)
            #expect(values(answer13) == ["one"])
            #expect(ContinuousClock.now - start >= .milliseconds(300))
        }
    }

    @Test("Truncation sends clients to TCP: on request, and when the answer is too long for the client")
    func truncation() async throws {
        let zone = try shopZone()
        let owner = try name("_acme-challenge.shop.example")
        try await serve(zone) { servers in
            servers.behave(.truncated, at: first)
            let answer14 = try await ask(servers, owner.text, .txt)
            #expect(values(answer14) == ["one"])
            #expect(servers.history.entries.map(\.transport) == [.udp, .tcp])
            servers.history.clear()
            for index in 0..<9 { zone.add(.txt(owner, "\(index)" + String(repeating: "x", count: 100))) }
            let answer15 = try await ask(servers, owner.text, .txt, at: second)
            #expect(values(answer15).count == 10)
            #expect(servers.history.entries.map(\.transport) == [.udp])
            let answer16 = try await ask(servers, owner.text, .txt, at: second, edns: nil)
            #expect(values(answer16).count == 10)
            #expect(servers.history.entries.map(\.transport) == [.udp, .udp, .tcp])
        }
    }

    @Test("The history says when, where, how and what was asked")
    func history() async throws {
        try await serve(try shopZone()) { servers in
            _ = try await ask(servers, "www.shop.example", .caa, at: second, overTCP: true, edns: nil)
            let asked = try #require(servers.history.entries.first)
            #expect(servers.history.entries.count == 1)
            #expect(asked.server == second && asked.transport == .tcp && !asked.recursionDesired && !asked.dnssecOK)
            #expect(asked.question == Question(try name("www.shop.example"), .caa))
        }
    }

    @Test("A folder of records is read at each question; what is no record of the zone is told")
    func folder() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/rehearsal-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func write(_ file: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(filePath: folder + "/" + file))
        }
        let zone = try shopZone(folder: folder)
        try await serve(zone) { servers in
            let owner = "_acme-challenge.shop.example"
            try write("1", "\(owner) TXT two words = \"kept\"\nsecond line")
            try write(".2", "\(owner) TXT hidden\n")
            try write("3", "_acme-challenge.other.example TXT outside\n")
            try write("4", "\(owner) MX 10 mail\n")
            try write("5", "\(owner) TXT " + String(repeating: "y", count: 2000))
            let answer17 = try await ask(servers, owner, .txt)
            #expect(values(answer17) == ["one", "two words = \"kept\""])
            #expect(zone.problems.count == 3, "\(zone.problems)")
            servers.behave(.lag(milliseconds: 60_000), at: second)
            let answer18 = try await ask(servers, owner, .txt, at: second)
            #expect(values(answer18) == ["one"])
            try FileManager.default.removeItem(atPath: folder + "/1")
            let answer19 = try await ask(servers, owner, .txt)
            #expect(values(answer19) == ["one"])
        }
    }

    @Test("IPv6 is served beside IPv4 on the same port; a port that is taken is refused with its reason")
    func addresses() async throws {
        let zone = try shopZone()
        let six = try #require(IPAddress("::1"))
        let servers = try await RehearsedNameServers.start([first: [zone], six: [zone]])
        let answer = try await ask(servers, "shop.example", .soa, at: six)
        #expect(answer.isAuthoritative && servers.history.entries.map(\.server) == [six])
        await #expect(throws: RehearsalError.self) {
            _ = try await RehearsedNameServers.start([first: [zone]], port: servers.port)
        }
        await servers.shutdown()
        let again = try await RehearsedNameServers.start([first: [zone]], port: servers.port)
        await again.shutdown()
    }
}
