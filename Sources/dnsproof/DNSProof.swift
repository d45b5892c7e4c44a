import ArgumentParser

@main
struct DNSProof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "dnsproof", abstract: "DNS validation automation agent.")
}
