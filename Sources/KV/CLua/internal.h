// What the files of this module share.
#ifndef CLUA_INTERNAL_H
#define CLUA_INTERNAL_H

#include <lua5.1/lauxlib.h>
#include <lua5.1/lua.h>
#include <lua5.1/lualib.h>

#include "clua.h"

struct clua_state {
    lua_State *lua;
    clua_host host;
    void *context;
    size_t used;
    size_t limit;
    int kind;
    /// RESP version of the replies scripts see; REPL_* flags of their writes.
    int protocol;
    int replication;
    /// FUNCTION LOAD is running.
    int is_loading;
    const clua_run_request *request;
    /// Arguments of the present redis.call, and the digits of those that are numbers.
    clua_slice *arguments;
    char *digits;
    intptr_t argument_capacity;
    /// The last failure's text.
    char *message;
    size_t message_count;
    /// State of math.random, as drand48's.
    uint64_t *random;
    /// References in the registry.
    int globals, proxy_metatable, load_globals, handler, run, load, keys, argv;
};

/// The state a Lua thread belongs to.
clua_state *clua_of(lua_State *lua);

/// Builds globals and libraries on a fresh Lua state; to be called protected.
int clua_build_sandbox(lua_State *lua);
/// Replaces the table on top by a read-only view of it; `shown` (a stack index or 0) is what getmetatable answers.
void clua_make_readonly(lua_State *lua, int shown);
/// If the value at `index` is a read-only view, replaces it by the table behind. Returns whether it was one.
int clua_see_through(lua_State *lua, int index);
void clua_raise(lua_State *lua, const char *text);

void clua_push_redis(lua_State *lua);
void clua_push_redis_for_load(lua_State *lua);
int clua_error_handler(lua_State *lua);
void clua_push_error(lua_State *lua, const uint8_t *text, size_t count);

/// Pushes a reply as a Lua value. Returns where it ends; `end` when it was cut short.
const uint8_t *clua_push_reply(lua_State *lua, const uint8_t *position, const uint8_t *end);
/// Writes the value on top of the stack as a reply and pops it.
void clua_write_value(clua_state *state, lua_State *lua);

/// Bytes that grow; in a userdata, so that they are freed however the function that gathers them ends.
struct clua_buffer {
    lua_State *lua;
    char *bytes;
    size_t count, capacity;
};
/// Pushes a buffer.
struct clua_buffer *clua_new_buffer(lua_State *lua);
/// Room for `count` more bytes, or a Lua error.
char *clua_reserve(struct clua_buffer *buffer, size_t count);
void clua_append(struct clua_buffer *buffer, const void *bytes, size_t count);
/// Pushes the bytes as a string and frees them.
void clua_push_buffer(struct clua_buffer *buffer);

int clua_open_cjson(lua_State *lua);
int clua_open_cmsgpack(lua_State *lua);
int clua_open_struct(lua_State *lua);
int clua_open_bit(lua_State *lua);

#endif
