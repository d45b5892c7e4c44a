// The JSON shapes that are saved, mailed and replayed: units in the keys, payloads with labels, and nothing half-read.

import DCV
import Testing

@Suite("Saved forms", .timeLimit(.minutes(1)))
struct CodableTests {
    @Test func records() throws {
        let forms = [
            (
                try txt("_acme-challenge.example.com", "token"),
                #"{"kind":"txt","name":"_acme-challenge.example.com","purpose":"oneTime","value":"token"}"#
            ),
            (
                try cname("_acme-challenge.example.com", "proof.example.net", purpose: .standing),
                #"{"kind":"cname","name":"_acme-challenge.example.com","purpose":"standing","value":"proof.example.net"}"#
            ),
            (
                try file("example.com", "a.txt", "body"),
                #"{"kind":"http","name":"example.com","path":"/.well-known/pki-validation/a.txt","purpose":"oneTime","value":"body"}"#
            ),
        ]
        for (record, form) in forms {
            #expect(try json(record) == form)
            #expect(try roundTrip(record) == record)
        }
        let short = #"{"kind":"txt","name":"_A.example.com.","value":"v"}"#
        #expect(try decode(RequiredRecord.self, from: short) == txt("_a.example.com", "v"))
        for bad in [
            #"{"kind":"mx","name":"a.b","value":"v"}"#, #"{"kind":"txt","name":"*.b","value":"v"}"#,
            #"{"kind":"txt","name":"a.b","value":"$(x)"}"#, #"{"kind":"txt","name":"a.b"}"#,
            #"{"kind":"http","name":"a.b","path":"/etc/passwd","value":"v"}"#,
            #"{"kind":"cname","name":"a.b","value":"-"}"#,
        ] {
            #expect(throws: DecodingError.self, "\(bad)") { try decode(RequiredRecord.self, from: bad) }
        }
    }

    @Test func sightings() throws {
        let other = OctetText("o\u{1B}".utf8)
        let forms: [(Sighting, String)] = [
            (.present(others: []), #"{"sighting":"present"}"#),
            (.present(others: [other]), #"{"others":["o\\027"],"sighting":"present"}"#),
            (.absent(negativeTTLSeconds: 300), #"{"negative_ttl_s":300,"sighting":"absent"}"#),
            (.wrong(saw: [other], ttlSeconds: 60), #"{"saw":["o\\027"],"sighting":"wrong","ttl_s":60}"#),
            (.notServed(reason: "REFUSED"), #"{"reason":"REFUSED","sighting":"not-served"}"#),
            (.unreachable(reason: "r"), #"{"reason":"r","sighting":"unreachable"}"#),
            (.bogus(reason: "r"), #"{"reason":"r","sighting":"bogus"}"#),
            (.hostile(reason: "r"), #"{"reason":"r","sighting":"hostile"}"#),
        ]
        for (sighting, form) in forms {
            #expect(try json(sighting) == form)
            #expect(try roundTrip(sighting) == sighting)
        }
        #expect(throws: DecodingError.self) { try decode(Sighting.self, from: #"{"sighting":"maybe"}"#) }
        #expect(throws: DecodingError.self) { try decode(Sighting.self, from: #"{"sighting":"absent"}"#) }
    }

    @Test func surveys() throws {
        let address = try #require(IPAddress("2001:db8::53"))
        let survey = Survey(
            record: try txt("_a.example.com", "v"),
            at: testNow,
            zone: try name("example.com"),
            chain: [try name("_a.example.com"), try name("x.example.net")],
            observations: [
                Observation(
                    .authoritative(server: try name("ns.example.net"), address: address),
                    .absent(negativeTTLSeconds: 60),
                    roundTripMilliseconds: 12
                ),
                Observation(.recursive(resolver: "quad9", address: address), .unreachable(reason: "r")),
                Observation(.web(host: try name("example.com"), address: address), .present(others: [])),
            ],
            problems: [
                Survey.Problem(.cnameDiffers, "they differ"),
                Survey.Problem(.serverAddressUnknown, "nobody knows", silences: try name("ns.example.net")),
            ]
        )
        #expect(
            try json(survey) == """
                {"at_ms":\(testNow.millisecondsSinceEpoch),"chain":["_a.example.com","x.example.net"],"observations":[\
                {"round_trip_ms":12,"sighting":{"negative_ttl_s":60,"sighting":"absent"},\
                "vantage":{"authoritative":{"address":"2001:db8::53","server":"ns.example.net"}}},\
                {"sighting":{"reason":"r","sighting":"unreachable"},\
                "vantage":{"recursive":{"address":"2001:db8::53","resolver":"quad9"}}},\
                {"sighting":{"sighting":"present"},"vantage":{"web":{"address":"2001:db8::53","host":"example.com"}}}],\
                "problems":[{"code":"cname-differs","text":"they differ"},\
                {"code":"server-address-unknown","silences":"ns.example.net","text":"nobody knows"}],\
                "record":{"kind":"txt","name":"_a.example.com","purpose":"oneTime","value":"v"},"zone":"example.com"}
                """
        )
        #expect(try roundTrip(survey) == survey)
    }

    @Test func zonesAndSecurity() throws {
        let address = try #require(IPAddress("192.0.2.53"))
        let server = ZoneView.Server(
            name: try name("ns.example.net"),
            isDelegated: true,
            isOwn: nil,
            addresses: [.init(address, .serves(serial: 7), answersOverTCP: false, understandsEDNS: true)]
        )
        let timers = ZoneView.Timers(
            primary: nil,
            serial: 7,
            refreshSeconds: 1,
            retrySeconds: 2,
            expireSeconds: 3,
            negativeTTLSeconds: 4
        )
        let zone = ZoneView(
            apex: try name("example.com"),
            servers: [server],
            timers: timers,
            security: .bogus(reason: "r")
        )
        #expect(
            try json(zone) == """
                {"apex":"example.com","security":{"reason":"r","status":"bogus"},"servers":[{"addresses":[\
                {"address":"192.0.2.53","answers_over_tcp":false,"state":{"serves":{"serial":7}},"understands_edns":true}],\
                "delegated":true,"name":"ns.example.net"}],"timers":{"expire_s":3,"negative_ttl_s":4,"refresh_s":1,\
                "retry_s":2,"serial":7}}
                """
        )
        #expect(try roundTrip(zone) == zone)
        for status in [SecurityStatus.secure, .insecure(reason: "i"), .indeterminate(reason: "d")] {
            #expect(try roundTrip(status) == status)
        }
        let old = #"{"at_ms":1,"chain":["a.example"],"observations":[],"problems":[],"record":"#
        let record = #"{"kind":"txt","name":"a.example","purpose":"oneTime","value":"v"}}"#
        let survey = try decode(Survey.self, from: old + record)
        #expect(survey.zones.isEmpty && survey.security == nil)
    }

    @Test func rrsetViews() throws {
        let view = RRsetView(
            name: try name("_a.example.com"),
            kind: .txt,
            values: [IPAddressText(.v4(0xC000_0201)): [OctetText("v".utf8)]]
        )
        #expect(try json(view) == #"{"kind":"txt","name":"_a.example.com","values":{"192.0.2.1":["v"]}}"#)
        #expect(try roundTrip(view) == view)
    }

    @Test func policies() throws {
        var policy = Policy.standard
        policy.propagation.authoritative = .atLeast(2)
        policy.propagation.unreachable = .any
        policy.publish.delegations = [try name("proofs.example.net")]
        #expect(
            try json(policy) == """
                {"caa":{"check":"enforce","issuers":[]},"methods":["txt","http"],"name":"default",\
                "propagation":{"authoritative":"2","chance":"0.999","dnssec":"validate","resolver_quorum":"all","resolvers":[],"unreachable":"any"},\
                "publish":{"allow":true,"changes_per_run":100,"delegations":["proofs.example.net"],"labels":"underscore",\
                "ttl_s":60,"withdraw":"after-validation"},"revalidate":{"before_expiry_s":2592000},\
                "trigger":{"action":"patch","attempts_per_day":5,"minimum_interval_s":300,"pace_s":5},\
                "wait":{"poll_maximum_s":60,"poll_minimum_s":2,"republish_after_s":300}}
                """
        )
        #expect(try roundTrip(policy) == policy)
        // As an earlier version saved it.
        let earlier = try json(policy).replacing(#""caa":{"check":"enforce","issuers":[]},"#, with: "")
        #expect(try decode(Policy.self, from: earlier) == policy)
        policy.publish.restores = true
        #expect(try json(policy).contains(#""restore":true"#) && roundTrip(policy) == policy)
        for text in ["0", "-1", "most", "", "1.5", "99999999999999999999"] { #expect(Quorum(text) == nil, "\(text)") }
        for text in ["-1", "some", "", "all"] { #expect(UnreachableTolerance(text) == nil, "\(text)") }
        #expect(UnreachableTolerance("0") == .atMost(0))
    }

    @Test func plans() throws {
        let publication = Step.Publication(
            record: try txt("_a.example.com", "v"),
            target: try name("_a.example.com"),
            zone: try name("example.com"),
            publisher: "bind",
            ttlSeconds: 60
        )
        let record = #"{"kind":"txt","name":"_a.example.com","purpose":"oneTime","value":"v"}"#
        let place =
            #"{"publisher":"bind","record":\#(record),"target":"_a.example.com","ttl_s":60,"zone":"example.com"}"#
        let finding = Finding(
            "code-a",
            .waiting,
            subject: "s",
            saw: "a",
            wanted: "b",
            advice: "c",
            reproduce: "d",
            rule: "e"
        )
        let forms: [(Step.Action, String)] = [
            (.publish(publication), #"{"action":"publish","publication":\#(place)}"#),
            (.withdraw(publication), #"{"action":"withdraw","publication":\#(place)}"#),
            (.changeMethod(to: .http), #"{"action":"change-method","method":"http"}"#),
            (.trigger(style: .retry), #"{"action":"trigger","style":"retry"}"#),
            (.revalidate(by: .cname), #"{"action":"revalidate","method":"cname"}"#),
            (.wait(until: testNow, for: .backOff), #"{"action":"wait","for":"back-off","until_ms":1795251600000}"#),
            (
                .report(finding),
                #"{"action":"report","finding":{"advice":"c","code":"code-a","reproduce":"d","rule":"e","saw":"a","#
                    + #""severity":"waiting","subject":"s","wanted":"b"}}"#
            ),
        ]
        let key = try AuthorizationKey("cf:pack-1")
        for (action, form) in forms {
            let step = Step(key, action, because: "it is so")
            #expect(try json(step) == #"{"action":\#(form),"authorization":"cf:pack-1","because":"it is so"}"#)
            #expect(try roundTrip(step) == step)
        }
        #expect(throws: DecodingError.self) { try decode(Step.Action.self, from: #"{"action":"delete"}"#) }
        let plan = Plan(steps: [Step(nil, .report(finding), because: "a")])
        #expect(try roundTrip(plan) == plan)
    }

    @Test func historyEntries() throws {
        let record = try txt("_a.example.com", "v")
        let (target, zone) = (try name("x.example.net"), try name("example.net"))
        let form = #"{"kind":"txt","name":"_a.example.com","purpose":"oneTime","value":"v"}"#
        let place = #""publisher":"bind","record":\#(form),"target":"x.example.net","zone":"example.net""#
        let effects: [(Effect, String)] = [
            (
                .publish(record: record, target: target, zone: zone, publisher: "bind"),
                #"{"effect":"publish",\#(place)}"#
            ),
            (
                .withdraw(record: record, target: target, zone: zone, publisher: "bind"),
                #"{"effect":"withdraw",\#(place)}"#
            ),
            (.changeMethod(to: .txt), #"{"effect":"change-method","method":"txt"}"#),
            (.trigger(style: .patch), #"{"effect":"trigger","style":"patch"}"#),
        ]
        for (effect, form) in effects {
            let intent = Intent(
                id: "i1",
                authorization: try AuthorizationKey("cf:pack-1"),
                scope: "zone1",
                effect: effect,
                generation: ["g"],
                at: testNow
            )
            #expect(
                try json(intent)
                    == #"{"at_ms":1795251600000,"authorization":"cf:pack-1","effect":\#(form),"generation":["g"],"#
                    + #""id":"i1","scope":"zone1"}"#
            )
            let receipt = Receipt(
                intent: "i1",
                outcome: .failed,
                code: "c",
                reason: "r",
                at: testNow,
                notBefore: testNow
            )
            #expect(
                try json(receipt) == #"{"at_ms":1795251600000,"code":"c","intent":"i1","not_before_ms":1795251600000,"#
                    + #""outcome":"failed","reason":"r"}"#
            )
            let history = History(
                entries: [JournalEntry(intent: intent, receipt: receipt)],
                quarantined: ["bind": "why"]
            )
            #expect(try roundTrip(history) == history)
        }
        #expect(throws: DecodingError.self) { try decode(Effect.self, from: #"{"effect":"explode"}"#) }
    }

    @Test func authorizations() throws {
        let authorization = Authorization(
            key: try AuthorizationKey("cf:pack-1"),
            scope: "zone1",
            identifiers: [try Identifier("*.example.com")],
            status: .pending,
            providerStatus: OctetText("pending_validation".utf8),
            method: .txt,
            capabilities: Capabilities(triggers: [.patch, .retry], methods: [.txt, .http]),
            challenges: [Challenge(identifier: try Identifier("*.example.com"), alternatives: [])],
            issuers: [try name("letsencrypt.org")],
            expiresAt: testNow,
            proof: ProofPeriod(from: nil, until: testNow),
            placements: [.zone(apex: try name("example.com")), .below(name: try name("dcv.example.net"))]
        )
        #expect(
            try json(authorization) == """
                {"capabilities":{"methods":["txt","http"],"revalidations":[],"triggers":["patch","retry"]},\
                "challenges":[{"alternatives":[],"identifier":"*.example.com"}],"expires_at_ms":1795251600000,"findings":[],\
                "identifiers":["*.example.com"],"issuers":["letsencrypt.org"],"key":"cf:pack-1","method":"txt",\
                "needs_manual_review":false,\
                "placements":[{"zone":{"apex":"example.com"}},{"below":{"name":"dcv.example.net"}}],\
                "proof":{"until_ms":1795251600000},"provider_status":"pending_validation","scope":"zone1",\
                "status":"pending"}
                """
        )
        #expect(try roundTrip(authorization) == authorization)
        // As an earlier version saved it.
        let earlier = try json(authorization).replacing(
            #""issuers":["letsencrypt.org"]"#,
            with: #""issuer":"letsencrypt.org""#
        )
        #expect(try decode(Authorization.self, from: earlier) == authorization)
        for text in [
            "cf", ":id", "cf:", "cf:a/b", "cf:a b", "-cf:id", "cf:..", "c\u{1B}f:id",
            "cf:" + String(repeating: "a", count: 201),
        ] {
            #expect(throws: NameError.self, "\(text)") { try AuthorizationKey(text) }
        }
    }

    @Test func situationsNameTheirKeys() throws {
        let rule = Situation.ZoneRule(apex: nil, publishers: [.init(name: "bind", kinds: [.txt])], policy: .standard)
        let situation = Situation(at: testNow, zones: [rule], authorizations: [], surveys: [], history: .empty)
        let text = try json(situation)
        #expect(
            text.hasPrefix(#"{"at_ms":1795251600000,"authorizations":[],"changes_made":0,"findings":[],"history":"#)
        )
        #expect(text.contains(#""laboratory":false"#))
        #expect(text.contains(#""publishers":[{"kinds":["txt"],"name":"bind"}]"#))
        #expect(try roundTrip(situation) == situation)
    }

    @Test func hookOutcomesAndOrders() throws {
        #expect(try json(HookOutcome.tryLater(reason: "r")) == #"{"tryLater":{"reason":"r"}}"#)
        #expect(try roundTrip(HookOutcome.done) == .done)
        let order = PublishingOrder(
            id: "i1",
            record: try txt("_a.example.com", "v"),
            target: try name("_a.example.com"),
            zone: try name("example.com"),
            ttlSeconds: 60
        )
        #expect(
            try json(order)
                == #"{"id":"i1","record":{"kind":"txt","name":"_a.example.com","purpose":"oneTime","value":"v"},"#
                + #""target":"_a.example.com","ttl_s":60,"zone":"example.com"}"#
        )
        #expect(try roundTrip(order) == order)
    }

    /// Names serve as keys of objects, and a key that is no name is no entry.
    @Test func namesAsKeys() throws {
        let forms = [try name("example.com"): 1]
        #expect(try json(forms) == #"{"example.com":1}"#)
        #expect(try decode([DomainName: Int].self, from: #"{"Example.com":1}"#) == forms)
        #expect(throws: DecodingError.self) { try decode([DomainName: Int].self, from: #"{"a b":1}"#) }
        #expect(throws: DecodingError.self) { try decode(IPAddress.self, from: #""127.1""#) }
    }
}

@Suite("Instants", .timeLimit(.minutes(1)))
struct InstantTests {
    @Test func arithmeticSaturates() {
        let (first, last) = (Instant(millisecondsSinceEpoch: .min), Instant(millisecondsSinceEpoch: .max))
        #expect(last.adding(milliseconds: 1) == last)
        #expect(first.adding(milliseconds: -1) == first)
        #expect(testNow.adding(seconds: .max) == last)
        #expect(testNow.adding(seconds: .min) == first.adding(milliseconds: testNow.millisecondsSinceEpoch))
        #expect(last.milliseconds(since: first) == .max)
        #expect(first.milliseconds(since: last) == .min)
        #expect(testNow.adding(seconds: 2).milliseconds(since: testNow) == 2000)
        #expect(testNow < testNow.adding(milliseconds: 1))
    }
}
