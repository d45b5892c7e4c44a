// The catalogue's entries about token files: what a CA meets on its way from the host's name to the file.

extension FindingCatalog {
    static let web: [FindingExplanation] = [
        .init(
            "redirect-refused",
            .http,
            [.error],
            means: "The web server redirects the token's path in a way that CAs do not follow.",
            causes: [
                "another status than 301, 302, 307 or 308", "a port other than 80 and 443",
                "a target without its \"/\" behind the host, so that the path becomes part of the name",
                "a loop, or more than 10 redirects", "a target at an inside address, or at a host that does not exist",
            ],
            remedy: "Leave `/.well-known/` out of the web server's redirects, or let them lead where CAs follow.",
            rule: "BR 3.2.2.4.19"
        ),
        .init(
            "redirect-target-unreachable",
            .http,
            [.waiting],
            means:
                "The token's path is redirected to a host that does not answer. Behind a redirect CAs take one of the IPv6 addresses where there are any, and do not fall back to IPv4.",
            causes: [
                "nothing listens at the target's port", "a firewall", "the redirect names an old host",
                "an AAAA record of a machine that listens on IPv4 only",
            ],
            remedy: "Repair the host that the redirect names, or serve the file without a redirect."
        ),
        .init(
            "http-redirected",
            .http,
            [.notice],
            means: "The token's path is redirected, and CAs follow. The whole way is told.",
            causes: ["the web server sends all of plain HTTP to HTTPS"],
            remedy: "Nothing has to be done; a file served without redirects has fewer ways to fail.",
            rule: "BR 3.2.2.4.19"
        ),
        .init(
            "http-status",
            .http,
            [.waiting],
            means:
                "The web server answers the token's path neither with the file (200) nor with \"not found\" (404, 410).",
            causes: [
                "a login or an access list (401, 403)", "a fault or maintenance (5xx)",
                "a filter against robots or foreign countries",
            ],
            remedy: "Let the web server answer this path by itself: no login, no filter, no maintenance page.",
            rule: "BR 3.2.2.4.19"
        ),
        .init(
            "body-differs",
            .http,
            [.waiting],
            means: "A file stands at the token's path, and it does not hold the wanted token.",
            causes: ["the token of an older order", "a program that answers this path by itself"],
            remedy: "Put the wanted token into the file, or look which program answers this path.",
            rule: "RFC 8555 8.3"
        ),
        .init(
            "page-instead-of-token",
            .http,
            [.waiting],
            means: "A web page comes with status 200 where the token must stand.",
            causes: ["an application that answers every path", "a \"not found\" page sent with status 200"],
            remedy: "Let the web server serve the files of this folder as they are.",
            rule: "RFC 8555 8.3"
        ),
        .init(
            "body-encoded",
            .http,
            [.error],
            means: "The token comes compressed although only plain octets were asked for.",
            causes: ["compression that is switched on for all files", "files that are stored compressed"],
            remedy: "Switch compression off for this path.",
            rule: "RFC 8555 8.3"
        ),
        .init(
            "https-on-port-80",
            .http,
            [.error],
            means: "The web server speaks TLS at the port of plain HTTP, where CAs begin.",
            causes: ["port 80 is forwarded to the TLS port", "TLS is switched on for every listener"],
            remedy: "Let the web server speak plain HTTP at port 80.",
            rule: "RFC 8555 8.3"
        ),
        .init(
            "fetch-broken",
            .http,
            [.waiting],
            means:
                "The web server takes the connection and gives no whole answer. A CA does not try another address then.",
            causes: ["a firewall that lets connections through and no data", "a program that hangs"],
            remedy: "Look why the web server does not answer at this address."
        ),
        .init(
            "tls-failed",
            .http,
            [.waiting],
            means:
                "A redirect leads to HTTPS, and no TLS handshake comes about. Certificates are not the cause: any is taken.",
            causes: ["only TLS 1.1 or older is spoken", "no certificate is installed for this name"],
            remedy: "Let the redirect's target speak TLS 1.2 or later, or serve the file without a redirect."
        ),
        .init(
            "ipv6-broken",
            .http,
            [.notice],
            means:
                "An IPv6 address of the host cannot be reached while IPv4 answers. CAs try IPv6 first; some fall back to IPv4 once, at the first request.",
            causes: [
                "an AAAA record of a machine that listens on IPv4 only", "a firewall for IPv6 alone",
                "this host has no IPv6 itself",
            ],
            remedy: "Repair IPv6 or remove the AAAA record."
        ),
        .init(
            "ipv6-not-seen",
            .http,
            [.notice],
            means:
                "A redirect's target has an IPv6 address, which CAs take, and this machine has no IPv6 to look at it. What IPv4 shows counts instead.",
            causes: ["this machine, or its container, has no IPv6"],
            remedy: "Look from a machine that has IPv6."
        ),
        .init(
            "host-address-missing",
            .http,
            [.waiting],
            means:
                "A name server shows no address of the token's host, neither A nor AAAA, that others show. A CA that meets this server finds no host.",
            causes: [
                "the host's records have not reached every name server",
                "a secondary that no longer follows its primary",
            ],
            remedy: "Wait until all name servers show an address, or repair the one that does not.",
            rule: "BR 3.2.2.9"
        ),
        .init(
            "host-addresses-differ",
            .http,
            [.notice],
            means:
                "The name servers of the token's host, or of a host that it redirects to, show different addresses. A CA meets one of the servers, nobody knows which; the file is fetched from all addresses that a CA may take.",
            causes: [
                "a change of the address has not reached every name server",
                "a server that answers by place or by turns",
            ],
            remedy: "Let all name servers show the same.",
            rule: "BR 3.2.2.9"
        ),
        .init(
            "addresses-differ",
            .http,
            [.waiting],
            means:
                "The addresses of the host, or of a host that it redirects to, answer differently. A CA meets one of them, nobody knows which.",
            causes: ["several machines behind one name, and the file on one of them", "IPv6 leads to another machine"],
            remedy:
                "Put the file on every machine behind the name, or remove the addresses of those that cannot serve it."
        ),
    ]
}
