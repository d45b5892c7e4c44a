// Random-looking text that is the same in every run: what a rehearsed provider makes its tokens of.

/// FNV-1a of a text, then SplitMix64: enough to look like a token, and the same on every machine.
struct TokenSeed {
    private static let base64urlDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let hexDigits = Array("0123456789abcdef".utf8)

    private var state: UInt64

    init(_ text: String) {
        state = text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func base64url(_ count: Int) -> String {
        String(decoding: (0..<count).map { _ in Self.base64urlDigits[Int(next() >> 58)] }, as: UTF8.self)
    }

    mutating func hex(_ count: Int) -> String {
        String(decoding: (0..<count).map { _ in Self.hexDigits[Int(next() >> 60)] }, as: UTF8.self)
    }
}
