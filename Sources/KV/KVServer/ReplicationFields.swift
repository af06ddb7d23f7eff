extension ServerCore {
    var replicationStatistics: [(String, String)] { [] }
    var replicationFields: [(String, String)] { [("role", "master")] }
}
