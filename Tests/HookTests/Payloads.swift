// Text that would like to be more than text, and hooks in four languages that write down what they got.

enum Payloads {
    static func all(canary: String) -> [String] {
        let touch = "touch \(canary)"
        let commands = [
            "$(\(touch))", "`\(touch)`", "; \(touch)", "&& \(touch)", "|| \(touch)", "| \(touch)", "& \(touch) &",
            "\n\(touch)\n",
            "\r\(touch)", "\r\n\(touch)\r\n", "x\0\(touch)", "'; \(touch); '", "\"; \(touch); \"", "$IFS;\(touch)",
            "${x:-$(\(touch))}",
            "() { :;}; \(touch)", "<(\(touch))", ">\(canary)", ">>\(canary)", "-e \(touch)", "--exec=\(touch)",
            "@\(canary)",
            "__import__('os').system('\(touch)')", "';system('\(touch)');'", "%x(\(touch))", "{{\(touch)}}",
            "!\(touch)",
        ]
        let texts = [
            "\t", "'", "\"", "*", "?", "[a-z]", "~", "~root", "%s%n%d", "-n", "--", "-", "../../x", "/etc/passwd",
            "\"},{\"x\":\"", "' OR 1=1 --", "\\\"", "; IN TXT x", "$INCLUDE /etc/passwd", "\\065", "\u{1B}[31m",
            "\u{202E}", "\u{FEFF}x", "\u{FF0F}", "\u{212A}", "e\u{301}", "=A=B", "http://u:p@h/",
            String(repeating: "v", count: 255), String(repeating: "v", count: 256),
            String(repeating: "l ", count: 32_000),
            String(repeating: "m", count: 1 << 20), "shop.example.com",
        ]
        return commands + texts
    }

    /// Each writes the variables it knows, by its own language's means, to files beside itself.
    static let recorders: [(String, String)] = [
        ("sh", "#!/bin/sh\n" + shell), ("bash", "#!/bin/bash\n" + shell),
        (
            "python",
            """
            #!/usr/bin/python3
            import os
            here = os.path.dirname(os.path.abspath(__file__))
            for name in "\(fields)".split():
                with open(os.path.join(here, "got-" + name), "wb") as file:
                    file.write(os.environb.get(("DNSPROOF_" + name).encode(), b"unset"))

            """
        ),
        (
            "perl",
            """
            #!/usr/bin/perl
            use strict; use warnings;
            my ($here) = $0 =~ m{^(.*)/};
            for my $name (qw(\(fields))) {
                open(my $file, '>:raw', "$here/got-$name") or exit 1;
                print {$file} exists $ENV{"DNSPROOF_$name"} ? $ENV{"DNSPROOF_$name"} : 'unset';
                close($file) or exit 1;
            }

            """
        ),
    ]

    private static let fields =
        "VALUE NAME TARGET ZONE ID TTL KIND TYPE HTTP_HOST HTTP_PATH HTTP_BODY SETTING_ODD SECRET_ODD"

    private static let shell = """
        set -eu
        for name in \(fields); do
            variable=DNSPROOF_$name
            eval "value=\\${$variable-unset}"
            printf '%s' "$value" >"${0%/*}/got-$name"
        done

        """
}
