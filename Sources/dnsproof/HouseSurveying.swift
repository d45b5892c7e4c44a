// The wiring of the eyes: resolvers, roots and trust anchors from the configuration, with the files that they name.
import Agent
import DCV
import Platform
import Surveying

extension House {
    private static let rootHintsLimitBytes = 1 << 16
    private static let certificatesLimitBytes = 1 << 20

    /// How the surveyor is to look, and which of the files named for it cannot be used.
    static func surveying(_ configuration: Configuration) -> Understood<SurveyorConfiguration> {
        var faults: [ConfigurationFault] = []
        var surveying = SurveyorConfiguration(
            via: configuration.via.map { resolver($0, &faults) },
            resolvers: configuration.resolvers.map { resolver($0, &faults) }
        )
        guard let laboratory = configuration.laboratory else { return Understood(surveying, faults) }
        surveying.dnsPort = laboratory.dnsPort
        surveying.httpPort = laboratory.httpPort
        surveying.httpsPort = laboratory.httpsPort
        surveying.allowedNetworks = laboratory.allowedNetworks
        func fault(_ path: String, _ what: String, _ error: any Error) {
            let problem = (error as? FileFailure)?.problem ?? "\(error)"
            faults.append(ConfigurationFault(.fileUnreadable, SourcePlace(path), "\(what) cannot be used: \(problem)"))
        }
        if let path = laboratory.rootHintsPath {
            do {
                let bytes = try Files.read(path, limitBytes: rootHintsLimitBytes)
                surveying.rootHints = try RootHints(file: String(decoding: bytes, as: UTF8.self))
                // Another root is signed with other keys, or not at all.
                surveying.trustAnchors = nil
            } catch {
                fault(path, "root hints", error)
            }
        }
        if let path = laboratory.trustAnchorsPath {
            do {
                let bytes = try Files.read(path, limitBytes: TrustAnchors.fileLimitOctets)
                surveying.trustAnchors = try TrustAnchors(file: String(decoding: bytes, as: UTF8.self))
            } catch {
                fault(path, "trust anchors", error)
            }
        }
        return Understood(surveying, faults)
    }

    private static func resolver(
        _ section: Configuration.ResolverSection,
        _ faults: inout [ConfigurationFault]
    ) -> SurveyorConfiguration.Resolver {
        var trust: HTTPRequest.Trust?
        if let path = section.caPath {
            do {
                let pem = try Files.read(path, limitBytes: certificatesLimitBytes)
                trust = .roots(pem: pem)
                if !HTTPRequest.Trust.holdsCertificates(pem) {
                    let text = "resolver \(section.name): ca_file \(path) holds no certificate in PEM form"
                    faults.append(ConfigurationFault(.fileUnreadable, section.place, text))
                }
            } catch {
                let text = "resolver \(section.name): ca_file \(path) cannot be read: \(error.problem)"
                faults.append(ConfigurationFault(.fileUnreadable, section.place, text))
            }
        }
        let transport: SurveyorConfiguration.Resolver.Transport =
            switch (section.transport, section.serverName) {
            case (.tls, let name?): .secured(.tls(name: name, trust: trust ?? .systemRoots))
            case (.https, let name?): .secured(.https(name: name, path: section.path, trust: trust ?? .systemRoots))
            case (.tcp, _): .tcp
            case (.udp, _), (.tls, nil), (.https, nil): .udp
            }
        return .init(
            name: section.name,
            address: section.address,
            port: section.port,
            transport: transport,
            isTrusted: section.isTrusted
        )
    }
}
