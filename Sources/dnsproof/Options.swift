// Options that several commands share, and how their texts become values.
import Agent
import ArgumentParser
import DCV

struct CommonOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config: String?

    @Flag(name: .long, help: "Print one JSON document instead of lines for people.")
    var json = false
}

struct SelectionOptions: ParsableArguments {
    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp(
            "Only this host name, wildcard or provider:id; repeatable.",
            valueName: "name"
        ),
        transform: Typed.item
    )
    var only: [Selection.Item] = []

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp("Only certificates with a name in this zone; repeatable.", valueName: "zone"),
        transform: Typed.name
    )
    var zone: [DomainName] = []

    var selection: Selection { Selection(items: only + zone.map { .zone($0) }) }
}

/// Why a word of the command line cannot be taken, and what to write.
struct Mistyped: Error, CustomStringConvertible {
    let description: String
}

/// `90s`, `30m`, `2h`.
struct Span {
    static let limitSeconds: Int64 = 7 * 86_400
    let milliseconds: Int64

    init(seconds: Int64) { milliseconds = seconds * 1000 }

    init(_ text: String) throws(Mistyped) {
        guard let seconds = DurationText.seconds(text), seconds <= Self.limitSeconds else {
            let isBare = !text.isEmpty && text.utf8.allSatisfy(ASCII.isDigit)
            throw Mistyped(
                description: isBare
                    ? "it has no unit; write \(text)s for seconds, \(text)m for minutes, or \(text)h for hours"
                    : "write a number and a unit: 90s, 5m, 2h or 1d, at most 7d"
            )
        }
        milliseconds = seconds * 1000
    }
}

/// Words of the command line that name something, made what they name or refused with what to write instead.
enum Typed {
    static func name(_ text: String) throws(Mistyped) -> DomainName {
        do {
            return try DomainName(text)
        } catch {
            throw Mistyped(description: error.told(as: .name))
        }
    }

    /// A host name, a wildcard or `provider:id`.
    static func item(_ text: String) throws(Mistyped) -> Selection.Item {
        do {
            return try Selection.Item(text)
        } catch {
            throw Mistyped(description: error.told(as: .name))
        }
    }

    /// A CA by its name in CAA records, or by a word of the table.
    static func issuer(_ text: String) throws(Mistyped) -> DomainName {
        if let name = try? CertificateAuthorities.issuer(text), name.labels.count > 1 { return name }
        let hint = Nearest.hint(ASCII.lowercased(text), among: CertificateAuthorities.all.map(\.key))
        throw Mistyped(description: "write a CA's name in CAA records, such as letsencrypt.org, or a known word\(hint)")
    }
}

/// One token in 64 begins with a hyphen. Read as options, its letters would print the help, and that ends like a success.
enum HyphenValue {
    private static let commands = ["check", "explain"]
    private static let kinds = ["txt", "cname", "http"]

    /// The arguments with such a value of a record put behind `--`, where it is taken as it stands.
    static func shielded(_ arguments: [String]) -> [String] {
        guard let command = arguments.first, commands.contains(command), !arguments.contains("--"),
            let kind = arguments.firstIndex(where: { kinds.contains(ASCII.lowercased($0)) }), kind + 1 < arguments.count
        else { return arguments }
        let value = arguments[kind + 1]
        // `-h` is help, and two hyphens begin the name of an option.
        guard value.utf8.count > 2, value.utf8.first == 0x2D, value.utf8.dropFirst().first != 0x2D else {
            return arguments
        }
        return arguments[...kind] + arguments[(kind + 2)...] + ["--", value]
    }
}
