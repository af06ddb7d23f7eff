// A Lua state: its memory, compiling, running, and the ways a run ends.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/// Instructions between two looks at the clock.
#define HOOK_INTERVAL 100000

static void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
    clua_state *state = context;
    if (block == NULL) old_size = 0;
    if (new_size == 0) {
        free(block);
        state->used -= old_size;
        return NULL;
    }
    if (new_size > old_size && new_size - old_size > state->limit - state->used) return NULL;
    void *moved = realloc(block, new_size);
    if (moved != NULL) state->used = state->used - old_size + new_size;
    return moved;
}

clua_state *clua_of(lua_State *lua) {
    void *context;
    lua_getallocf(lua, &context);
    return context;
}

size_t clua_memory(const clua_state *state) { return state->used; }

static void keep_message(clua_state *state, const char *text, size_t count) {
    free(state->message);
    state->message = malloc(count + 1);
    state->message_count = state->message == NULL ? 0 : count;
    if (state->message != NULL) memcpy(state->message, text, count);
}

static clua_slice message_of(const clua_state *state) {
    clua_slice slice = {(const uint8_t *)state->message, (intptr_t)state->message_count};
    return slice;
}

/// Collects what a greedy script left behind: Lua by itself would wait until as much again is asked for, and the
/// limit would be hit first.
static void recover_memory(clua_state *state) {
    if (state->used > state->limit / 8) lua_gc(state->lua, LUA_GCCOLLECT, 0);
}

// MARK: The time limit

static void hook(lua_State *lua, lua_Debug *record) {
    (void)record;
    clua_state *state = clua_of(lua);
    switch (state->host.interrupt(state->context)) {
    case CLUA_KILL_SCRIPT:
        // From now on every line raises: a script that catches errors must not live on.
        lua_sethook(lua, hook, LUA_MASKLINE, 0);
        clua_raise(lua, "Script killed by user with SCRIPT KILL...");
        break;
    case CLUA_TIMEOUT:
        lua_sethook(lua, hook, LUA_MASKLINE, 0);
        clua_raise(lua, "FUNCTION LOAD timeout");
        break;
    default: break;
    }
}

// MARK: Running

static int push_slices(lua_State *lua, const clua_slice *slices, intptr_t count) {
    lua_createtable(lua, count < 1 << 20 ? (int)count : 1 << 20, 0);
    for (intptr_t index = 0; index < count; index++) {
        lua_pushlstring(lua, (const char *)slices[index].start, (size_t)slices[index].count);
        lua_rawseti(lua, -2, (int)index + 1);
    }
    return 1;
}

/// Fills the table that an earlier run used for KEYS or ARGV: no script can keep it, as nothing of a script outlives
/// its run. Whatever a script left in it, it is given up.
static void refill(lua_State *lua, int *reference, const char *name, const clua_slice *slices, intptr_t count) {
    clua_state *state = clua_of(lua);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, *reference);
    int is_usable = count <= 8 && !lua_getmetatable(lua, -1);
    if (is_usable) {
        for (intptr_t index = 0; index < count; index++) {
            lua_pushlstring(lua, (const char *)slices[index].start, (size_t)slices[index].count);
            lua_rawseti(lua, -2, (int)index + 1);
        }
        intptr_t found = 0;
        lua_pushnil(lua);
        while (lua_next(lua, -2)) {
            lua_pop(lua, 1);
            if (++found > count) {
                lua_pop(lua, 1);
                break;
            }
        }
        is_usable = found == count;
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, state->globals);
    lua_pushstring(lua, name);
    if (is_usable) {
        lua_pushvalue(lua, -3);
    } else {
        push_slices(lua, slices, count);
        lua_pushvalue(lua, -1);
        lua_rawseti(lua, LUA_REGISTRYINDEX, *reference);
    }
    lua_rawset(lua, -3);
}

static void report(clua_state *state, lua_State *lua) {
    const clua_run_request *request = state->request;
    if (lua_type(lua, -1) != LUA_TTABLE) {
        const char *text = lua_isstring(lua, -1) ? lua_tostring(lua, -1) : "execution failure";
        lua_pushlstring(lua, (const char *)request->name.start, (size_t)request->name.count);
        lua_pushfstring(lua, "ERR Error running script %s, ", lua_tostring(lua, -1));
        lua_pushlstring(lua, text, strnlen(text, 100));
        lua_concat(lua, 2);
    } else {
        int table = lua_gettop(lua);
        lua_getfield(lua, table, "ignore_error_stats_update");
        int is_counted = lua_toboolean(lua, -1);
        lua_getfield(lua, table, "err");
        // A table without a text is no error that anybody described.
        if (!lua_isstring(lua, -1)) lua_pushliteral(lua, "ERR unknown error");
        const int text = lua_gettop(lua);
        lua_getfield(lua, table, "source");
        lua_getfield(lua, table, "line");
        if (lua_isstring(lua, -1) && lua_isstring(lua, -2)) {
            lua_pushvalue(lua, text);
            lua_pushliteral(lua, " script: ");
            lua_pushlstring(lua, (const char *)request->name.start, (size_t)request->name.count);
            lua_pushliteral(lua, ", on ");
            lua_pushvalue(lua, text + 1);
            lua_pushliteral(lua, ":");
            lua_pushvalue(lua, text + 2);
            lua_pushliteral(lua, ".");
            lua_concat(lua, 8);
        } else {
            lua_pushvalue(lua, text);
        }
        size_t count;
        const char *bytes = lua_tolstring(lua, -1, &count);
        state->host.fail(state->context, bytes, (intptr_t)count, is_counted);
        return;
    }
    size_t count;
    const char *bytes = lua_tolstring(lua, -1, &count);
    state->host.fail(state->context, bytes, (intptr_t)count, 0);
}

static int run_protected(lua_State *lua) {
    clua_state *state = clua_of(lua);
    const clua_run_request *request = state->request;
    int count = 0;
    if (state->kind == CLUA_EVAL) {
        refill(lua, &state->keys, "KEYS", request->keys, request->key_count);
        refill(lua, &state->argv, "ARGV", request->arguments, request->argument_count);
        lua_settop(lua, 0);
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, state->handler);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, request->function);
    if (state->kind == CLUA_FUNCTIONS) {
        count = push_slices(lua, request->keys, request->key_count);
        count += push_slices(lua, request->arguments, request->argument_count);
    }
    if (lua_pcall(lua, count, 1, 1) != 0) {
        report(state, lua);
    } else {
        clua_write_value(state, lua);
    }
    return 0;
}

int clua_run(clua_state *state, const clua_run_request *request, void *context) {
    lua_State *lua = state->lua;
    void *outer = state->context;
    state->context = context;
    state->request = request;
    state->protocol = 2;
    state->replication = 3;
    lua_sethook(lua, hook, LUA_MASKCOUNT, HOOK_INTERVAL);
    lua_settop(lua, 0);
    // Neither allocates, so nothing can be raised outside of the pcall.
    lua_rawgeti(lua, LUA_REGISTRYINDEX, state->run);
    int status = lua_pcall(lua, 0, 0, 0);
    lua_settop(lua, 0);
    recover_memory(state);
    state->request = NULL;
    state->context = outer;
    // One huge call must not keep its table for ever.
    if (state->argument_capacity > 4096) {
        free(state->arguments);
        free(state->digits);
        state->arguments = NULL;
        state->digits = NULL;
        state->argument_capacity = 0;
    }
    return status == 0 ? 0 : -1;
}

// MARK: Compiling

struct compilation {
    clua_slice body;
    int function;
    int failure;
};

static int compile_protected(lua_State *lua) {
    clua_state *state = clua_of(lua);
    struct compilation *compilation = lua_touserdata(lua, 1);
    const char *body = (const char *)compilation->body.start;
    size_t count = (size_t)compilation->body.count;
    const char *name = state->kind == CLUA_EVAL ? "@user_script" : "@user_function";
    int status;
    if (count > 0 && body[0] == LUA_SIGNATURE[0]) {
        // Compiled code is never taken from outside: Lua does not check it. A blank makes the parser see text.
        lua_pushliteral(lua, " ");
        lua_pushlstring(lua, body, count);
        lua_concat(lua, 2);
        body = lua_tolstring(lua, -1, &count);
    }
    status = luaL_loadbuffer(lua, body, count, name);
    if (status != 0) {
        compilation->failure = CLUA_COMPILE_ERROR;
        return lua_error(lua);
    }
    if (state->kind == CLUA_EVAL) {
        compilation->function = luaL_ref(lua, LUA_REGISTRYINDEX);
        return 0;
    }
    compilation->failure = CLUA_RUN_ERROR;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, state->handler);
    lua_insert(lua, -2);
    if (lua_pcall(lua, 0, 0, lua_gettop(lua) - 1) != 0) return lua_error(lua);
    compilation->failure = CLUA_LOADED;
    return 0;
}

static int read_failure(lua_State *lua) {
    clua_state *state = clua_of(lua);
    if (lua_istable(lua, 1)) {
        lua_getfield(lua, 1, "err");
        lua_replace(lua, 1);
    }
    size_t count = 0;
    const char *text = lua_isstring(lua, 1) ? lua_tolstring(lua, 1, &count) : NULL;
    if (text == NULL) {
        text = "ERR unknown error";
        count = strlen(text);
    }
    keep_message(state, text, count);
    return 0;
}

static int compile(clua_state *state, struct compilation *compilation) {
    lua_State *lua = state->lua;
    lua_settop(lua, 0);
    int status = lua_cpcall(lua, compile_protected, compilation);
    if (status == 0) return CLUA_LOADED;
    keep_message(state, "not enough memory", 17);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, state->load);
    lua_insert(lua, 1);
    lua_pcall(lua, 1, 0, 0);
    lua_settop(lua, 0);
    recover_memory(state);
    return compilation->failure == CLUA_LOADED ? CLUA_RUN_ERROR : compilation->failure;
}

int clua_compile(clua_state *state, clua_slice body, clua_slice *message) {
    struct compilation compilation = {body, 0, CLUA_COMPILE_ERROR};
    if (compile(state, &compilation) == CLUA_LOADED) return compilation.function;
    *message = message_of(state);
    return 0;
}

/// Points the globals of library code at the little it may use while it loads, or back.
static void show_globals(clua_state *state, int reference) {
    lua_State *lua = state->lua;
    lua_settop(lua, 0);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, state->proxy_metatable);
    lua_pushliteral(lua, "__index");
    lua_rawgeti(lua, LUA_REGISTRYINDEX, reference);
    lua_rawset(lua, -3);
    lua_settop(lua, 0);
}

int clua_load_library(clua_state *state, clua_slice code, void *context, clua_slice *message) {
    struct compilation compilation = {code, 0, CLUA_COMPILE_ERROR};
    void *outer = state->context;
    state->context = context;
    state->is_loading = 1;
    show_globals(state, state->load_globals);
    lua_sethook(state->lua, hook, LUA_MASKCOUNT, HOOK_INTERVAL);
    int failure = compile(state, &compilation);
    show_globals(state, state->globals);
    lua_sethook(state->lua, hook, LUA_MASKCOUNT, HOOK_INTERVAL);
    state->is_loading = 0;
    state->context = outer;
    if (failure != CLUA_LOADED) *message = message_of(state);
    return failure;
}

void clua_forget(clua_state *state, int function) { luaL_unref(state->lua, LUA_REGISTRYINDEX, function); }

// MARK: Life

static int build(lua_State *lua) {
    clua_state *state = clua_of(lua);
    clua_build_sandbox(lua);
    lua_pushcfunction(lua, clua_error_handler);
    state->handler = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_pushcfunction(lua, run_protected);
    state->run = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_pushcfunction(lua, read_failure);
    state->load = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_newtable(lua);
    state->keys = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_newtable(lua);
    state->argv = luaL_ref(lua, LUA_REGISTRYINDEX);
    return 0;
}

clua_state *clua_new(int kind, size_t memory_limit, const clua_host *host, uint64_t *random) {
    clua_state *state = calloc(1, sizeof *state);
    if (state == NULL) return NULL;
    state->kind = kind;
    state->limit = memory_limit;
    state->host = *host;
    state->random = random;
    state->lua = lua_newstate(allocate, state);
    if (state->lua == NULL || lua_cpcall(state->lua, build, NULL) != 0) {
        clua_free(state);
        return NULL;
    }
    lua_sethook(state->lua, hook, LUA_MASKCOUNT, HOOK_INTERVAL);
    lua_gc(state->lua, LUA_GCCOLLECT, 0);
    return state;
}

void clua_free(clua_state *state) {
    if (state->lua != NULL) lua_close(state->lua);
    free(state->arguments);
    free(state->digits);
    free(state->message);
    free(state);
}
