// The wiring: from a checked configuration to the parts of a run. Nothing is decided here.
import Agent
import DCV
import Foundation
import Platform
import Providers
import Surveying

/// Everything a command needs, built once.
struct House: Sendable {
    static let environment = ProcessInfo.processInfo.environment

    let loaded: LoadedConfiguration
    let clock = SystemClock()
    let random = SystemRandom()
    let http: HTTPTransport
    let exchange: Exchange
    let children = ChildProcess()
    /// Where a journal exists, requests to providers are counted in it, also by commands that only look.
    let ledger: JournaledCalls
    let surveying: SurveyorConfiguration

    /// What is wrong with what is written; empty unless the house was opened to be inspected.
    let faults: [ConfigurationFault]

    /// Reads and checks the configuration; touches no network.
    init(config: String?, zones: [DomainName] = []) throws {
        try self.init(Self.loader().load(explicit: config, zones: zones))
    }

    /// For commands that need no configuration: the one that is found, else the public Internet.
    init(optionalConfig config: String?) throws {
        if Self.loader().file(explicit: config) != nil {
            try self.init(config: config)
        } else {
            try self.init(Understood(.none, []))
        }
    }

    /// To tell all that is wrong: opened with whatever could be understood.
    init(inspecting config: String?) throws {
        try self.init(Self.loader().load(explicit: config, zones: []), isInspected: true)
    }

    private init(_ read: Understood<LoadedConfiguration>, isInspected: Bool = false) throws {
        loaded = read.value
        let surveying = Self.surveying(loaded.configuration)
        self.surveying = surveying.value
        faults = read.faults + Self.settingFaults(loaded) + surveying.faults
        guard isInspected || faults.isEmpty else { throw Ending(ConfigurationRefused(faults)) }
        ledger = JournaledCalls(folder: Self.statePath(loaded.configuration))
        do {
            exchange = try Exchange(random: random)
        } catch {
            throw Ending(.software, ["the DNS engine could not be started: \(error)"])
        }
        // Last, because it must be shut down: nothing may be thrown after it was made.
        http = HTTPTransport()
    }

    var configuration: Configuration { loaded.configuration }
    var isLaboratory: Bool { configuration.laboratory != nil }

    /// Questions over every way that a resolver may be reached by.
    private var asking: RoutedAsking { RoutedAsking(plain: exchange, tls: FramedTLS(), http: http) }

    var surveyor: LiveSurveyor {
        LiveSurveyor(configuration: surveying, exchange: asking, http: http, clock: clock, random: random)
    }

    /// Stands between the surveyor and the world, and writes down what passes.
    func recorder(_ clock: any Clock) -> EvidenceRecorder {
        EvidenceRecorder(exchange: asking, http: http, clock: clock, random: random)
    }

    func surveyor(asking recorder: EvidenceRecorder, _ clock: any Clock) -> LiveSurveyor {
        LiveSurveyor(configuration: surveying, exchange: recorder, http: recorder, clock: clock, random: recorder)
    }

    func state() throws -> StateFolder {
        guard let path = Self.statePath(configuration) else {
            throw Ending(.configuration, ["no place for the state: write state: in the configuration, or set HOME"])
        }
        return StateFolder(path: path)
    }

    private static func statePath(_ configuration: Configuration) -> String? {
        configuration.stateFolder(environment: environment, isRoot: getuid() == 0)
    }

    /// Ends the connections and threads that would outlive the command.
    func close() async {
        await http.shutdown()
        exchange.shutdown()
    }

    static func loader() -> ConfigurationLoader {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return ConfigurationLoader(
            environment: environment,
            shares: ConfigurationLoader.shares(ofProgramAt: program) { FileManager.default.fileExists(atPath: $0) },
            providerKinds: ProviderCatalog.keys,
            workingFolder: FileManager.default.currentDirectoryPath
        ) { FileManager.default.fileExists(atPath: $0) }
    }
}
