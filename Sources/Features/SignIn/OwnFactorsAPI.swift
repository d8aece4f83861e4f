import FactorsFeature
import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeySecrets
import LatchkeyWeb

/// The JSON face of one's own second factors; open too to whoever must add one first.
enum OwnFactorsAPI {
    static let routes: [Route] = [
        .get("/api/v1/me/factors", .need(.secondStep), handler: list),
        .post("/api/v1/me/factors/totp", .need(.secondStep), leaves: .nothing(because: "nothing is kept until a code confirms it"), handler: offer),
        .post("/api/v1/me/factors/totp/confirm", .need(.secondStep), stepUp: .everybody, handler: confirm),
        .post("/api/v1/me/factors/recovery-codes", .need(.secondStep), stepUp: .everybody, handler: renewCodes),
        .delete("/api/v1/me/factors/{id}", .need(.secondStep), stepUp: .everybody, handler: remove),
    ]

    private static func list(_ call: Call) async throws -> Answer {
        try call.noQuery()
        let now = call.now
        return .json(try await call.ownRead { permit, tx in try OwnFactors.standing(at: now, permit, tx) }.json)
    }

    private static func offer(_ call: Call) async throws -> Answer {
        try call.noInput()
        let offer = try await AppOffer.make(call)
        let qr = QRCode(offer.url).map { String(decoding: $0.svg(label: t("QR code for your authenticator app")).bytes, as: UTF8.self) }
        return .json([
            "enrolment": .string(offer.sealed), "secret": .string(offer.app.text), "otpauth_url": .string(offer.url),
            "qr_svg": qr.map { .string($0) } ?? .null,
        ])
    }

    private static func confirm(_ call: Call) async throws -> Answer {
        let (factor, codes) = try await AppOffer.confirm(call.fieldsWithoutQuery(), call)
        return .json(codes.isEmpty ? factor.json : factor.json.adding("recovery_codes", JSON(codes)), status: 201)
    }

    private static func renewCodes(_ call: Call) async throws -> Answer {
        try call.noInput()
        return try await call.ownWrite { permit, tx, ledger in
            .json(["recovery_codes": JSON(try OwnFactors.renewRecoveryCodes(call.house.mail, permit, tx, ledger))], status: 201)
        }
    }

    private static func remove(_ call: Call) async throws -> Answer {
        try await call.ownWrite { permit, tx, ledger in
            let id: FactorID = try call.id()
            guard try OwnFactors.standing(at: ledger.now, permit, tx).list.items.contains(where: { $0.id == id }) else { throw Hidden() }
            try call.noInput()
            try OwnFactors.remove(id, call.house.mail, permit, tx, ledger)
            return .noContent
        }
    }
}
