import Bytes
import Testing

/// The examples of FIPS 180-4, and lengths around the padding's edge.
struct SHA256Tests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func examples(message: String, digest: String) {
        #expect(String(decoding: SHA256.hexadecimal(message.utf8), as: UTF8.self) == digest)
    }

    @Test func aMillionLetters() {
        let digest = SHA256.hexadecimal([UInt8](repeating: 97, count: 1_000_000))
        let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        #expect(String(decoding: digest, as: UTF8.self) == expected)
    }

    @Test(arguments: 50...70)
    func paddingNeedsAWholeNumberOfBlocks(count: Int) {
        #expect(SHA256.hash([UInt8](repeating: 1, count: count)).count == 32)
    }
}
