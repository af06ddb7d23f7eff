// Lua 5.1 (Debian's liblua5.1, linked statically) as redis scripts see it: the sandbox, the redis table and the four
// libraries. Everything that can raise a Lua error lives here, in C: lua_error is a longjmp, and no Swift frame lies
// between it and the pcall that catches it. Swift is called through `clua_host`, and those functions just return.
//
//     engine ── clua_run ──▶ pcall ─▶ script ─▶ redis.call ── host.call ──▶ engine
//                                                          ◀─ reply bytes ─
//            ◀─ host.write, host.fail ── the script's result, converted
#ifndef CLUA_H
#define CLUA_H

#include <stddef.h>
#include <stdint.h>

/// One Lua state. Confined to the engine's thread.
typedef struct clua_state clua_state;

typedef struct {
    const uint8_t *start;
    intptr_t count;
} clua_slice;

/// What a state asks of the engine. `context` is what the running `clua_run` or `clua_load_library` was given.
typedef struct {
    /// Runs a command; returns its reply, valid until the next call.
    clua_slice (*call)(void *context, const clua_slice *arguments, intptr_t count, int protocol, int replication);
    /// Appends reply bytes for the client.
    void (*write)(void *context, const void *bytes, intptr_t count);
    void (*write_bulk)(void *context, const void *bytes, intptr_t count);
    void (*write_integer)(void *context, int64_t value);
    /// Appends an error reply, counted in the statistics unless it was already.
    void (*fail)(void *context, const void *text, intptr_t count, int is_counted);
    /// Called now and then while a script runs; CLUA_CONTINUE or how it ends.
    int (*interrupt)(void *context);
    void (*log)(void *context, int level, const void *text, intptr_t count);
    /// 1 allowed, 0 denied, -1 no such command.
    int (*check_access)(void *context, const clua_slice *arguments, intptr_t count);
    /// Forty hexadecimal digits.
    void (*sha1)(const void *bytes, intptr_t count, char *digits);
    /// A library registers a function. Returns NULL, or what is wrong.
    const char *(*register_function)(
        void *context, clua_slice name, clua_slice description, int has_description, unsigned flags, int function);
} clua_host;

enum { CLUA_CONTINUE = 0, CLUA_KILL_SCRIPT = 1, CLUA_TIMEOUT = 2 };
enum { CLUA_EVAL = 0, CLUA_FUNCTIONS = 1 };
enum {
    CLUA_NO_WRITES = 1, CLUA_ALLOW_OOM = 2, CLUA_ALLOW_STALE = 4, CLUA_NO_CLUSTER = 8, CLUA_CROSS_SLOT = 16,
};

/// What math.random starts from in a new server.
#define CLUA_RANDOM_SEED 0x1234ABCD330EULL

/// A fresh state whose memory never exceeds `memory_limit` bytes; NULL when there is no memory. `random` is the state of
/// math.random, which all states of a server share.
clua_state *clua_new(int kind, size_t memory_limit, const clua_host *host, uint64_t *random);
void clua_free(clua_state *state);

/// Bytes the state holds.
size_t clua_memory(const clua_state *state);

/// Compiles an EVAL script. Returns the function's reference (> 0), or 0 and the message, valid until the next use.
int clua_compile(clua_state *state, clua_slice body, clua_slice *message);

/// Runs the code of a library, which registers functions. Returns 0, or the kind of failure with its message.
enum { CLUA_LOADED = 0, CLUA_COMPILE_ERROR = 1, CLUA_RUN_ERROR = 2 };
int clua_load_library(clua_state *state, clua_slice code, void *context, clua_slice *message);

/// Forgets a function.
void clua_forget(clua_state *state, int function);

/// One run of a script or function.
typedef struct {
    int function;
    const clua_slice *keys;
    intptr_t key_count;
    const clua_slice *arguments;
    intptr_t argument_count;
    /// The SHA or the function's name, for error messages.
    clua_slice name;
    /// The client's RESP version.
    int protocol;
} clua_run_request;

/// Runs it and writes its reply. Returns 0, or -1 when memory ran out and what was written must be taken back.
int clua_run(clua_state *state, const clua_run_request *request, void *context);

/// How many slots a flag word has, and a flag by its name; 0 for none.
unsigned clua_flag(const char *name, size_t count);

#endif
