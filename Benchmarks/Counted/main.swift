// counted               names every hot path
// counted NAME TIMES    runs one, for `Benchmarks/count-instructions` to count under callgrind
//
// Not asynchronous and without threads, so that valgrind sees nothing but the path.
import HotPaths

let arguments = CommandLine.arguments.dropFirst()
if arguments.isEmpty {
    for path in HotPath.all { print(path.name) }
} else if arguments.count == 2, let path = HotPath.all.first(where: { $0.name == arguments[1] }),
    let times = Int(arguments[2]), times > 0
{
    path.prepare()(times)
} else {
    print("usage: counted [NAME TIMES]; without arguments it lists the names")
}
