// What a hook printed when it published a value, kept for the call that takes the value away: certbot's CERTBOT_AUTH_OUTPUT.
import Crypto
import DCV
import Foundation
import Platform

/// One file a value and publisher, in a folder of the state.
struct PublishedOutputs: Sendable {
    private static let limitBytes = ChildCommand.defaultOutputLimitBytes

    /// Made when something is kept.
    let folder: String
    let publisher: String

    /// Stable and safe as a file's name: 128 bits of a hash over name and value.
    static func key(_ order: PublishingOrder, of publisher: String = "") -> String {
        let digest = SHA256.hash(data: Data("\(order.target) \(order.record.value) \(publisher)".utf8))
        return ASCII.hex(digest.prefix(16))
    }

    /// Empty output is not worth a file. A failure is no reason to call the publication failed.
    func keep(_ output: [UInt8], of order: PublishingOrder) {
        let text = Self.stripped(output)
        if text.isEmpty { return forget(order) }
        let files = FileManager.default
        let rights: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        try? files.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: rights)
        try? Files.writeAtomically(Array(text.utf8), to: path(order))
    }

    func output(of order: PublishingOrder) -> String? {
        guard let bytes = try? Files.read(path(order), limitBytes: Self.limitBytes) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    func forget(_ order: PublishingOrder) { try? FileManager.default.removeItem(atPath: path(order)) }

    private func path(_ order: PublishingOrder) -> String { folder + "/" + Self.key(order, of: publisher) }

    /// As certbot does: without white space at the ends. NUL can stand in no variable.
    private static func stripped(_ output: [UInt8]) -> String {
        func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || (0x09...0x0D).contains(octet) }
        let whole = output.filter { $0 != 0 }.drop(while: isBlank)
        let end = whole.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? whole.startIndex
        return String(decoding: whole[whole.startIndex..<end], as: UTF8.self)
    }
}
