// redis-server's arguments, redis-server's life.
import Glibc
import KVServer

exit(ServerProcess(arguments: Array(CommandLine.arguments.dropFirst())).run())
