import AsyncHTTPClient
import NIOCore
import NIOPosix
import Testing

@testable import ServiceRuntime

/// Requests to a service that is not there, or not there yet.
@Suite(.timeLimit(.minutes(1))) struct ConnectingTests {
    /// Answers everything with 204.
    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\r\n")), promise: nil)
        }
    }

    private static func listen(_ port: Int) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Answer()) }
            }
            .bind(host: "127.0.0.1", port: port).get()
    }

    private func request(_ port: Int) async throws -> HTTPClientResponse {
        let resources = ServiceResources(logger: .init(label: "test"))
        let result: Result<HTTPClientResponse, any Error>
        do {
            result = .success(
                try await resources.httpClient.executeOnceConnected(
                    HTTPClientRequest(url: "http://127.0.0.1:\(port)/"),
                    deadline: .now() + .seconds(30)
                )
            )
        } catch {
            result = .failure(error)
        }
        try await resources.shutdown()
        return try result.get()
    }

    /// A port where nobody listens, because somebody just stopped.
    private func freePort() async throws -> Int {
        let channel = try await Self.listen(0)
        let port = try #require(channel.localAddress?.port)
        try await channel.close()
        return port
    }

    @Test func waitsForAServiceThatIsJustStarting() async throws {
        let port = try await freePort()
        async let answer = request(port)
        try await Task.sleep(for: .milliseconds(100))
        let channel = try await Self.listen(port)
        #expect(try await answer.status == .noContent)
        try await channel.close()
    }

    @Test func doesNotWaitForEver() async throws {
        let port = try await freePort()
        await #expect(throws: (any Error).self) { try await request(port) }
    }
}
