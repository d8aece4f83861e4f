import LatchkeyAccess
import LatchkeyGate
import LatchkeyJSON

/// One question of AuthZEN's information model (sections 5 and 6), in Latchkey's words.
struct Evaluation: Sendable, Hashable {
    enum Kind: String, Sendable { case user, integration }

    enum Resource: Sendable, Hashable {
        case screen(Screen)
        case function(Function)
        /// Nil for an id that was never issued.
        case session(SessionID?)
    }

    enum ResourceKind: String, Sendable { case screen, function, session }

    /// Nil for an id that was never issued.
    var subject: Questioned?
    var kind: Kind
    var level: Level
    var resource: Resource
    var circumstances = Circumstances()
    /// The login that the subject is signed in with, as whoever asks knows it.
    var login: LoginID?

    /// What `resource.properties` says.
    struct Circumstances: Sendable, Hashable {
        /// Nil in some: named, and never issued.
        var place: PlaceID??
        var maker: UInt128?
    }

    /// What cannot be understood at all: 400, or of one among many an error in its place.
    struct Malformed: Error, Sendable, Hashable {
        var field: String
        var message: String
        /// A type that is a text and none that we know: nothing is found under it.
        var isUnknownType = false
    }
}

/// Reads the entities of a request. Members that are not known are let be: AuthZEN says so (section 10.1.1).
enum Entities {
    typealias Malformed = Evaluation.Malformed

    static func evaluation(_ json: JSON) throws(Malformed) -> Evaluation { try evaluation(json, defaults: Defaults([:])) }

    /// What the evaluations of a request are about where they do not say, read once for all of them.
    struct Defaults {
        let subject: Result<(Evaluation.Kind, Questioned?), Malformed>
        let action: Result<Level, Malformed>
        let resource: Result<(Evaluation.Resource, Evaluation.Circumstances), Malformed>
        let login: LoginID?

        init(_ request: JSON) {
            login = Entities.login(request)
            subject = Result { () throws(Malformed) in try Entities.subject(entity("subject", request)) }
            action = Result { () throws(Malformed) in try Entities.action(entity("action", request)) }
            resource = Result { () throws(Malformed) in try Entities.wholeResource(entity("resource", request)) }
        }
    }

    /// - Parameter defaults: of the request where `json` is one of many; an entity that is left out there is taken from it, whole.
    static func evaluation(_ json: JSON, defaults: Defaults) throws(Malformed) -> Evaluation {
        let (kind, subject) = json["subject"] == nil ? try defaults.subject.get() : try self.subject(entity("subject", json))
        let level = json["action"] == nil ? try defaults.action.get() : try action(entity("action", json))
        let (resource, circumstances) = json["resource"] == nil ? try defaults.resource.get() : try wholeResource(entity("resource", json))
        return Evaluation(
            subject: subject, kind: kind, level: level, resource: resource, circumstances: circumstances,
            login: json["subject"] == nil ? defaults.login : login(json))
    }

    /// `subject.properties.login`; what is no id of one says nothing.
    fileprivate static func login(_ request: JSON) -> LoginID? { request["subject"]?["properties"]?["login"]?.text.flatMap { LoginID($0) } }

    private static func wholeResource(_ object: JSON) throws(Malformed) -> (Evaluation.Resource, Evaluation.Circumstances) {
        (try resource(object), try circumstances(object))
    }

    static func entity(_ name: String, _ json: JSON) throws(Malformed) -> JSON {
        guard let entity = json[name] else { throw Malformed(field: name, message: "This is required.") }
        guard entity.isObject else { throw Malformed(field: name, message: "This must be an object.") }
        if let properties = entity["properties"], !properties.isObject {
            throw Malformed(field: name + ".properties", message: "This must be an object.")
        }
        return entity
    }

    static func text(_ entity: JSON, _ name: String, of what: String) throws(Malformed) -> String {
        guard let value = entity[name] else { throw Malformed(field: "\(what).\(name)", message: "This is required.") }
        guard let text = value.text else { throw Malformed(field: "\(what).\(name)", message: "This must be text.") }
        return text
    }

    static func kind(_ subject: JSON) throws(Malformed) -> Evaluation.Kind {
        let type = try text(subject, "type", of: "subject")
        guard let kind = Evaluation.Kind(rawValue: type) else {
            throw Malformed(field: "subject.type", message: "This must be user or integration.", isUnknownType: true)
        }
        return kind
    }

    static func subject(_ subject: JSON) throws(Malformed) -> (Evaluation.Kind, Questioned?) {
        let kind = try kind(subject)
        let id = try text(subject, "id", of: "subject")
        switch kind {
        case .user: return (kind, UserID(id).map { .user($0) })
        case .integration: return (kind, IntegrationID(id).map { .integration($0) })
        }
    }

    static func action(_ action: JSON) throws(Malformed) -> Level {
        switch try text(action, "name", of: "action") {
        case "read": return .read
        case "write": return .full
        default: throw Malformed(field: "action.name", message: "This must be read or write.")
        }
    }

    static func resourceKind(_ resource: JSON) throws(Malformed) -> Evaluation.ResourceKind {
        let type = try text(resource, "type", of: "resource")
        guard let kind = Evaluation.ResourceKind(rawValue: type) else {
            throw Malformed(field: "resource.type", message: "This must be screen, function or session.", isUnknownType: true)
        }
        return kind
    }

    static func resource(_ resource: JSON) throws(Malformed) -> Evaluation.Resource {
        let kind = try resourceKind(resource)
        let id = try text(resource, "id", of: "resource")
        return switch kind {
        case .screen: .screen(Screen(rawValue: id))
        case .function: .function(Function(rawValue: id))
        case .session: .session(SessionID(id))
        }
    }

    static func circumstances(_ resource: JSON) throws(Malformed) -> Evaluation.Circumstances {
        var found = Evaluation.Circumstances()
        guard let properties = resource["properties"] else { return found }
        if let place = properties["place"], !place.isNull {
            found.place = .some(PlaceID(try text(properties, "place", of: "resource.properties")))
        }
        if let maker = properties["maker"], !maker.isNull {
            let id = try text(properties, "maker", of: "resource.properties")
            found.maker = UserID(id)?.bits ?? IntegrationID(id)?.bits
        }
        return found
    }
}
