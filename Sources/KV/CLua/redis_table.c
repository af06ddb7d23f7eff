// The `redis` table: commands, errors, and the little else that scripts can ask of the server.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/// Adds where it happened to an error, which becomes a table if it was none.
int clua_error_handler(lua_State *lua) {
    lua_Debug record;
    lua_settop(lua, 1);
    int is_known = lua_getstack(lua, 1, &record) && lua_getinfo(lua, "Sl", &record);
    if (is_known && strcmp(record.what, "C") == 0) {
        is_known = lua_getstack(lua, 2, &record) && lua_getinfo(lua, "Sl", &record);
    }
    if (!lua_istable(lua, 1)) {
        lua_createtable(lua, 0, 3);
        lua_pushliteral(lua, "ERR ");
        if (lua_isstring(lua, 1)) {
            lua_pushvalue(lua, 1);
        } else if (lua_isnil(lua, 1)) {
            lua_pushliteral(lua, "nil");
        } else if (lua_isboolean(lua, 1)) {
            lua_pushstring(lua, lua_toboolean(lua, 1) ? "true" : "false");
        } else {
            lua_pushfstring(lua, "%s: %p", luaL_typename(lua, 1), lua_topointer(lua, 1));
        }
        lua_concat(lua, 2);
        lua_setfield(lua, -2, "err");
        lua_replace(lua, 1);
    }
    if (is_known) {
        lua_pushstring(lua, record.source);
        lua_setfield(lua, 1, "source");
        lua_pushinteger(lua, record.currentline);
        lua_setfield(lua, 1, "line");
    }
    return 1;
}

/// Pushes an error table of `-CODE text` (the text of an error reply) or of a text without code.
void clua_push_error(lua_State *lua, const uint8_t *text, size_t count) {
    lua_createtable(lua, 0, 4);
    if (count > 0 && text[0] == '-') {
        text++;
        count--;
        while (count > 0 && (text[count - 1] == '\r' || text[count - 1] == '\n')) count--;
        if (memchr(text, ' ', count) != NULL) {
            lua_pushlstring(lua, (const char *)text, count);
            lua_setfield(lua, -2, "err");
            return;
        }
    }
    lua_pushliteral(lua, "ERR ");
    lua_pushlstring(lua, (const char *)text, count);
    lua_concat(lua, 2);
    lua_setfield(lua, -2, "err");
}

// MARK: Commands

/// Grows the room for arguments; they stay where they are until the next call.
static int make_room(clua_state *state, intptr_t count) {
    if (count <= state->argument_capacity) return 1;
    intptr_t capacity = count < 16 ? 16 : count;
    clua_slice *arguments = realloc(state->arguments, (size_t)capacity * sizeof *arguments);
    if (arguments == NULL) return 0;
    state->arguments = arguments;
    char *digits = realloc(state->digits, (size_t)capacity * 32);
    if (digits == NULL) return 0;
    state->digits = digits;
    state->argument_capacity = capacity;
    return 1;
}

static size_t write_number(char *digits, lua_Number number) {
    if (number > -1e15 && number < 1e15 && number == (lua_Number)(int64_t)number && !(number == 0 && signbit(number))) {
        int64_t value = (int64_t)number;
        uint64_t rest = value < 0 ? (uint64_t)-value : (uint64_t)value;
        char reversed[20];
        size_t count = 0, length = 0;
        do {
            reversed[count++] = (char)('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
        if (value < 0) digits[length++] = '-';
        while (count > 0) digits[length++] = reversed[--count];
        return length;
    }
    return (size_t)snprintf(digits, 32, "%.17g", number);
}

/// Takes the arguments off the stack as slices; NULL, or what is wrong with them. Numbers lie in `digits`.
static const char *take_arguments(clua_state *state, lua_State *lua, intptr_t count) {
    if (count == 0) return "Please specify at least one argument for this redis lib call";
    if (!make_room(state, count)) return "not enough memory";
    for (intptr_t index = 0; index < count; index++) {
        int type = lua_type(lua, (int)index + 1);
        clua_slice *argument = state->arguments + index;
        if (type == LUA_TSTRING) {
            size_t length;
            argument->start = (const uint8_t *)lua_tolstring(lua, (int)index + 1, &length);
            argument->count = (intptr_t)length;
        } else if (type == LUA_TNUMBER) {
            char *digits = state->digits + index * 32;
            argument->count = (intptr_t)write_number(digits, lua_tonumber(lua, (int)index + 1));
            argument->start = (const uint8_t *)digits;
        } else {
            return "Lua redis lib command arguments must be strings or integers";
        }
    }
    return NULL;
}

static int fail(lua_State *lua, const char *text, int raises) {
    clua_push_error(lua, (const uint8_t *)text, strlen(text));
    return raises ? lua_error(lua) : 1;
}

static int call_command(lua_State *lua, int raises) {
    clua_state *state = clua_of(lua);
    intptr_t count = lua_gettop(lua);
    const char *problem = take_arguments(state, lua, count);
    if (problem != NULL) return fail(lua, problem, raises);
    clua_slice reply =
        state->host.call(state->context, state->arguments, count, state->protocol, state->replication);
    const uint8_t *end = reply.start + reply.count;
    if (reply.count > 0 && reply.start[0] == '-') {
        clua_push_error(lua, reply.start, (size_t)reply.count);
        lua_pushboolean(lua, 1);
        lua_setfield(lua, -2, "ignore_error_stats_update");
        return raises ? lua_error(lua) : 1;
    }
    luaL_checkstack(lua, 4, "in a reply");
    clua_push_reply(lua, reply.start, end);
    return 1;
}

static int redis_call(lua_State *lua) { return call_command(lua, 1); }
static int redis_pcall(lua_State *lua) { return call_command(lua, 0); }

static int redis_acl_check_cmd(lua_State *lua) {
    clua_state *state = clua_of(lua);
    intptr_t count = lua_gettop(lua);
    const char *problem = take_arguments(state, lua, count);
    if (problem != NULL) return fail(lua, problem, 1);
    int outcome = state->host.check_access(state->context, state->arguments, count);
    if (outcome < 0) return fail(lua, "Invalid command passed to redis.acl_check_cmd()", 1);
    lua_pushboolean(lua, outcome);
    return 1;
}

// MARK: Replies made by scripts

static int redis_error_reply(lua_State *lua) {
    if (lua_gettop(lua) != 1 || lua_type(lua, -1) != LUA_TSTRING) return fail(lua, "wrong number or type of arguments", 0);
    size_t count;
    const char *text = lua_tolstring(lua, 1, &count);
    if (count == 0 || text[0] != '-') {
        lua_pushliteral(lua, "-");
        lua_pushvalue(lua, 1);
        lua_concat(lua, 2);
        text = lua_tolstring(lua, -1, &count);
    }
    clua_push_error(lua, (const uint8_t *)text, count);
    return 1;
}

static int redis_status_reply(lua_State *lua) {
    if (lua_gettop(lua) != 1 || lua_type(lua, -1) != LUA_TSTRING) return fail(lua, "wrong number or type of arguments", 0);
    lua_createtable(lua, 0, 1);
    lua_pushvalue(lua, 1);
    lua_setfield(lua, -2, "ok");
    return 1;
}

// MARK: The rest

static int redis_sha1hex(lua_State *lua) {
    if (lua_gettop(lua) != 1) return fail(lua, "wrong number of arguments", 1);
    size_t count = 0;
    const char *text = lua_tolstring(lua, 1, &count);
    char digits[40];
    clua_of(lua)->host.sha1(text, (intptr_t)count, digits);
    lua_pushlstring(lua, digits, 40);
    return 1;
}

static int redis_log(lua_State *lua) {
    clua_state *state = clua_of(lua);
    int count = lua_gettop(lua);
    if (count < 2) return fail(lua, "redis.log() requires two arguments or more.", 1);
    if (!lua_isnumber(lua, 1)) return fail(lua, "First argument must be a number (log level).", 1);
    int level = (int)lua_tonumber(lua, 1);
    if (level < 0 || level > 3) return fail(lua, "Invalid debug level.", 1);
    luaL_Buffer buffer;
    luaL_buffinit(lua, &buffer);
    for (int index = 2; index <= count; index++) {
        size_t length;
        const char *text = lua_tolstring(lua, index, &length);
        if (text == NULL) continue;
        if (index > 2) luaL_addchar(&buffer, ' ');
        luaL_addlstring(&buffer, text, length);
    }
    luaL_pushresult(&buffer);
    size_t length;
    const char *text = lua_tolstring(lua, -1, &length);
    state->host.log(state->context, level, text, (intptr_t)length);
    return 0;
}

static int redis_setresp(lua_State *lua) {
    if (lua_gettop(lua) != 1) return fail(lua, "redis.setresp() requires one argument.", 1);
    lua_Integer version = lua_tointeger(lua, 1);
    if (version != 2 && version != 3) return fail(lua, "RESP version must be 2 or 3.", 1);
    clua_of(lua)->protocol = (int)version;
    return 0;
}

static int redis_set_repl(lua_State *lua) {
    if (lua_gettop(lua) != 1) return fail(lua, "redis.set_repl() requires two arguments.", 1);
    lua_Number flags = lua_tonumber(lua, 1);
    if (!(flags > -2147483648.0 && flags < 2147483648.0) || ((int)flags & ~3) != 0) {
        return fail(lua, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.", 1);
    }
    clua_of(lua)->replication = (int)flags;
    return 0;
}

static int redis_replicate_commands(lua_State *lua) {
    lua_pushboolean(lua, 1);
    return 1;
}

static int redis_breakpoint(lua_State *lua) {
    lua_pushboolean(lua, 0);
    return 1;
}

static int redis_debug(lua_State *lua) {
    (void)lua;
    return 0;
}

// MARK: Registering functions

unsigned clua_flag(const char *name, size_t count) {
    static const char *const names[] = {"no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"};
    for (unsigned index = 0; index < 5; index++) {
        if (strlen(names[index]) == count && memcmp(names[index], name, count) == 0) return 1U << index;
    }
    return 0;
}

struct registration {
    clua_slice name, description;
    unsigned flags;
    int has_description;
};

static clua_slice slice_of(lua_State *lua, int index) {
    size_t count;
    const char *start = lua_tolstring(lua, index, &count);
    clua_slice slice = {(const uint8_t *)start, (intptr_t)count};
    return slice;
}

static const char *read_flags(lua_State *lua, int table, unsigned *flags) {
    for (int index = 1;; index++) {
        lua_rawgeti(lua, table, index);
        if (lua_isnil(lua, -1)) {
            lua_pop(lua, 1);
            return NULL;
        }
        if (!lua_isstring(lua, -1)) return "unknown flag given";
        size_t count;
        const char *text = lua_tolstring(lua, -1, &count);
        unsigned flag = clua_flag(text, count);
        if (flag == 0) return "unknown flag given";
        *flags |= flag;
        lua_pop(lua, 1);
    }
}

/// Reads `redis.register_function{…}`; leaves the callback at stack index 2, texts at 3 and 4, where they stay alive.
static const char *read_named(lua_State *lua, struct registration *registration) {
    if (!lua_istable(lua, 1)) {
        return "calling redis.register_function with a single argument is only applicable to Lua table (representing "
               "named arguments).";
    }
    lua_settop(lua, 1);
    lua_pushnil(lua);
    lua_pushnil(lua);
    lua_pushnil(lua);
    lua_pushnil(lua);
    while (lua_next(lua, 1)) {
        if (lua_type(lua, -2) != LUA_TSTRING && lua_type(lua, -2) != LUA_TNUMBER) {
            return "named argument key given to redis.register_function is not a string";
        }
        const char *key = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "";
        if (strcmp(key, "function_name") == 0) {
            if (!lua_isstring(lua, -1)) return "function_name argument given to redis.register_function must be a string";
            lua_replace(lua, 3);
        } else if (strcmp(key, "description") == 0) {
            if (!lua_isstring(lua, -1)) return "description argument given to redis.register_function must be a string";
            lua_replace(lua, 4);
        } else if (strcmp(key, "callback") == 0) {
            if (!lua_isfunction(lua, -1)) return "callback argument given to redis.register_function must be a function";
            lua_replace(lua, 2);
        } else if (strcmp(key, "flags") == 0) {
            if (!lua_istable(lua, -1)) {
                return "flags argument to redis.register_function must be a table representing function flags";
            }
            const char *problem = read_flags(lua, lua_gettop(lua), &registration->flags);
            if (problem != NULL) return problem;
            lua_pop(lua, 1);
        } else {
            return "unknown argument given to redis.register_function";
        }
    }
    if (lua_isnil(lua, 3)) return "redis.register_function must get a function name argument";
    if (lua_isnil(lua, 2)) return "redis.register_function must get a callback argument";
    registration->name = slice_of(lua, 3);
    registration->has_description = !lua_isnil(lua, 4);
    if (registration->has_description) registration->description = slice_of(lua, 4);
    return NULL;
}

static int redis_register_function(lua_State *lua) {
    clua_state *state = clua_of(lua);
    struct registration registration = {{NULL, 0}, {NULL, 0}, 0, 0};
    int count = lua_gettop(lua);
    const char *problem = NULL;
    if (!state->is_loading) {
        return fail(lua, "redis.register_function can only be called on FUNCTION LOAD command", 1);
    }
    if (count < 1 || count > 2) {
        problem = "wrong number of arguments to redis.register_function";
    } else if (count == 1) {
        problem = read_named(lua, &registration);
    } else if (!lua_isstring(lua, 1)) {
        problem = "first argument to redis.register_function must be a string";
    } else if (!lua_isfunction(lua, 2)) {
        problem = "second argument to redis.register_function must be a function";
    } else {
        registration.name = slice_of(lua, 1);
    }
    if (problem != NULL) return fail(lua, problem, 1);
    lua_pushvalue(lua, 2);
    int function = luaL_ref(lua, LUA_REGISTRYINDEX);
    problem = state->host.register_function(
        state->context, registration.name, registration.description, registration.has_description, registration.flags,
        function);
    if (problem != NULL) {
        luaL_unref(lua, LUA_REGISTRYINDEX, function);
        return fail(lua, problem, 1);
    }
    return 0;
}

// MARK: The tables

struct constant {
    const char *name;
    int value;
};

static void set_constants(lua_State *lua, const struct constant *constants) {
    for (; constants->name != NULL; constants++) {
        lua_pushinteger(lua, constants->value);
        lua_setfield(lua, -2, constants->name);
    }
}

static void set_functions(lua_State *lua, const luaL_Reg *functions) {
    for (; functions->name != NULL; functions++) {
        lua_pushcfunction(lua, functions->func);
        lua_setfield(lua, -2, functions->name);
    }
}

static void set_common(lua_State *lua) {
    static const struct constant levels[] = {
        {"LOG_DEBUG", 0}, {"LOG_VERBOSE", 1}, {"LOG_NOTICE", 2}, {"LOG_WARNING", 3},
        {"REDIS_VERSION_NUM", 0x0007000F}, {NULL, 0},
    };
    static const luaL_Reg functions[] = {{"log", redis_log}, {NULL, NULL}};
    set_constants(lua, levels);
    set_functions(lua, functions);
    lua_pushliteral(lua, "7.0.15");
    lua_setfield(lua, -2, "REDIS_VERSION");
}

void clua_push_redis(lua_State *lua) {
    static const struct constant replication[] = {
        {"REPL_NONE", 0}, {"REPL_AOF", 1}, {"REPL_SLAVE", 2}, {"REPL_REPLICA", 2}, {"REPL_ALL", 3}, {NULL, 0},
    };
    static const luaL_Reg functions[] = {
        {"call", redis_call}, {"pcall", redis_pcall}, {"acl_check_cmd", redis_acl_check_cmd},
        {"error_reply", redis_error_reply}, {"status_reply", redis_status_reply}, {"sha1hex", redis_sha1hex},
        {"setresp", redis_setresp}, {"set_repl", redis_set_repl}, {NULL, NULL},
    };
    static const luaL_Reg eval_functions[] = {
        {"replicate_commands", redis_replicate_commands}, {"breakpoint", redis_breakpoint}, {"debug", redis_debug},
        {NULL, NULL},
    };
    lua_newtable(lua);
    set_common(lua);
    set_constants(lua, replication);
    set_functions(lua, functions);
    if (clua_of(lua)->kind == CLUA_EVAL) set_functions(lua, eval_functions);
}

void clua_push_redis_for_load(lua_State *lua) {
    static const luaL_Reg functions[] = {{"register_function", redis_register_function}, {NULL, NULL}};
    lua_newtable(lua);
    set_common(lua);
    set_functions(lua, functions);
}
