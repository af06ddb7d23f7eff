import Commerce
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceRuntime
import Testing

@testable import Product

/// The catalog's calls over a catalog in memory.
struct ProductTests {
    private static let items = [
        CatalogItem(
            id: "aaaaaaaa",
            name: "Sweet Tea",
            category: "drinks",
            price: 3.5,
            rating: 5,
            reviews: 2,
            filename: "sweet-tea.jpeg",
            description: "100% sugar_free \\ iced",
            alcoholic: "non-alcoholic",
            temperature: "cold",
            type: "tea"
        ),
        CatalogItem(id: "bbbbbbbb", name: "Beans", price: 12, rating: 4.8, description: "for coffee"),
        CatalogItem(id: "cccccccc", name: "Apple \"Juice\"", price: 0.1, rating: 4.8, description: nil),
        CatalogItem(id: "dddddddd", name: "Apple \"Juice\"", price: nil, rating: 4.8),
        CatalogItem(id: "eeeeeeee", name: nil, price: .nan, rating: nil, description: "TEAspoon"),
    ]

    private func test(_ body: @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        let resources = ServiceResources(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let service = ProductService(
            .init(
                service: .init(name: "product", bind: Endpoint(host: "127.0.0.1", port: 0)),
                productData: Endpoint(host: "127.0.0.1", port: 1)
            ),
            resources,
            repository: MemoryCatalogRepository(Self.items.shuffled())
        )
        try await service.http.application.test(.router, body)
        try await resources.shutdown()
    }

    /// The ids of an answer, in order, and the total if there is one.
    private static func ids(_ buffer: ByteBuffer) throws -> (ids: [String], total: Int?) {
        let json = try JSONValue(parsing: String(buffer: buffer))
        let products = json.array ?? json["results"]?.array ?? []
        return (
            products.compactMap { $0["id"]?.string?.prefix(1).description },
            json["meta"]?["page"]?["total_results"]?.int
        )
    }

    @Test(arguments: [HTTPRequest.Method.get, .post])
    func findsDocuments(method: HTTPRequest.Method) async throws {
        try await test { client async throws in
            for (body, expected) in [
                ("", "abcde"), ("[]", "abcde"), ("null", "abcde"), (#"["bbbbbbbb","aaaaaaaa"]"#, "ab"),
                (#"["zzzzzzzz","dddddddd","not an id","dddddddd"]"#, "d"), (#"["zzzzzzzz"]"#, ""), (#"["';--"]"#, ""),
            ] {
                // Equal ratings: by name, "Apple" before "Beans", then by id.
                let order = expected == "abcde" ? "acdbe" : expected
                let response = try await client.execute(
                    uri: "/documents",
                    method: method,
                    body: ByteBuffer(string: body)
                )
                #expect(response.status == .ok)
                #expect(try Self.ids(response.body).ids.joined() == order, "\(body)")
            }
        }
    }

    @Test(arguments: [
        ("", "acdbe", 5), ("{}", "acdbe", 5), (#"{"query":""}"#, "acdbe", 5),
        (#"{"query":null,"page":null}"#, "acdbe", 5),
        (#"{"query":"TEA"}"#, "ae", 2), (#"{"query":"juice"}"#, "cd", 2), (#"{"query":"%"}"#, "a", 1),
        (#"{"query":"_"}"#, "a", 1),
        (#"{"query":"\\"}"#, "a", 1), (#"{"query":"nothing"}"#, "", 0), (#"{"page":{"size":2}}"#, "ac", 5),
        (#"{"page":{"size":2,"from":2}}"#, "db", 5), (#"{"page":{"size":"all","from":4}}"#, "e", 5),
        (#"{"page":{"from":9}}"#, "", 5), (#"{"page":{"size":0}}"#, "", 5),
        (#"{"query":"tea","page":{"size":1}}"#, "a", 2),
    ])
    func searches(body: String, ids: String, total: Int) async throws {
        try await test { client async throws in
            for path in ["/search", "/suggestions"] {
                for method in [HTTPRequest.Method.get, .post] {
                    let response = try await client.execute(uri: path, method: method, body: ByteBuffer(string: body))
                    #expect(response.status == .ok)
                    let found = try Self.ids(response.body)
                    #expect(found.ids.joined() == ids)
                    #expect(found.total == total)
                }
            }
        }
    }

    @Test func writesProducts() async throws {
        try await test { client async throws in
            let response = try await client.execute(
                uri: "/documents",
                method: .post,
                body: ByteBuffer(string: #"["aaaaaaaa","eeeeeeee"]"#)
            )
            #expect(
                String(buffer: response.body)
                    == #"[{"id":"aaaaaaaa","name":"Sweet Tea","category":"drinks","price":3.5,"rating":5,"reviews":2,"#
                    + #""filename":"sweet-tea.jpeg","description":"100% sugar_free \\ iced","alcoholic":"non-alcoholic","#
                    + #""temperature":"cold","type":"tea"},"#
                    + #"{"id":"eeeeeeee","name":null,"category":null,"price":null,"rating":null,"reviews":null,"filename":null,"#
                    + #""description":"TEAspoon","alcoholic":null,"temperature":null,"type":null}]"#
            )
        }
    }

    @Test(arguments: [
        ("/documents", "{}"), ("/documents", "[1]"), ("/documents", "["), ("/search", "[]"),
        ("/search", #"{"query":1}"#),
        ("/search", #"{"page":[]}"#), ("/search", #"{"page":{"size":-1}}"#), ("/search", #"{"page":{"size":"6"}}"#),
        ("/search", #"{"page":{"size":1.5}}"#), ("/search", #"{"page":{"size":10001}}"#),
        ("/search", #"{"page":{"from":-1}}"#),
        ("/search", #"{"query":"a\u0000b"}"#), ("/search", "not json"),
    ])
    func refusesWhatIsNoSearch(path: String, body: String) async throws {
        try await test { client async throws in
            let response = try await client.execute(uri: path, method: .post, body: ByteBuffer(string: body))
            #expect(response.status == .badRequest)
            #expect(response.headers[.contentType] == "application/problem+json")
        }
    }

    @Test func answersOtherMethods() async throws {
        try await test { client async throws in
            let head = try await client.execute(uri: "/documents", method: .head)
            #expect(head.body.readableBytes == 0)
            #expect(
                try await client.execute(uri: "/search", method: .delete).headers[.allow] == "GET, POST, HEAD, OPTIONS"
            )
            #expect(try await client.execute(uri: "/unknown", method: .get).status == .notFound)
            #expect(try await client.execute(uri: "/", method: .get).status == .ok)
        }
    }

    @Test(arguments: [
        ("", "%%"), ("tea", "%tea%"), ("100%", "%100\\%%"), ("a_b", "%a\\_b%"), ("\\", "%\\\\%"), ("é'", "%é'%"),
    ])
    func escapesPatterns(text: String, pattern: String) {
        #expect(SQLCatalogRepository.pattern(containing: text) == pattern)
    }
}
