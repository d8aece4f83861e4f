import HTTPTypes
import Hummingbird
import HummingbirdCore
import LatchkeyWeb
import Logging
import NIOCore

/// Hummingbird's side of a request: it brings the bytes, the line-up does the rest.
struct Server: HTTPResponder {
    struct Context: RequestContext {
        var coreContext: CoreRequestContextStorage
        let address: String
        let channel: any Channel

        init(source: ApplicationRequestContextSource) {
            channel = source.channel
            coreContext = CoreRequestContextStorage(source: source)
            address = source.channel.remoteAddress?.ipAddress ?? "local"
        }
    }

    /// The largest body that this server reads, in bytes.
    static let bodyLimit = 256 * 1024

    let lineUp: LineUp

    func respond(to request: Request, context: Context) async throws -> Response {
        var inbound = Inbound(
            request.method, request.uri.path, query: request.uri.query ?? "", headers: request.headers, address: context.address)
        if lineUp.takesUpload(request.method, request.uri.path) { return await receive(request, inbound, context) }
        var isTooLarge = false
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Self.bodyLimit {
            isTooLarge = true
        } else if request.method != .get, request.method != .head {
            do {
                var body = try await request.body.collect(upTo: Self.bodyLimit)
                inbound.body = body.readBytes(length: body.readableBytes) ?? []
            } catch is NIOTooManyBytesError { isTooLarge = true }
        }
        let outbound = isTooLarge ? await lineUp.refuseBody(of: inbound, limit: Self.bodyLimit) : await apart(inbound)
        return response(outbound, leavesRest: isTooLarge, context)
    }

    /// The line-up in a task of its own, which ends with the request: what its calls took for their frames would stay with the connection, and
    /// connections stay open.
    private func apart(_ inbound: Inbound) async -> Outbound {
        let answering = Task { [lineUp] in await lineUp.respond(to: inbound) }
        return await withTaskCancellationHandler(operation: { await answering.value }, onCancel: { answering.cancel() })
    }

    /// A route that takes an upload gets its body as it comes, at the handler's pace: what is not read waits in the network.
    private func receive(_ request: Request, _ head: Inbound, _ context: Context) async -> Response {
        let body = request.body
        let stream = BodyStream { take in for try await buffer in body { try await take(Array(buffer.readableBytesView)) } }
        var inbound = head
        inbound.stream = stream
        let outbound = await lineUp.respond(to: inbound)
        let hasBody = request.headers.contains(.transferEncoding) || request.headers[.contentLength].map { $0 != "0" } ?? false
        return response(outbound, leavesRest: hasBody && !stream.isRead, context)
    }

    private func response(_ outbound: Outbound, leavesRest: Bool, _ context: Context) -> Response {
        var headers = outbound.headers
        if leavesRest {
            headers[.connection] = "close"
            // The rest of the body is not read (H1): once the answer had time to leave, the connection goes.
            let channel = context.channel
            channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        }
        if let stream = outbound.stream {
            let body = ResponseBody { writer in
                var pieces = stream().makeAsyncIterator()
                while let bytes = try await next(&pieces) { if !bytes.isEmpty { try await writer.write(ByteBuffer(bytes: bytes)) } }
                try await writer.finish(nil)
            }
            return Response(status: .init(code: outbound.status), headers: headers, body: body)
        }
        return Response(
            status: .init(code: outbound.status), headers: headers,
            body: outbound.body.isEmpty ? .init() : .init(byteBuffer: ByteBuffer(bytes: outbound.body)))
    }

    /// The next piece of an answer. One that cannot be read is for the log: the status has left already, and all that is left is to hang up.
    private func next(_ pieces: inout AsyncThrowingStream<[UInt8], any Error>.AsyncIterator) async throws -> [UInt8]? {
        do { return try await pieces.next() } catch {
            lineUp.house.logger.error("an answer broke off: \(error)")
            throw error
        }
    }

    /// An HTTP server on `address`; `running` is told the port.
    static func application(
        _ responder: some HTTPResponder<Context>, address: BindAddress, logger: Logger, running: @escaping @Sendable (Int?) async -> Void
    ) -> some ApplicationProtocol {
        var quiet = logger
        quiet.logLevel = .warning
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 110)
        return Application(
            responder: responder, server: .http1(configuration: .init(idleTimeout: .seconds(75), httpDecoderConfiguration: decoder)),
            configuration: ApplicationConfiguration(address: address, backlog: 1024),
            onServerRunning: { channel in await running(channel.localAddress?.port) }, logger: quiet)
    }
}

/// Where to listen: `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:8080`.
struct ListenAddress: Sendable {
    let host: String
    let port: Int

    init(_ text: String, option: String) throws {
        let bytes = Array(text.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), let port = Int(String(decoding: bytes[(colon + 1)...], as: UTF8.self)),
            (0...65_535).contains(port)
        else { throw OperatorError("\(option) must be an address and a port, such as 127.0.0.1:8080; it is \(text).") }
        var host = String(decoding: bytes[..<colon], as: UTF8.self)
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.host = host.isEmpty ? "0.0.0.0" : host
        self.port = port
    }
}
