// The table of CAA: parameters of records (RFC 8657), and several CAs at once.

extension CAACases {
    static let parameters: [CAACase] = [
        .init(
            source: "8657 4: the method is listed",
            climb: ["0 issue letsencrypt.org; validationmethods=http-01,dns-01"],
            verdict: "allowed"
        ),
        .init(
            source: "8657 4: the method is not listed, at a CA that obeys already",
            climb: ["0 issue letsencrypt.org; validationmethods=http-01"],
            verdict: "forbidden",
            says: "another validation method"
        ),
        .init(
            source: "BR 4.2.2.1.2: before the day, at another CA",
            climb: ["0 issue pki.goog; validationmethods=http-01"],
            issuers: ["google"],
            verdict: "depends",
            says: "2027-03-15"
        ),
        .init(
            source: "BR 4.2.2.1.2: from the day on, at every CA",
            climb: ["0 issue pki.goog; validationmethods=http-01"],
            issuers: ["google"],
            isLater: true,
            verdict: "forbidden"
        ),
        .init(
            source: "BR 4.2.2.1.2: the label of a CA without ACME",
            climb: ["0 issue digicert.com; validationmethods=ca-tbr-7"],
            issuers: ["digicert"],
            methods: ["ca-tbr-7"],
            isLater: true,
            verdict: "allowed"
        ),
        .init(
            source: "BR 4.2.2.1.2: a file is not a record",
            climb: ["0 issue digicert.com; validationmethods=ca-tbr-7"],
            issuers: ["digicert"],
            methods: ["ca-tbr-18"],
            isLater: true,
            verdict: "forbidden"
        ),
        .init(
            source: "8657 4: an empty list",
            climb: ["0 issue letsencrypt.org; validationmethods="],
            verdict: "forbidden"
        ),
        .init(
            source: "8657 4: one word that is none spoils the list",
            climb: ["0 issue letsencrypt.org; validationmethods=dns-01,http_01"],
            verdict: "forbidden"
        ),
        .init(
            source: "8657 4: twice",
            climb: ["0 issue letsencrypt.org; validationmethods=dns-01; validationmethods=dns-01"],
            verdict: "forbidden"
        ),
        .init(
            source: "8657 4: the method is not known",
            climb: ["0 issue letsencrypt.org; validationmethods=dns-01"],
            methods: [],
            verdict: "depends",
            says: "the method is not known"
        ),
        .init(
            source: "8657 3: the account",
            climb: ["0 issue letsencrypt.org; accounturi=https://ca.example/acct/1"],
            account: "https://ca.example/acct/1",
            verdict: "allowed"
        ),
        .init(
            source: "8657 3: another account",
            climb: ["0 issue letsencrypt.org; accounturi=https://ca.example/acct/1"],
            account: "https://ca.example/acct/12",
            verdict: "forbidden",
            says: "another account"
        ),
        .init(
            source: "8657 3: an account that is not known",
            climb: ["0 issue letsencrypt.org; accounturi=https://ca.example/acct/1"],
            verdict: "depends",
            says: "account is not known"
        ),
        .init(
            source: "Boulder: a parameter in capitals is one that no CA knows",
            climb: ["0 issue letsencrypt.org; AccountURI=x:1; ValidationMethods=http-01"],
            verdict: "allowed"
        ),
        .init(
            source: "8657 3: twice, both the right one",
            climb: ["0 issue letsencrypt.org; accounturi=x:1; accounturi=x:1"],
            account: "x:1",
            verdict: "forbidden"
        ),
        .init(
            source: "8657 5.1: a misfit beside a record that fits",
            climb: ["0 issue letsencrypt.org; accounturi=x:2 | 0 issue letsencrypt.org; accounturi=x:1"],
            account: "x:1",
            verdict: "allowed"
        ),
        .init(
            source: "8657 4: the wrong method settles it, whatever the account",
            climb: ["0 issue letsencrypt.org; accounturi=x:1; validationmethods=http-01"],
            verdict: "forbidden",
            says: "method"
        ),
        .init(
            source: "8657: of a wildcard's issuewild",
            climb: ["0 issuewild letsencrypt.org; validationmethods=dns-01"],
            order: "*.example.com",
            verdict: "allowed"
        ),
    ]

    static let issuers: [CAACase] = [
        .init(
            source: "every CA that may be used is named",
            climb: ["0 issue letsencrypt.org | 0 issue pki.goog; cansignhttpexchanges=yes"],
            issuers: ["letsencrypt", "google"],
            verdict: "allowed"
        ),
        .init(
            source: "one of three is named",
            climb: ["-", "0 issue letsencrypt.org"],
            issuers: ["letsencrypt", "google", "ssl_com"],
            verdict: "depends",
            says: "allowed: letsencrypt.org; not allowed: pki.goog, ssl.com; by the CAA records of example.com"
        ),
        .init(
            source: "the second of two is named",
            climb: ["0 issue pki.goog"],
            issuers: ["letsencrypt", "google"],
            verdict: "depends",
            says: "allowed: pki.goog; not allowed: letsencrypt.org"
        ),
        .init(
            source: "none of three is named",
            climb: ["0 issue navercloudtrust.com"],
            issuers: ["letsencrypt", "google", "ssl_com"],
            verdict: "forbidden"
        ),
        .init(
            source: "a name of the CA's family",
            climb: ["0 issue comodoca.com"],
            issuers: ["sectigo"],
            verdict: "allowed"
        ),
        .init(
            source: "the CA asked for by a family name",
            climb: ["0 issue sectigo.com"],
            issuers: ["comodoca.com"],
            verdict: "allowed"
        ),
        .init(source: "Amazon's family", climb: ["0 issue awstrust.com"], issuers: ["amazon.com"], verdict: "allowed"),
        .init(
            source: "Amazon is asked for, DigiCert is named",
            climb: ["0 issue digicert.com"],
            issuers: ["amazonaws.com"],
            verdict: "forbidden"
        ),
        .init(
            source: "DigiCert lists Amazon's names",
            climb: ["0 issue amazon.com"],
            issuers: ["digicert"],
            verdict: "allowed"
        ),
        .init(
            source: "a CA that no table has",
            climb: ["0 issue ca.example.net"],
            issuers: ["ca.example.net"],
            verdict: "allowed"
        ),
        .init(
            source: "a CA that no table has is not named",
            climb: ["0 issue pki.goog"],
            issuers: ["ca.example.net"],
            verdict: "forbidden"
        ),
        .init(
            source: "no CA is known, and somebody is named",
            climb: ["0 issue navercloudtrust.com"],
            issuers: [],
            verdict: "depends",
            says: "which CA issues is not known; shop.example.com allows navercloudtrust.com"
        ),
        .init(source: "no CA is known, and nobody is named", climb: ["0 issue ;"], issuers: [], verdict: "forbidden"),
        .init(source: "no CA is known, and nothing restricts", climb: ["0 iodef x"], issuers: [], verdict: "allowed"),
        .init(source: "no CA is known, and no set", climb: [], issuers: [], verdict: "allowed"),
        .init(
            source: "one is named for another method, one is not named: whoever obeys already fails",
            climb: ["0 issue letsencrypt.org; validationmethods=http-01"],
            issuers: ["letsencrypt", "google"],
            verdict: "forbidden"
        ),
    ]
}
