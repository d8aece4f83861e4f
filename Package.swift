// swift-tools-version: 6.2
import PackageDescription

/// The features and what each may import of the others: this array *is* the feature dependency graph.
/// Deleting an optional feature means deleting its folders, its line here and its line in `Sources/latchkey/Composition.swift`.
let features: [(name: String, imports: [String])] = [
    ("SignIn", []),
    ("History", []),
    ("Catalogue", []),
    ("Roles", ["History"]),
    ("APIKeys", ["History"]),
    ("Users", ["SignIn", "Roles", "APIKeys", "History"]),
    ("Sessions", ["APIKeys"]),
    ("Accounts", ["SignIn", "Roles", "History"]),
]

let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func own(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil, exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil, exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: path, exclude: exclude,
        swiftSettings: [.treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny")])
}

let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let featureTargets = features.map { Target.Dependency(stringLiteral: $0.name + "Feature") }

let package = Package(
    name: "latchkey",
    products: [.executable(name: "latchkey", targets: ["latchkey"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: ["FullFoundation"]),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // The spine, bottom to top. An arrow that is not in this list does not compile.
        own("LatchkeyAccess"),
        own("LatchkeyDatabase"),
        own("LatchkeySQLite", ["LatchkeyDatabase", .product(name: "GRDB", package: "GRDB.swift")]),
        own("LatchkeySecrets", ["CSodium", "CZxcvbn"]),
        own("LatchkeyJSON"),
        own("LatchkeyGate", ["LatchkeyAccess", "LatchkeyDatabase", "LatchkeySecrets", "LatchkeyJSON"]),
        own(
            "LatchkeyWeb",
            [
                "LatchkeyGate", "CAssets", "CZlib",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ]),

        // The program: the only place that names every feature.
        .executableTarget(
            name: "latchkey",
            dependencies: featureTargets + [
                "LatchkeySQLite", hummingbird, yams,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),

        // What `make bench` measures with and against; never part of the product.
        .executableTarget(
            name: "bare", dependencies: [hummingbird, .product(name: "Logging", package: "swift-log")], path: "Benchmarks/bare",
            swiftSettings: settings),
        .executableTarget(
            name: "benchstore",
            dependencies: [
                "SignInFeature", "SessionsFeature", "LatchkeySQLite", "CSodium", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"), .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            path: "Benchmarks/store", swiftSettings: settings),

        // C: system libraries, and the files that the binary carries.
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CZxcvbn", providers: [.apt(["libzxcvbn-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CAssets", exclude: ["files"], cSettings: [.unsafeFlags(["-std=c23"])]),

        tests("AccessTests", ["LatchkeyAccess"], exclude: ["matrix.golden"]),
        tests("SecretsTests", ["LatchkeySecrets"]),
        tests("DatabaseContractTests", ["LatchkeyDatabase", "LatchkeySQLite"]),
        tests("WebTests", ["LatchkeyWeb", "LatchkeyJSON"]),
        tests("SessionsTests", ["SessionsFeature"]),
        tests("WholeAppTests", featureTargets + ["latchkey", "LatchkeySQLite", yams], exclude: ["Goldens"]),
    ]
        + features.map { feature in
            own(
                feature.name + "Feature",
                ["LatchkeyWeb"] + feature.imports.map { Target.Dependency(stringLiteral: $0 + "Feature") },
                path: "Sources/Features/" + feature.name,
                exclude: [feature.name + ".md"]
            )
        }
)
