import Testing

@testable import PGWire

/// The exchange printed in RFC 7677, section 3 (user "user", password "pencil").
@Suite struct SCRAMVectorTests {
    @Test func rfc7677() {
        let salt = Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ==")
        let salted = SCRAM.saltedPassword(Array("pencil".utf8), salt: salt ?? [], iterations: 4096)
        let message = Array(
            ("n=user,r=rOprNGfwEbeRWgbNEkqO,"
                + "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
                + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0").utf8
        )
        let clientKey = SCRAM.hmac(salted, Array("Client Key".utf8))
        let proof = SCRAM.xor(clientKey, SCRAM.hmac(SCRAM.sha256(clientKey), message))
        #expect(Base64.encode(proof) == "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
        let signature = SCRAM.hmac(SCRAM.hmac(salted, Array("Server Key".utf8)), message)
        #expect(Base64.encode(signature) == "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    }

    @Test func base64() {
        for (text, encoded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            #expect(Base64.encode(Array(text.utf8)) == encoded)
            #expect(Base64.decode(encoded) == Array(text.utf8))
        }
        for broken in ["Z", "Zg", "Zg=", "Z===", "Zg==Zg==", "Zm9?", "=Zg="] { #expect(Base64.decode(broken) == nil) }
    }
}
