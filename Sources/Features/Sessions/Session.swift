import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON
import LatchkeyWeb

/// One piece of field work: an inspection, under one API key, owned by at most one user.
package struct Session: Sendable {
    package enum Source: String, Sendable, CaseIterable {
        case dashboard
        case shareableLink = "shareable_link"
        case embeddedWidget = "embedded_widget"
        case api
    }

    package struct Contact: Sendable, Hashable {
        package var firstName: String?, lastName: String?, phone: String?, email: String?

        package var name: String? { firstName.map { $0 + " " + (lastName ?? "") } }
        var isEmpty: Bool { self == Contact() }
    }

    package struct Vehicle: Sendable, Hashable {
        package enum Unit: String, Sendable, CaseIterable { case km, mi }

        package var vin: String?, year: Int?, make: String?, model: String?, odometer: Int?, unit: Unit?

        /// `2021 Volvo XC60`, as much of it as is known.
        package var name: String? {
            var name = year.map { String($0) } ?? ""
            for part in [make, model] {
                guard let part else { continue }
                if !name.isEmpty { name += " " }
                name += part
            }
            return name.isEmpty ? nil : name
        }
        var isEmpty: Bool { self == Vehicle() }
    }

    package var id: SessionID
    package var code: String
    package var status: SessionStatus
    package var mode: String
    package var apiKey: APIKeyID
    package var owner: UserID?
    package var ownerName: String?
    package var source: Source
    package var apiKeyName: String
    package var linkName: String?
    package var username: String?
    package var contact: Contact
    package var vehicle: Vehicle
    package var clientID: String?
    package var reference: String?
    package var language: String?
    package var redirectURL: String?
    package var invalidReason: String?
    package var createdAt: Timestamp
    package var startedAt: Timestamp?
    package var capturedAt: Timestamp?
    package var completedAt: Timestamp?
    package var deadline: Timestamp?

    package var subject: Subject { Subject("session", id, code) }

    /// That something happened to it, for those who see it.
    var happening: Happening { .session(id, key: apiKey, owner: owner) }

    /// The status at a moment: from its deadline on a session under way is EXPIRED, swept or not.
    package func status(at now: Timestamp) -> SessionStatus {
        guard let deadline, SessionStatus.underWay.contains(status), now >= deadline else { return status }
        return .expired
    }

    package func isVisible(in visibility: Visibility) -> Bool { visibility.contains(key: apiKey, owner: owner) }

    /// What the VIN says, and what is odd about it.
    package var vin: VIN? { vehicle.vin.flatMap(VIN.init) }
    package var hasSuspiciousVIN: Bool { vin.map { $0.isNorthAmerican && !$0.hasRightCheckDigit } ?? false }

    /// As the API answers it.
    package func json(at now: Timestamp) -> JSON {
        var source: [(String, JSON)] = [("type", .string(self.source.rawValue)), ("api_key_name", .string(apiKeyName))]
        if let linkName { source.append(("link_name", .string(linkName))) }
        if let username { source.append(("username", .string(username))) }
        return [
            "id": JSON(id), "code": .string(code), "status": .string(status(at: now).rawValue), "mode": .string(mode), "api_key": JSON(apiKey),
            "owner": owner.map { ["id": JSON($0), "name": .string(ownerName ?? "")] } ?? .null, "source": JSON(members: source),
            "contact": contact.isEmpty ? .null : contact.json, "vehicle": vehicle.isEmpty ? .null : vehicle.json,
            "client_id": JSON(clientID), "reference": JSON(reference), "language": JSON(language), "redirect_url": JSON(redirectURL),
            "warnings": hasSuspiciousVIN
                ? [["code": "vin_check_digit", "message": "The check digit of this VIN is wrong: look at it again."]] : .array([]),
            "vin_info": vin.map { ["model_year": JSON($0.modelYear(now: now.year)), "region": JSON($0.region)] } ?? .null,
            "invalid_reason": JSON(invalidReason), "created_at": JSON(createdAt), "started_at": JSON(startedAt), "captured_at": JSON(capturedAt),
            "completed_at": JSON(completedAt), "expires_at": JSON(deadline),
        ]
    }

    package func tag(at now: Timestamp) -> ETag { ETag(json(at: now)) }

    /// What history compares.
    var details: JSON {
        [
            "contact": contact.json, "vehicle": vehicle.json, "client_id": JSON(clientID), "reference": JSON(reference), "language": JSON(language),
            "redirect_url": JSON(redirectURL),
        ]
    }

    var words: [String] {
        let compact = String(code.unicodeScalars.filter { $0 != "-" }.map(Character.init))
        return SessionSearch.words([
            code, compact, contact.firstName, contact.lastName, contact.phone, contact.email, vehicle.vin, vehicle.year.map(String.init),
            vehicle.make, vehicle.model, reference,
        ])
    }
}

extension Session.Contact {
    package var json: JSON { ["first_name": JSON(firstName), "last_name": JSON(lastName), "phone": JSON(phone), "email": JSON(email)] }
}

extension Session.Vehicle {
    package var json: JSON {
        [
            "vin": JSON(vin), "year": JSON(year), "make": JSON(make), "model": JSON(model), "odometer": JSON(odometer),
            "odometer_unit": JSON(unit?.rawValue),
        ]
    }
}

extension Timestamp {
    var year: Int { Int(description.prefix(4)) ?? 2000 }
}
