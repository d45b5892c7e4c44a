// What the strict reader takes, what it refuses and where it says so, and what the writer writes.
import Platform
import Testing

@Suite(.timeLimit(.minutes(1)))
struct StrictJSONTests {
    private func read(_ text: String) throws(JSONError) -> JSONValue { try read(Array(text.utf8)) }

    private func read(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        try StrictJSON.parse(bytes, limitBytes: 4 << 20)
    }

    private func fault(_ bytes: [UInt8]) -> JSONError? {
        do {
            _ = try read(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test func readsEveryKindOfValueInOrder() throws {
        let value = try read(
            " {\"b\": [1, -0, 2.50, 1e3], \"a\": {\"t\": true, \"f\": false, \"n\": null}, \"s\": \"x\"} \r\n"
        )
        #expect(value.object?.keys == ["b", "a", "s"])
        #expect(value["b"]?.array?.map { $0.int } == [1, 0, nil, nil])
        #expect(value["b"]?.array?.count == 4)
        #expect(value["a"]?["t"]?.bool == true)
        #expect(value["a"]?["f"]?.bool == false)
        #expect(value["a"]?["n"]?.isNull == true)
        #expect(value["s"]?.string == "x")
        guard case .number(let number)? = value["b"]?.array?[2] else {
            Issue.record("no number")
            return
        }
        #expect(number.text == "2.50")
    }

    @Test func absentAndOtherShapesAreNilAndNeverTrap() throws {
        let value = try read(#"{"a": "7", "b": [], "c": 99999999999999999999, "d": "7x", "e": " 7"}"#)
        #expect(value["zz"]?["y"]?.array?.first?.string == nil)
        #expect(value["a"]?["x"] == nil)
        #expect(value["a"]?.int == nil)
        #expect(value["a"]?.intOrNumericString == 7)
        #expect(value["c"]?.intOrNumericString == nil)
        #expect(value["d"]?.intOrNumericString == nil)
        #expect(value["e"]?.intOrNumericString == nil)
        #expect(value["b"]?.kind == "an array")
    }

    @Test func readsEscapesAndSurrogatePairs() throws {
        let value = try read(#""http:\/\/a \" \\ \b\f\n\r\t A\u00e9 \ud83D\uDE00 \u0000""#)
        #expect(value.string?.utf8.elementsEqual("http://a \" \\ \u{8}\u{C}\n\r\t A\u{E9} \u{1F600} \0".utf8) == true)
    }

    @Test func aKelvinSignIsNotTheLetterK() throws {
        let value = try read("{\"\u{212A}ey\": 1, \"Key\": 2, \"e\u{301}\": 3, \"\u{E9}\": 4}")
        #expect(value.object?.members.count == 4)
        #expect(value["Key"]?.int == 2)
        #expect(value["\u{E9}"]?.int == 4)
    }

    @Test(arguments: [
        ("", JSONError.Reason.endsEarly, 0),
        ("  ", .endsEarly, 2),
        ("{", .endsEarly, 1),
        ("[1,", .endsEarly, 3),
        ("\"abc", .endsEarly, 4),
        ("\"a\\", .endsEarly, 3),
        ("\"\\u12", .endsEarly, 5),
        ("[1,]", .unexpectedByte(0x5D), 3),
        ("[,1]", .unexpectedByte(0x2C), 1),
        ("{,}", .unexpectedByte(0x2C), 1),
        ("{\"a\":1,}", .unexpectedByte(0x7D), 7),
        ("{\"a\" 1}", .unexpectedByte(0x31), 5),
        ("{a:1}", .unexpectedByte(0x61), 1),
        ("{'a':1}", .unexpectedByte(0x27), 1),
        ("[1 2]", .unexpectedByte(0x32), 3),
        ("tru", .endsEarly, 3),
        ("trux", .unexpectedByte(0x78), 3),
        ("True", .unexpectedByte(0x54), 0),
        ("NaN", .unexpectedByte(0x4E), 0),
        ("+1", .unexpectedByte(0x2B), 0),
        (".5", .unexpectedByte(0x2E), 0),
        ("01", .badNumber, 0),
        ("-", .badNumber, 0),
        ("1.", .badNumber, 0),
        ("1e", .badNumber, 0),
        ("1e+", .badNumber, 0),
        ("1.5.2", .badNumber, 0),
        ("0x10", .badNumber, 0),
        ("[-Infinity]", .badNumber, 1),
        ("1 2", .trailingBytes, 2),
        ("{}{}", .trailingBytes, 2),
        ("{}\0", .trailingBytes, 2),
        ("{} // comment", .trailingBytes, 3),
        ("/* c */1", .unexpectedByte(0x2F), 0),
        ("\"a\nb\"", .controlByte, 2),
        ("\"a\u{1F}b\"", .controlByte, 2),
        ("\"\\x41\"", .unknownEscape, 1),
        ("\"\\u12g4\"", .unexpectedByte(0x67), 5),
        ("\"\\ud800\"", .loneSurrogate, 1),
        ("\"\\ud800\\n\"", .loneSurrogate, 1),
        ("\"\\udc00\\ud800\"", .loneSurrogate, 1),
        ("\"\\ud800\\ud800\"", .loneSurrogate, 1),
        ("{\"a\":1,\"a\":2}", .duplicateKey, 7),
        ("{\"a\":1,\"\\u0061\":2}", .duplicateKey, 7),
        ("\u{FEFF}{}", .byteOrderMark, 0),
    ])
    func refuses(text: String, reason: JSONError.Reason, offset: Int) {
        let error = fault(Array(text.utf8))
        #expect(error?.reason == reason)
        #expect(error?.offsetBytes == offset)
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
        ] as [[UInt8]]
    )
    func refusesWhatIsNotUTF8(bytes: [UInt8]) { #expect(fault(bytes)?.reason == .invalidUTF8) }

    @Test func refusesUTF16() {
        #expect(fault([0x7B, 0x00, 0x7D, 0x00])?.reason == .unexpectedByte(0))
        #expect(fault([0xFF, 0xFE, 0x7B, 0x00])?.reason == .unexpectedByte(0xFF))
    }

    @Test func depthIsCountedOverArraysAndObjects() {
        func nested(_ depth: Int) -> [UInt8] {
            let opened = (0..<depth).map { $0.isMultiple(of: 2) ? "[" : "{\"k\":" }.joined()
            let closed = (0..<depth).reversed().map { $0.isMultiple(of: 2) ? "]" : "}" }.joined()
            return Array((opened + (depth.isMultiple(of: 2) ? "1" : "") + closed).utf8)
        }
        #expect(fault(nested(StrictJSON.depthLimit)) == nil)
        #expect(fault(nested(StrictJSON.depthLimit + 1))?.reason == .tooDeep)
        #expect(fault([UInt8](repeating: 0x5B, count: 1_000_000))?.reason == .tooDeep)
    }

    @Test func theLimitIsInclusive() throws {
        #expect(try StrictJSON.parse(Array("[10]".utf8), limitBytes: 4).array?.count == 1)
        let error = #expect(throws: JSONError.self) { try StrictJSON.parse(Array("[10]".utf8), limitBytes: 3) }
        #expect(error?.reason == .tooLong(limitBytes: 3))
    }

    @Test func anErrorNamesThePlaceWithUntrustedKeysEscaped() {
        let error = fault(Array(#"{"result":[1,{"a\u001b[2J":tru}]}"#.utf8))
        #expect(error?.path == "$.result[1].a\\027[2J")
        #expect(
            error?.description
                == #"not the JSON we accept: "}", which may not stand there, at byte 30, in $.result[1].a\027[2J"#
        )
    }

    @Test func aManyKeyedObjectTakesNoQuadraticTime() throws {
        let text = "{" + (0..<20_000).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
        let clock = ContinuousClock()
        let taken = try clock.measure { _ = try read(text) }
        #expect(taken < .seconds(5))
    }

    @Test func everyPrefixAndEveryChangedByteIsAnswered() {
        let document = Array(#"{"a":[1.5e-3,"\ud83d\ude00",{"b":null,"c":[true,false]}],"d":"x"}"#.utf8)
        for length in 0..<document.count { #expect(fault(Array(document.prefix(length))) != nil) }
        for index in document.indices {
            for byte in [0x00, 0x22, 0x5C, 0x7B, 0x5D, 0x2C, 0x80, 0xFF] as [UInt8] {
                var changed = document
                changed[index] = byte
                _ = fault(changed)
            }
        }
    }

    @Test func writesInTheGivenOrderOnOneLine() {
        let value: JSONValue = ["z": "q\"\\/\n\u{7F}é", "a": [1, true, .null, []], "o": [:]]
        #expect(
            String(decoding: value.serialized(), as: UTF8.self)
                == #"{"z":"q\"\\/\u000a\u007fé","a":[1,true,null,[]],"o":{}}"#
        )
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let every = String(String.UnicodeScalarView((0...0x2FF).compactMap { Unicode.Scalar($0) }))
        let value: JSONValue = ["text": .string(every), "deep": [["x": -5]]]
        #expect(try read(value.serialized()) == value)
    }

    @Test func aLaterMemberOfOneKeyWinsAtTheEarlierPlace() {
        var object = JSONObject([("a", 1), ("b", 2), ("a", 3)])
        #expect(JSONValue.object(object).serialized() == Array(#"{"a":3,"b":2}"#.utf8))
        object["a"] = nil
        object["c"] = "x"
        #expect(JSONValue.object(object).serialized() == Array(#"{"b":2,"c":"x"}"#.utf8))
    }

}
