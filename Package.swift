// swift-tools-version: 6.2
import PackageDescription

/// The features and what each may import of the others: this array *is* the feature dependency graph.
/// Deleting an optional feature means deleting its folders, its line here and its line in `Sources/latchkey/Composition.swift`.
let features: [(name: String, imports: [String])] = [
    ("Factors", []),
    ("Passkeys", ["Factors"]),
    ("SignIn", ["Factors", "Passkeys"]),
    ("Exports", []),
    ("History", []),
    ("Mail", []),
    ("Roles", ["History", "Exports"]),
    ("Catalogue", ["History", "Roles"]),
    ("APIKeys", ["History"]),
    ("Sessions", ["APIKeys"]),
    ("Live", []),
    ("Links", ["History", "Roles", "APIKeys", "Sessions"]),
    ("Places", ["History"]),
    ("Capture", ["APIKeys", "Sessions"]),
    ("Photos", ["Sessions", "Links", "Capture"]),
    ("Users", ["Factors", "SignIn", "Exports", "Roles", "APIKeys", "History", "Links", "Places"]),
    ("Past", ["Users", "Roles", "History"]),
    ("Imports", ["Users", "Roles", "APIKeys", "Places"]),
    ("Logins", ["SignIn", "Roles", "Users", "Integrations"]),
    ("Overview", ["Users", "APIKeys", "Sessions", "Links"]),
    ("ForwardAuth", []),
    ("Decisions", ["Users", "Roles"]),
    ("Reviews", ["Users", "Roles"]),
    ("Advice", ["Users", "Roles"]),
    ("HandOver", ["Users", "Roles", "Sessions", "Links"]),
    ("Integrations", ["History"]),
    ("OAuth", ["SignIn", "Integrations"]),
    ("Accounts", ["Factors", "SignIn", "Roles", "History", "Integrations"]),
]

/// The modules below the features, bottom to top. An arrow that is not in this list does not compile (`make` checks imports against it).
let spine: [(name: String, imports: [String])] = [
    ("LatchkeyAccess", []),
    ("LatchkeyDatabase", []),
    ("LatchkeySQLite", ["LatchkeyDatabase"]),
    ("LatchkeyPostgres", ["LatchkeyDatabase"]),
    ("LatchkeyJSON", []),
    ("LatchkeySecrets", ["LatchkeyJSON"]),
    ("LatchkeyThreads", []),
    ("LatchkeyFiles", ["LatchkeyAccess"]),
    ("LatchkeyBlobs", ["LatchkeySecrets", "LatchkeyThreads"]),
    ("LatchkeyImages", ["LatchkeyBlobs", "LatchkeyJSON", "LatchkeyThreads"]),
    ("LatchkeyGate", ["LatchkeyAccess", "LatchkeyDatabase", "LatchkeySecrets", "LatchkeyJSON"]),
    ("LatchkeyMail", ["LatchkeyGate"]),
    ("LatchkeyWeb", ["LatchkeyMail", "LatchkeyImages", "LatchkeyFiles"]),
]

let arrows = Dictionary(uniqueKeysWithValues: spine + features.map { ($0.name + "Feature", ["LatchkeyWeb"] + $0.imports.map { $0 + "Feature" }) })

/// Those modules and all that they stand on. Each target names the whole of it: the build looks at named dependencies alone to see what must be
/// compiled again, and a module compiled against an older layout of one below it crashes.
func whole(_ names: [String]) -> [Target.Dependency] {
    var reached: [String] = []
    func reach(_ name: String) {
        if reached.contains(name) { return }
        reached.append(name)
        arrows[name]?.forEach(reach)
    }
    names.forEach(reach)
    return reached.map { .init(stringLiteral: $0) }
}

let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// The modules below the features hold the inner loops (JSON, ids, HTML, rows), in which a debug build spent most of a test run: they are optimised there, too.
let settingsOfSpine = settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]

func own(_ name: String, _ others: [Target.Dependency] = [], path: String? = nil, exclude: [String] = []) -> Target {
    let settings = spine.contains { $0.name == name } ? settingsOfSpine : settings
    return .target(name: name, dependencies: whole(arrows[name] ?? []) + others, path: path, exclude: exclude, swiftSettings: settings)
}

func tests(_ name: String, _ modules: [String], _ others: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: whole(modules) + others, exclude: exclude,
        swiftSettings: [.treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny")])
}

let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let everything = features.map { $0.name + "Feature" } + ["LatchkeySQLite", "LatchkeyPostgres"]

let package = Package(
    name: "latchkey",
    products: [
        .executable(name: "latchkey", targets: ["latchkey"]),
        .executable(name: "latchkey-images", targets: ["latchkey-images"]),
    ],
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
        own("LatchkeyAccess"),
        own("LatchkeyDatabase"),
        own("LatchkeySQLite", [grdb]),
        own("LatchkeyPostgres", ["CPostgres"]),
        own("LatchkeySecrets", ["CSodium", "CZxcvbn", "CCrypto", "CXcrypt"]),
        own("LatchkeyJSON"),
        own("LatchkeyThreads"),
        own("LatchkeyFiles", ["CArchive", "CZlib"]),
        own("LatchkeyBlobs"),
        own("LatchkeyImages", ["CSpawn"]),
        own("LatchkeyGate"),
        own("LatchkeyMail", ["CCurl"]),
        own("LatchkeyWeb", ["CAssets", "CZlib", "CQrencode", httpTypes, logging]),

        // The program: the only place that names every feature.
        .executableTarget(
            name: "latchkey",
            dependencies: whole(everything) + [
                hummingbird, yams, logging, httpTypes,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),

        // Its child: reads one untrusted picture and ends. Installed beside the program.
        .executableTarget(
            name: "latchkey-images", dependencies: ["CVips"],
            cSettings: [.unsafeFlags(["-std=c23", "-Wall", "-Wextra", "-Wvla", "-Werror", "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2"])],
            linkerSettings: [.linkedLibrary("vips")]
        ),

        // What `make bench` measures with and against; never part of the product.
        .executableTarget(
            name: "bare", dependencies: ["LatchkeyJSON", hummingbird, logging, .product(name: "NIOCore", package: "swift-nio")],
            path: "Benchmarks/bare", swiftSettings: settings),
        .executableTarget(
            name: "benchdecisions", dependencies: ["LatchkeyAccess", "Counting"], path: "Benchmarks/decisions", swiftSettings: settings),
        .target(name: "Counting", path: "Benchmarks/counting"),
        .executableTarget(
            name: "benchstore",
            dependencies: whole(["SignInFeature", "SessionsFeature", "UsersFeature", "HistoryFeature", "LatchkeySQLite"]) + [
                "CSodium", grdb, logging, httpTypes,
            ],
            path: "Benchmarks/store", swiftSettings: settings),

        // C: system libraries, and the files that the binary carries.
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZxcvbn", providers: [.apt(["libzxcvbn-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CQrencode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CXcrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CSpawn"),
        // Found by GLib's pkg-config file, which names the folders that libvips' headers need: its own has flags that SwiftPM warns of.
        .systemLibrary(name: "CVips", pkgConfig: "gobject-2.0", providers: [.apt(["libvips-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CAssets", exclude: ["files"], cSettings: [.unsafeFlags(["-std=c23"])]),

        // A PostgreSQL server for the tests that want one.
        .target(name: "ThrowAwayPostgres", dependencies: ["CPostgres"], path: "Tests/ThrowAwayPostgres", swiftSettings: settings),

        // An authenticator in software, for the tests of passkeys.
        .target(
            name: "VirtualAuthenticator", dependencies: whole(["LatchkeyWeb"]) + ["CCrypto"], path: "Tests/VirtualAuthenticator",
            swiftSettings: settings),

        tests("AccessTests", ["LatchkeyAccess"], exclude: ["matrix.golden"]),
        tests("SecretsTests", ["LatchkeySecrets"]),
        tests("BlobsTests", ["LatchkeyBlobs"]),
        tests("ImagesTests", ["LatchkeyImages"], ["CZlib"]),
        tests("DatabaseContractTests", ["LatchkeySQLite", "LatchkeyPostgres"], ["ThrowAwayPostgres"]),
        tests("WebTests", ["LatchkeyWeb"]),
        tests("SessionsTests", ["SessionsFeature"]),
        tests("FilesTests", ["LatchkeyFiles"]),
        tests("PlacesTests", ["PlacesFeature"]),
        tests("PasskeysTests", ["PasskeysFeature"], ["VirtualAuthenticator"]),
        tests(
            "WholeAppTests", everything, ["latchkey", "ThrowAwayPostgres", "VirtualAuthenticator", hummingbird, yams, httpTypes, logging],
            exclude: ["Goldens"]),
    ]
        + features.map { feature in
            own(
                feature.name + "Feature",
                [httpTypes, logging] + (feature.name == "Catalogue" ? [yams] : []) + (feature.name == "Passkeys" ? ["CCrypto"] : []),
                path: "Sources/Features/" + feature.name, exclude: [feature.name + ".md"])
        }
)
