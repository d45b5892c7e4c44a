// swift-tools-version: 6.2
// The rooms of the house and what each may lean on. The walls themselves are held by Tests/TidyTests.
import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: house)
}

let package = Package(
    name: "dnsproof",
    products: [.executable(name: "dnsproof", targets: ["dnsproof"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        room("DCV", []),
        .target(name: "CLDNS", linkerSettings: [.linkedLibrary("ldns")]),
        .target(name: "CLinux"),
        room("LDNS", ["CLDNS", "DCV"]),
        room(
            "Platform",
            ["CLinux", "DCV", httpClient, nioCore, nioHTTP1, nioPosix, nioSSL, subprocess, systemPackage]
        ),
        room("Surveying", ["CLinux", "DCV", "LDNS", "Platform"]),
        room("Providers", ["DCV", "Platform", crypto]),
        room("Agent", ["DCV", "Platform", crypto, grdb, yams]),
        room("Rehearsal", ["DCV", "LDNS", crypto, nioCore, nioHTTP1, nioPosix]),
        .executableTarget(
            name: "dnsproof",
            dependencies: ["Agent", "DCV", "Platform", "Providers", "Rehearsal", "Surveying", argumentParser],
            swiftSettings: house
        ),
        tests("DCVTests", ["DCV"]),
        tests("LDNSTests", ["DCV", "LDNS"]),
        tests("PlatformTests", ["DCV", "Platform", nioCore, nioHTTP1, nioPosix, nioSSL, systemPackage]),
        tests("SurveyingTests", ["Agent", "DCV", "LDNS", "Platform", "Rehearsal", "Surveying"]),
        tests("ProvidersTests", ["DCV", "Platform", "Providers", "Rehearsal"]),
        tests("AgentTests", ["Agent", "DCV", "Platform", grdb]),
        tests("HookTests", ["Agent", "DCV", "Platform", "Rehearsal"]),
        tests("RehearsalTests", ["DCV", "LDNS", "Platform", "Rehearsal"]),
        tests("CommandTests", ["Agent", "DCV", "Surveying", "dnsproof", argumentParser]),
        tests("TidyTests", []),
        tests("IntegrationTests", ["Agent", "DCV", "LDNS", "Platform", "Rehearsal"], exclude: ["in-laboratory.sh"]),
    ],
    swiftLanguageModes: [.v6]
)

// A shorter build while one room is worked on: DNSPROOF_TESTS="DCVTests SurveyingTests" leaves the other test targets out.
if let wanted = Context.environment["DNSPROOF_TESTS"]?.split(separator: " ").map(String.init), !wanted.isEmpty {
    package.targets.removeAll { $0.type == .test && !wanted.contains($0.name) }
}
