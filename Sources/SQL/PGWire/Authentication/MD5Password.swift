import Crypto

/// PostgreSQL's md5 method: `md5` and hex(md5(hex(md5(password, user)), salt)). Kept for old clients; SCRAM is better.
public enum MD5Password {
    /// What a client sends in answer to AuthenticationMD5Password.
    public static func response(user: String, password: String, salt: [UInt8]) -> String {
        response(secret: secret(user: user, password: password), salt: salt)
    }

    /// The inner hash: what a server may keep instead of the password.
    public static func secret(user: String, password: String) -> String { hex(Array(password.utf8) + Array(user.utf8)) }

    static func response(secret: String, salt: [UInt8]) -> String { "md5" + hex(Array(secret.utf8) + salt) }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in Insecure.MD5.hash(data: bytes) {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Compares without telling by its duration where two secrets differ.
func isEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices { difference |= left[index] ^ right[index] }
    return difference == 0
}
