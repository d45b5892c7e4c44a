// Puts together what a pass has learnt of a zone, as the survey keeps it.
import DCV

extension ZoneView {
    /// A zone on the way: only its name and its servers' names are told.
    init(_ zone: Zone) {
        let servers = zone.delegation.servers.map { server in
            // Where the zone's own servers gave the NS set, whoever delegates to them was not seen.
            Server(name: server.name, isDelegated: true, isOwn: zone.isFromParent ? nil : true, addresses: [])
        }
        self.init(apex: zone.apex, servers: servers)
    }

    /// A zone that holds a name of the chain.
    init(_ set: ServerSet, _ sounding: Sounding) {
        let servers = set.servers.map { server in
            let asked = server.addresses.map { Address($0, sounding.heard[$0]) }
            let others = server.notAsked.map { Address($0.address, .notAsked(reason: $0.reason)) }
            return Server(
                name: server.name,
                isDelegated: set.delegated.contains(server.name),
                isOwn: set.own.map { $0.contains(server.name) },
                addresses: (asked + others).sorted { $0.address < $1.address }
            )
        }
        self.init(apex: set.apex, servers: servers, timers: sounding.timers)
    }
}

extension ZoneView.Address {
    fileprivate init(_ address: IPAddress, _ heard: Sounding.Heard?) {
        self.init(
            address,
            heard?.state,
            answersOverUDP: heard?.manners.answersOverUDP,
            answersOverTCP: heard?.manners.answersOverTCP,
            understandsEDNS: heard?.manners.understandsEDNS,
            keepsCase: heard?.manners.keepsCase,
            roundTripMilliseconds: heard?.roundTripMilliseconds
        )
    }
}

extension [ZoneView] {
    /// Adds the zones that a name was found through, each once, in order.
    mutating func add(way: [Zone]) {
        for zone in way where !contains(where: { $0.apex == zone.apex }) { append(ZoneView(zone)) }
    }

    /// Puts a zone that was looked at closely in the place of its name.
    mutating func put(_ view: ZoneView) {
        if let index = firstIndex(where: { $0.apex == view.apex }) { self[index] = view } else { append(view) }
    }
}
