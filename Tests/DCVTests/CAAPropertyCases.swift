// The table of CAA: what single records say (RFC 8659 4).

extension CAACases {
    static let properties: [CAACase] = [
        .init(source: "8659 4.2: nobody, by a semicolon", climb: ["0 issue ;"], verdict: "forbidden", says: "no CA"),
        .init(source: "8659 4.2: nobody, by an empty value", climb: ["0 issue"], verdict: "forbidden", says: "no CA"),
        .init(source: "8659 4.2: nobody, by blanks", climb: ["0 issue   "], verdict: "forbidden", says: "no CA"),
        .init(
            source: "8659 4.2: nobody with a parameter",
            climb: ["0 issue ; policy=ev"],
            verdict: "forbidden",
            says: "no CA"
        ),
        .init(
            source: "8659 4.2: nobody and somebody add up",
            climb: ["0 issue ; | 0 issue letsencrypt.org"],
            verdict: "allowed"
        ),
        .init(
            source: "8659 4.2: several issuers add up",
            climb: ["0 issue pki.goog | 0 issue letsencrypt.org"],
            verdict: "allowed"
        ),
        .init(source: "8659 4.2: another issuer", climb: ["0 issue pki.goog"], verdict: "forbidden", says: "others"),
        .init(source: "8659 4.2: a label more is another", climb: ["0 issue a.letsencrypt.org"], verdict: "forbidden"),
        .init(source: "8659 4.2: a label less is another", climb: ["0 issue org"], verdict: "forbidden"),
        .init(source: "8659 4.2: an end alike is another", climb: ["0 issue notletsencrypt.org"], verdict: "forbidden"),
        .init(
            source: "Boulder: the issuer's octets",
            climb: ["0 issue LetsEncrypt.ORG"],
            verdict: "forbidden",
            says: "capitals"
        ),
        .init(
            source: "no CA's known reading: capitals at another CA",
            climb: ["0 issue PKI.goog"],
            issuers: ["google"],
            verdict: "depends",
            says: "in capitals"
        ),
        .init(
            source: "8659 4.2: a useless record takes nothing from another",
            climb: ["0 issue PKI.goog | 0 issue pki.goog; validationmethods=http-01"],
            issuers: ["google"],
            verdict: "depends",
            says: "2027-03-15"
        ),
        .init(
            source: "Boulder: the issuer's octets, the right ones beside",
            climb: ["0 issue LetsEncrypt.ORG | 0 issue letsencrypt.org"],
            verdict: "allowed"
        ),
        .init(
            source: "8659 4.2: a final dot",
            climb: ["0 issue letsencrypt.org."],
            verdict: "forbidden",
            says: "no CA"
        ),
        .init(source: "8659 4.2: blanks around it", climb: ["0 issue  \tletsencrypt.org \t"], verdict: "allowed"),
        .init(source: "8659 4.2: a semicolon behind it", climb: ["0 issue letsencrypt.org ; "], verdict: "allowed"),
        .init(
            source: "8659 4.2: a parameter nobody knows",
            climb: ["0 issue letsencrypt.org; cansignhttpexchanges=yes"],
            verdict: "allowed"
        ),
        .init(
            source: "8659 4.2: an equals sign inside a value",
            climb: ["0 issue letsencrypt.org;a=b=c;d="],
            verdict: "allowed"
        ),
        .init(
            source: "8659 4.2: malformed: two names",
            climb: ["0 issue letsencrypt.org pki.goog"],
            verdict: "forbidden"
        ),
        .init(source: "8659 4.2: malformed: an underscore", climb: ["0 issue _letsencrypt.org"], verdict: "forbidden"),
        .init(source: "8659 4.2: malformed: an empty label", climb: ["0 issue letsencrypt..org"], verdict: "forbidden"),
        .init(source: "8659 4.2: malformed: a hyphen first", climb: ["0 issue -letsencrypt.org"], verdict: "forbidden"),
        .init(
            source: "8659 4.2: malformed: a parameter without a value",
            climb: ["0 issue letsencrypt.org; policy"],
            verdict: "forbidden",
            says: "no CA"
        ),
        .init(
            source: "8659 4.2: malformed: a semicolon behind a parameter",
            climb: ["0 issue letsencrypt.org; policy=ev;"],
            verdict: "forbidden"
        ),
        .init(
            source: "8659 4.2: malformed: two semicolons",
            climb: ["0 issue letsencrypt.org;;"],
            verdict: "forbidden"
        ),
        .init(
            source: "8659 4.2: malformed: a blank inside a parameter's value",
            climb: ["0 issue letsencrypt.org; a=b c"],
            verdict: "forbidden"
        ),
        .init(
            source: "8659 4.2: malformed: a tag that is none",
            climb: ["0 issue letsencrypt.org; a_b=c"],
            verdict: "forbidden"
        ),
        .init(
            source: "8659 4.2: one malformed value beside a good one",
            climb: ["0 issue %%% | 0 issue letsencrypt.org"],
            verdict: "allowed"
        ),
        .init(
            source: "8659 4.2: octets beyond ASCII",
            climb: ["0 issue letsencrypt.org\u{212A}"],
            verdict: "forbidden"
        ),
        .init(source: "8659 4.1: letter case of the tag", climb: ["0 ISSUE pki.goog"], verdict: "forbidden"),
        .init(source: "8659 4.1: a tag folded by Unicode is another", climb: ["0 \u{130}ssue ;"], verdict: "allowed"),
        .init(source: "8659 4.3: issuewild alone, no wildcard", climb: ["0 issuewild ;"], verdict: "allowed"),
        .init(
            source: "8659 4.3: issuewild does not allow what issue forbids",
            climb: ["0 issue pki.goog | 0 issuewild letsencrypt.org"],
            verdict: "forbidden"
        ),
        .init(
            source: "8659 4.3: a wildcard by issue",
            climb: ["0 issue letsencrypt.org"],
            order: "*.example.com",
            verdict: "allowed"
        ),
        .init(
            source: "8659 4.3: a wildcard not by issue",
            climb: ["0 issue pki.goog"],
            order: "*.example.com",
            verdict: "forbidden"
        ),
        .init(
            source: "8659 4.3: a wildcard: issuewild takes issue's place and forbids",
            climb: ["0 issue letsencrypt.org | 0 issuewild ;"],
            order: "*.example.com",
            verdict: "forbidden",
            says: "0 issuewild \";\""
        ),
        .init(
            source: "8659 4.3: a wildcard: issuewild takes issue's place and allows",
            climb: ["0 issue ; | 0 IssueWild letsencrypt.org"],
            order: "*.example.com",
            verdict: "allowed"
        ),
        .init(
            source: "8659 4.3: a wildcard: a malformed issuewild stands for all the same",
            climb: ["0 issue letsencrypt.org | 0 issuewild %%%"],
            order: "*.example.com",
            verdict: "forbidden"
        ),
        .init(
            source: "8659 4.3: a wildcard under a set without either",
            climb: ["0 iodef mailto:a@example.com"],
            order: "*.example.com",
            verdict: "allowed"
        ),
        .init(
            source: "8659 4.1: unknown and critical forbids beside what allows",
            climb: ["0 issue letsencrypt.org | 128 tbs Unknown"],
            verdict: "forbidden",
            says: "128 tbs \"Unknown\""
        ),
        .init(source: "Boulder: bit 1 is read as critical", climb: ["1 future x"], verdict: "forbidden"),
        .init(source: "8659 4.1: other bits are not", climb: ["126 future x"], verdict: "allowed"),
        .init(source: "8659 4.1: unknown, not critical", climb: ["0 future x"], verdict: "allowed"),
        .init(
            source: "8659 4.1: critical and known",
            climb: ["128 issue letsencrypt.org | 128 iodef mailto:a@example.com"],
            verdict: "allowed"
        ),
        .init(source: "Boulder: issuemail is known", climb: ["128 issuemail ;"], verdict: "allowed"),
        .init(
            source: "8659 4.1: unknown and critical above the closest set",
            climb: ["0 issue letsencrypt.org", "128 future x"],
            verdict: "allowed"
        ),
        .init(
            source: "8659 4.1: unknown and critical, of a wildcard with a good issuewild",
            climb: ["0 issuewild letsencrypt.org | 128 future x"],
            order: "*.example.com",
            verdict: "forbidden"
        ),
        .init(
            source: "8659 4.1: unknown and critical with no CA known",
            climb: ["128 f x"],
            issuers: [],
            verdict: "forbidden"
        ),
    ]
}
