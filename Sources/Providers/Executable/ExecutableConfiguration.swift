// What an operator writes about a provider that is a program, checked before anything is started.
package import DCV
import Platform

/// A provider without a line of Swift: a program that lists what a CA waits for, and what it is told at every start.
package struct ExecutableConfiguration: Sendable {
    static let keys = ["program", "settings", "secrets"]

    package let name: ProviderName
    let program: ContractProgram

    init(_ settings: ProviderSettings, _ surroundings: ProviderSurroundings) throws(ProviderSettingError) {
        try settings.allowOnly(Self.keys)
        name = settings.name
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
            program = try ContractProgram(
                "program",
                path: path,
                settings: try settings.texts("settings"),
                secrets: try settings.secrets("secrets"),
                home: surroundings.home,
                children: surroundings.children
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
