// What is amiss with the servers of one zone, as its view shows it: who is concerned, and a command that shows the same.

/// Judges one zone's view.
package struct ZoneFaults {
    /// Addresses named in one text; more are counted.
    private static let addressesTold = 4

    package let view: ZoneView
    /// Where name servers are asked.
    let port: UInt16

    package init(_ view: ZoneView, port: UInt16) {
        self.view = view
        self.port = port
    }

    fileprivate struct Spot {
        let server: DomainName
        let at: ZoneView.Address

        var text: String { "\(server) (\(at.address))" }
        var hasAnswered: Bool {
            switch at.state {
            case .serves, .notServed: true
            case .unreachable, .hostile, .notAsked, nil: false
            }
        }
        var serial: ZoneSerial? { if case .serves(let serial) = at.state { ZoneSerial(serial) } else { nil } }
    }

    /// Every address once, even if two names share it.
    private var spots: [Spot] {
        var seen: Set<IPAddress> = []
        return view.servers.flatMap { server in server.addresses.map { Spot(server: server.name, at: $0) } }
            .filter { seen.insert($0.at.address).inserted }
    }

    /// Faults that stand whatever is published.
    package var standing: [Survey.Problem] {
        [lame, withoutUDP, withoutTCP, withoutEDNS, withoutCase, versions].compactMap { $0 }
    }

    // MARK: Each fault

    private var lame: Survey.Problem? {
        problem(.lameServer, spots.compactMap { spot in spot.lameness.map { (spot, $0) } }, "an authoritative answer") {
            dig($0)
        }
    }

    private var withoutUDP: Survey.Problem? {
        let spots = spots.filter { $0.at.answersOverUDP == false && $0.hasAnswered }
        return problem(.udpUnreachable, spots.map { ($0, "answers over TCP, not over UDP") }, "an answer over UDP") {
            dig($0)
        }
    }

    private var withoutTCP: Survey.Problem? {
        let spots = spots.filter { $0.at.answersOverTCP == false && $0.hasAnswered }
        return problem(.tcpUnreachable, spots.map { ($0, "answers over UDP, not over TCP") }, "an answer over TCP") {
            dig($0, .tcp)
        }
    }

    private var withoutEDNS: Survey.Problem? {
        let spots = spots.filter { $0.at.understandsEDNS == false }
        return problem(
            .ednsNotUnderstood,
            spots.map { ($0, "answers only when asked without EDNS") },
            "an answer to a question with EDNS"
        ) {
            dig($0, .noCookie)
        }
    }

    private var withoutCase: Survey.Problem? {
        let spots = spots.filter { $0.at.keepsCase == false }
        return problem(
            .caseNotKept,
            spots.map { ($0, "answers over UDP with the question in another letter case") },
            "the question as it was asked"
        ) {
            dig($0, mixesCase: true)
        }
    }

    // MARK: Versions

    /// Who has not the newest version: where a record is not seen everywhere, the likely reason.
    private var versions: Survey.Problem? {
        let versions = spots.compactMap { spot in spot.serial.map { (spot, $0) } }
        guard let newest = ZoneSerial.newest(of: versions.map(\.1)) else { return nil }
        let behind = versions.filter { $0.1 != newest }
        let ahead = versions.filter { $0.1 == newest }.map(\.0.text).listed(upTo: Self.addressesTold)
        return problem(
            .serialsDiffer,
            behind.map { ($0.0, "has serial \($0.1)") },
            "serial \(newest), which \(ahead) has"
        ) {
            dig($0)
        }
    }

    /// The primary's name when the zone itself does not name it as a server: nobody has asked it yet.
    package var hiddenPrimary: DomainName? {
        guard let primary = view.timers?.primary, !view.servers.contains(where: { $0.name == primary }) else {
            return nil
        }
        return primary
    }

    /// What the primary's version means.
    /// - Parameter hidden: what a primary outside the NS set said; nil when it was not asked or gave no serial.
    package func primary(_ hidden: (address: IPAddress, serial: ZoneSerial)?) -> Survey.Problem? {
        guard let timers = view.timers, let name = timers.primary else { return nil }
        let newest = ZoneSerial(timers.serial)
        let visible = spots.filter { $0.server == name }.compactMap { spot in
            spot.serial.map { (address: spot.at.address, serial: $0) }
        }
        let shown = ZoneSerial.newest(of: visible.map(\.serial))
        guard let primary = hidden ?? visible.first(where: { $0.serial == shown }) else { return nil }
        let said = "\(name) (\(primary.address)), the zone's primary by its SOA, has serial \(primary.serial)"
        let line = dig(primary.address)
        if newest.isNewer(than: primary.serial) {
            return Survey.Problem(
                .primaryBehind,
                "\(said), a name server already has \(newest): who transfers from it takes no older version",
                wanted: "a serial above \(newest) at \(name)",
                reproduce: line
            )
        }
        guard hidden != nil, primary.serial.isNewer(than: newest) else { return nil }
        return Survey.Problem(
            .hiddenPrimary,
            "\(said), no name server of \(view.apex) has more than \(newest): they ask again after "
                + "\(timers.refreshSeconds) s at the latest",
            wanted: "serial \(primary.serial) at every name server",
            reproduce: line
        )
    }

    // MARK: Words

    private func problem(
        _ code: Survey.Problem.Code,
        _ concerned: [(spot: Spot, says: String)],
        _ wanted: String,
        reproduce: (IPAddress) -> String
    ) -> Survey.Problem? {
        guard let first = concerned.first else { return nil }
        let told = concerned.map { "\($0.spot.text) \($0.says)" }
            .listed(upTo: Self.addressesTold, separator: "; ")
        let isCause = code != .serialsDiffer && code != .caseNotKept
        return Survey.Problem(
            code,
            "of the name servers of \(view.apex), \(told)",
            wanted: wanted,
            reproduce: reproduce(first.spot.at.address),
            explains: isCause ? concerned.map(\.spot.at.address) : []
        )
    }

    private func dig(_ address: IPAddress, _ flag: DigLine.Flag? = nil, mixesCase: Bool = false) -> String {
        guard let flag else {
            return DigLine.text("SOA", view.apex, at: address, port: port, mixesCase: mixesCase, .norecurse)
        }
        return DigLine.text("SOA", view.apex, at: address, port: port, mixesCase: mixesCase, .norecurse, flag)
    }
}

extension ZoneFaults.Spot {
    fileprivate var lameness: String? { if case .notServed(let reason) = at.state { reason } else { nil } }
}
