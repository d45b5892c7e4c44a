// What an operator writes about a provider that is a program, checked before anything is started.
package import DCV
import Platform

/// A provider without a line of Swift: a program that lists what a CA waits for, and what it is told at every start.
package struct ExecutableConfiguration: Sendable {
    static let keys = ["program", "settings", "secrets"]

    package let name: ProviderName
    let program: ContractProgram

    init(
        _ settings: ProviderSettings,
        home: String,
        children: any ChildRunning
    ) throws(ProviderSettingsRefused) {
        var parts = SettingParts(settings, known: Self.keys)
        let program = parts.read { (settings) throws(ProviderSettingError) in
            try Self.program(settings, home, children)
        }
        guard parts.areSound, let program else { throw parts.refusal }
        name = settings.name
        self.program = program
    }

    private static func program(
        _ settings: ProviderSettings,
        _ home: String,
        _ children: any ChildRunning
    ) throws(ProviderSettingError) -> ContractProgram {
        guard let path = try settings.text("program") else {
            throw ProviderSettingError(key: "program", reason: "the provider has no program")
        }
        guard path.utf8.first == 0x2F else {
            throw ProviderSettingError(
                key: "program",
                reason: "\"\(OctetText(path.utf8).shortened())\" was not looked up: an absolute path is needed here"
            )
        }
        do {
            return try ContractProgram(
                "program",
                path: path,
                settings: try settings.texts("settings"),
                secrets: try settings.secrets("secrets"),
                home: home,
                children: children
            )
        } catch let error as ProviderSettingError {
            throw error
        } catch let error as ContractVariableError {
            throw ProviderSettingError(key: error.kind == .setting ? "settings" : "secrets", reason: "\(error)")
        } catch {
            throw ProviderSettingError(key: "program", reason: "\(error)")
        }
    }
}
