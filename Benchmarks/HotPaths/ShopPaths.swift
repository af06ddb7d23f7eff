import Commerce

extension HotPath {
    /// What a service does for each request beside its data server: JSON in and out.
    static var shop: [HotPath] {
        [
            HotPath("shop/write-product-json") {
                { count in
                    for _ in 0..<count {
                        var json = JSONWriter()
                        json.object { json in
                            json.member("id", "f95e2475")
                            json.member("name", "Sweet Tea")
                            json.member("price", 3.5)
                            json.member("rating", 5.0)
                            json.member("reviews", 2)
                            json.member("filename", "sweet-tea.jpeg")
                            json.member("description", "Black tea, cooled and sweetened, for a slow afternoon.")
                            json.member("type", "tea")
                        }
                        use(json.bytes.count)
                    }
                }
            },
            HotPath("shop/parse-search-json") {
                let body = Array(#"{"query":"tea","page":{"size":6,"from":12},"session_id":"a.b"}"#.utf8)
                return { count in
                    for _ in 0..<count { use(parse(body)) }
                }
            },
        ]
    }

    private static func parse(_ body: [UInt8]) -> JSONValue {
        do {
            return try body.withUnsafeBytes { bytes throws(JSONError) in try JSONValue(parsing: bytes) }
        } catch {
            preconditionFailure("the body is JSON: \(error)")
        }
    }
}
