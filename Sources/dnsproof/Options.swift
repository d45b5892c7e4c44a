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
        )
    )
    var only: [SelectedItem] = []

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp("Only certificates with a name in this zone; repeatable.", valueName: "zone")
    )
    var zone: [DomainName] = []

    var selection: Selection { Selection(items: only.map(\.item) + zone.map { .zone($0) }) }
}

struct SelectedItem: ExpressibleByArgument {
    let item: Selection.Item

    init?(argument: String) {
        guard let item = try? Selection.Item(argument) else { return nil }
        self.item = item
    }
}

/// `90s`, `30m`, `2h`.
struct Span: ExpressibleByArgument {
    let milliseconds: Int64

    init?(argument: String) {
        guard let seconds = DurationText.seconds(argument), seconds <= 7 * 86_400 else { return nil }
        milliseconds = seconds * 1000
    }
}

/// A CA by its name in CAA records, or by a word of the table.
struct Issuer: ExpressibleByArgument {
    let name: DomainName

    init?(argument: String) {
        guard let name = try? CertificateAuthorities.issuer(argument), name.labels.count > 1 else { return nil }
        self.name = name
    }
}

extension DomainName: ExpressibleByArgument {
    package init?(argument: String) {
        guard let name = try? DomainName(argument) else { return nil }
        self = name
    }
}
