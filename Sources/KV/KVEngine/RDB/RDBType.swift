/// The numbers by which RDB tells the forms of values apart.
enum RDBType {
    static let string: UInt8 = 0
    static let list: UInt8 = 1
    static let set: UInt8 = 2
    static let sortedSetText: UInt8 = 3
    static let hash: UInt8 = 4
    static let sortedSet: UInt8 = 5
    static let hashZipmap: UInt8 = 9
    static let listZiplist: UInt8 = 10
    static let setIntset: UInt8 = 11
    static let sortedSetZiplist: UInt8 = 12
    static let hashZiplist: UInt8 = 13
    static let listQuicklist: UInt8 = 14
    static let streamListpacks: UInt8 = 15
    static let hashListpack: UInt8 = 16
    static let sortedSetListpack: UInt8 = 17
    static let listQuicklist2: UInt8 = 18
    static let streamListpacks2: UInt8 = 19
    /// From redis 7.2, read but not written.
    static let setListpack: UInt8 = 20
    static let streamListpacks3: UInt8 = 21
    /// From redis 7.4: hashes with fields that expire.
    static let hashWithExpiry: UInt8 = 24
    static let hashListpackWithExpiry: UInt8 = 25
}
