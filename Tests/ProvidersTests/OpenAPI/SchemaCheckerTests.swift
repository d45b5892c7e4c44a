// The validator itself, keyword by keyword: what fits is let through, what does not is named.
import Platform
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SchemaCheckerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let keyword: String
        let schema: String
        let right: [String]
        let wrong: [String]
        /// Where the fault is.
        var place = ""

        var testDescription: String { "\(keyword) of \(schema)" }
    }

    private static func json(_ text: String) throws -> JSONValue {
        try StrictJSON.parse(Array(text.utf8), limitBytes: 1 << 16)
    }

    private static let document = """
        {"components":{"schemas":{
          "method":{"type":"string","enum":["txt","http"]},
          "loop":{"$ref":"#/components/schemas/loop"},
          "a~b/c":{"type":"integer"}
        }}}
        """

    private static let cases: [Case] = [
        Case(
            keyword: "type",
            schema: #"{"type":"string"}"#,
            right: [#""a""#],
            wrong: ["1", "null", "[]", "{}", "true"]
        ),
        Case(keyword: "type", schema: #"{"type":"number"}"#, right: ["1", "1.5", "-1e3"], wrong: [#""1""#, "true"]),
        Case(
            keyword: "type",
            schema: #"{"type":"integer"}"#,
            right: ["1", "-7"],
            wrong: ["1.5", "1.0", "1e3", "null"]
        ),
        Case(keyword: "type", schema: #"{"type":"boolean"}"#, right: ["true", "false"], wrong: ["0", #""true""#]),
        Case(keyword: "type", schema: #"{"type":"array"}"#, right: ["[]"], wrong: ["{}", #""a""#]),
        Case(keyword: "type", schema: #"{"type":"object"}"#, right: ["{}"], wrong: ["[]", "null"]),
        Case(keyword: "type", schema: #"{"type":"string","nullable":true}"#, right: ["null", #""a""#], wrong: ["1"]),
        Case(
            keyword: "enum",
            schema: #"{"enum":["on",1,true]}"#,
            right: [#""on""#, "1", "1.0", "true"],
            wrong: [
                #""off""#, "0", "false", "null", #""1""#,
            ]
        ),
        // 3.0.3: without a type beside it, nullable means nothing.
        Case(keyword: "enum", schema: #"{"enum":["on"],"nullable":true}"#, right: [#""on""#], wrong: ["null"]),
        Case(keyword: "minLength", schema: #"{"minLength":2}"#, right: [#""ab""#, #""äö""#, "1"], wrong: [#""ä""#]),
        Case(keyword: "maxLength", schema: #"{"maxLength":2}"#, right: [#""äö""#, "[1,2,3]"], wrong: [#""abc""#]),
        Case(keyword: "pattern", schema: #"{"pattern":"b+$"}"#, right: [#""abb""#, "1"], wrong: [#""abba""#]),
        Case(
            keyword: "format",
            schema: #"{"format":"date-time"}"#,
            right: [
                #""2014-01-01T05:20:00.12345Z""#, #""2014-01-01t05:20:00+01:00""#,
            ],
            wrong: [#""2014-01-01 05:20:00Z""#, #""2014-01-01T05:20:00""#]
        ),
        Case(keyword: "format", schema: #"{"format":"date"}"#, right: [#""2014-01-01""#], wrong: [#""2014-1-1""#]),
        Case(
            keyword: "format",
            schema: #"{"format":"ipv4"}"#,
            right: [#""192.0.2.1""#],
            wrong: [
                #""192.0.2.256""#, #""2001:db8::1""#,
            ]
        ),
        Case(keyword: "format", schema: #"{"format":"ipv6"}"#, right: [#""2001:db8::1""#], wrong: [#""192.0.2.1""#]),
        Case(keyword: "format", schema: #"{"format":"hostname"}"#, right: [#""shop.example""#], wrong: [#""a..b""#]),
        Case(
            keyword: "format",
            schema: #"{"format":"uuid"}"#,
            right: [
                #""4449b368-d10f-4a73-9d27-f3f2752443df""#
            ],
            wrong: [#""4449b368d10f4a739d27f3f2752443df""#]
        ),
        Case(keyword: "minimum", schema: #"{"minimum":5}"#, right: ["5", "5.0", #""4""#], wrong: ["4", "4.9", "-6"]),
        Case(keyword: "minimum", schema: #"{"minimum":5,"exclusiveMinimum":true}"#, right: ["5.1"], wrong: ["5"]),
        Case(keyword: "maximum", schema: #"{"maximum":50}"#, right: ["50", "-51"], wrong: ["50.1", "51"]),
        Case(keyword: "maximum", schema: #"{"maximum":5,"exclusiveMaximum":true}"#, right: ["4.9"], wrong: ["5"]),
        Case(keyword: "multipleOf", schema: #"{"multipleOf":3}"#, right: ["0", "9", "-3"], wrong: ["1", "10"]),
        Case(keyword: "minItems", schema: #"{"minItems":1}"#, right: ["[0]", "{}"], wrong: ["[]"]),
        Case(keyword: "maxItems", schema: #"{"maxItems":1}"#, right: ["[]", "[0]"], wrong: ["[0,1]"]),
        Case(
            keyword: "uniqueItems",
            schema: #"{"uniqueItems":true}"#,
            right: ["[1,2]", #"[1,"1"]"#],
            wrong: [
                "[1,2,1.0]", "[[],[]]",
            ]
        ),
        Case(
            keyword: "type",
            schema: #"{"items":{"type":"string"}}"#,
            right: ["[]", #"["a"]"#, "{}"],
            wrong: [#"["a",1]"#],
            place: "1"
        ),
        Case(
            keyword: "required",
            schema: #"{"required":["type"],"properties":{"type":{}}}"#,
            right: [#"{"type":null}"#, "[]"],
            wrong: ["{}", #"{"Type":1}"#],
            place: "type"
        ),
        Case(
            keyword: "required",
            schema: #"{"required":["id","a"],"oneOf":[{"properties":{"id":{"readOnly":true}}}]}"#,
            right: [#"{"a":1}"#],
            wrong: ["{}"],
            place: "a"
        ),
        Case(
            keyword: "readOnly",
            schema: #"{"properties":{"id":{"readOnly":true}}}"#,
            right: ["{}"],
            wrong: [#"{"id":1}"#],
            place: "id"
        ),
        Case(
            keyword: "type",
            schema: #"{"properties":{"ssl":{"properties":{"wildcard":{"type":"boolean"}}}}}"#,
            right: [#"{"ssl":{"wildcard":true},"x":1}"#, #"{"x":{}}"#],
            wrong: [#"{"ssl":{"wildcard":"true"}}"#],
            place: "ssl/wildcard"
        ),
        Case(
            keyword: "additionalProperties",
            schema: #"{"properties":{"a":{}},"additionalProperties":false}"#,
            right: ["{}", #"{"a":1}"#],
            wrong: [#"{"a":1,"b":1}"#],
            place: "b"
        ),
        Case(
            keyword: "type",
            schema: #"{"properties":{"a":{}},"additionalProperties":{"type":"string"}}"#,
            right: [#"{"a":1,"b":"c"}"#],
            wrong: [#"{"b":1}"#],
            place: "b"
        ),
        Case(keyword: "minProperties", schema: #"{"minProperties":1}"#, right: [#"{"a":1}"#, "[]"], wrong: ["{}"]),
        Case(keyword: "maxProperties", schema: #"{"maxProperties":1}"#, right: ["{}"], wrong: [#"{"a":1,"b":1}"#]),
        Case(
            keyword: "maximum",
            schema: #"{"allOf":[{"minimum":1},{"maximum":3}]}"#,
            right: ["1", "3"],
            wrong: ["4"]
        ),
        Case(
            keyword: "anyOf",
            schema: #"{"anyOf":[{"minimum":30,"type":"number"},{"enum":[1]}]}"#,
            right: ["1", "30"],
            wrong: ["2", #""30""#]
        ),
        Case(
            keyword: "oneOf",
            schema: #"{"oneOf":[{"type":"number","minimum":2},{"type":"number","maximum":4}]}"#,
            right: ["1", "5"],
            wrong: ["3", #""1""#]
        ),
        Case(keyword: "minimum", schema: #"{"oneOf":[{"minimum":2}]}"#, right: ["2"], wrong: ["1"]),
        Case(keyword: "not", schema: #"{"not":{"type":"string"}}"#, right: ["1"], wrong: [#""a""#]),
        Case(
            keyword: "enum",
            schema: ##"{"$ref":"#/components/schemas/method"}"##,
            right: [#""txt""#],
            wrong: [
                #""cname""#
            ]
        ),
        // What stands beside a reference is ignored.
        Case(
            keyword: "enum",
            schema: ##"{"$ref":"#/components/schemas/method","maxLength":1}"##,
            right: [#""http""#],
            wrong: [#""h""#]
        ),
        Case(keyword: "type", schema: ##"{"$ref":"#/components/schemas/a~0b~1c"}"##, right: ["1"], wrong: ["{}"]),
    ]

    @Test("A value that fits has no faults, one that does not has exactly this", arguments: cases)
    func keyword(_ sample: Case) throws {
        let checker = SchemaChecker(document: OpenAPIDocument(root: try Self.json(Self.document)))
        let schema = try Self.json(sample.schema)
        for text in sample.right { #expect(try checker.faults(Self.json(text), schema) == [], "\(text)") }
        for text in sample.wrong {
            let faults = try checker.faults(Self.json(text), schema)
            #expect(faults.map(\.keyword) == [sample.keyword] && faults.map(\.place) == [sample.place], "\(text)")
        }
    }

    @Test("Every keyword that the checker takes has a case that fails")
    func everyKeyword() {
        let tried = Set(Self.cases.filter { !$0.wrong.isEmpty }.map(\.keyword))
        // `properties`, `items`, `allOf` and `$ref` show themselves by the keyword within.
        let within: Set = ["properties", "items", "allOf"]
        #expect(SchemaChecker.words.subtracting(within).subtracting(tried) == [])
    }

    @Test(
        "A schema that cannot be judged is an error, not a pass",
        arguments: [
            #"{"const":1}"#, ##"{"$ref":"#/components/schemas/loop"}"##, ##"{"$ref":"#/components/none"}"##,
            #"{"$ref":"other.json"}"#, "[]",
        ]
    )
    func unknown(_ schema: String) throws {
        let checker = SchemaChecker(document: OpenAPIDocument(root: try Self.json(Self.document)))
        #expect(throws: OpenAPIError.self) { try checker.faults(1, Self.json(schema)) }
    }
}
