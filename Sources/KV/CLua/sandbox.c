// The globals scripts see: a part of Lua's own, behind tables that cannot be changed.
//
// Debian's Lua has no read-only tables. A read-only table is therefore an empty one with a metatable:
//
//     script ─▶ {} ── __index ──▶ the table behind
//                  └─ __newindex ─▶ error
//
// and the few functions that would show the difference (next, pairs, rawget, rawset, getmetatable …) see through it.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/// Keys in the metatable of a view; no script can make a light userdata.
static char behind_key, shown_key;

void clua_raise(lua_State *lua, const char *text) {
    lua_createtable(lua, 0, 3);
    lua_pushfstring(lua, "ERR %s", text);
    lua_setfield(lua, -2, "err");
    lua_error(lua);
}

static int refuse_change(lua_State *lua) { return luaL_error(lua, "Attempt to modify a readonly table"); }

static int refuse_change_without_place(lua_State *lua) {
    lua_pushliteral(lua, "Attempt to modify a readonly table");
    return lua_error(lua);
}

void clua_make_readonly(lua_State *lua, int shown) {
    if (shown < 0) shown = lua_gettop(lua) + shown + 1;
    lua_newtable(lua);
    lua_createtable(lua, 0, 4);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, refuse_change);
    lua_setfield(lua, -2, "__newindex");
    lua_pushlightuserdata(lua, &behind_key);
    lua_pushvalue(lua, -4);
    lua_rawset(lua, -3);
    if (shown != 0) {
        lua_pushlightuserdata(lua, &shown_key);
        lua_pushvalue(lua, shown);
        lua_rawset(lua, -3);
    }
    lua_setmetatable(lua, -2);
    lua_remove(lua, -2);
}

int clua_see_through(lua_State *lua, int index) {
    if (!lua_istable(lua, index) || !lua_getmetatable(lua, index)) return 0;
    lua_pushlightuserdata(lua, &behind_key);
    lua_rawget(lua, -2);
    lua_remove(lua, -2);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        return 0;
    }
    lua_replace(lua, index);
    return 1;
}

static int is_view(lua_State *lua, int index) {
    lua_pushvalue(lua, index);
    int result = clua_see_through(lua, lua_gettop(lua));
    lua_pop(lua, 1);
    return result;
}

// MARK: Functions that replace Lua's

static int next(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 2);
    clua_see_through(lua, 1);
    if (lua_next(lua, 1)) return 2;
    lua_pushnil(lua);
    return 1;
}

static int pairs(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_pushvalue(lua, 1);
    lua_pushnil(lua);
    return 3;
}

static int rawget(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_checkany(lua, 2);
    lua_settop(lua, 2);
    clua_see_through(lua, 1);
    lua_rawget(lua, 1);
    return 1;
}

static int rawset(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_checkany(lua, 2);
    luaL_checkany(lua, 3);
    lua_settop(lua, 3);
    if (is_view(lua, 1)) return refuse_change_without_place(lua);
    lua_rawset(lua, 1);
    return 1;
}

static int getmetatable(lua_State *lua) {
    luaL_checkany(lua, 1);
    if (!lua_getmetatable(lua, 1)) {
        lua_pushnil(lua);
        return 1;
    }
    lua_pushlightuserdata(lua, &behind_key);
    lua_rawget(lua, -2);
    int is_readonly = !lua_isnil(lua, -1);
    lua_pop(lua, 1);
    if (is_readonly || lua_type(lua, 1) == LUA_TSTRING) {
        lua_pushlightuserdata(lua, &shown_key);
        lua_rawget(lua, -2);
        return 1;
    }
    luaL_getmetafield(lua, 1, "__metatable");
    return 1;
}

/// Runs the function that a wrapper stands for, in the wrapper's place: errors name the script's line, as ever.
static int run_wrapped(lua_State *lua) {
    return ((lua_CFunction)lua_touserdata(lua, lua_upvalueindex(1)))(lua);
}

static int setmetatable(lua_State *lua) {
    int type = lua_type(lua, 2);
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_argcheck(lua, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table expected");
    if (luaL_getmetafield(lua, 1, "__metatable")) return luaL_error(lua, "cannot change a protected metatable");
    lua_settop(lua, 2);
    if (is_view(lua, 1)) return refuse_change_without_place(lua);
    // A read-only table as metatable acts by what is in it, and a copy of the view's own would make another view.
    clua_see_through(lua, 2);
    lua_setmetatable(lua, 1);
    return 1;
}

static int table_insert(lua_State *lua) {
    if (lua_gettop(lua) > 0 && is_view(lua, 1)) return refuse_change_without_place(lua);
    return run_wrapped(lua);
}

/// table.foreach, whose first argument may be a view.
static int table_foreach(lua_State *lua) {
    if (lua_gettop(lua) > 0) clua_see_through(lua, 1);
    return run_wrapped(lua);
}

/// An error table becomes its text on the way out.
static int protected_call(lua_State *lua) {
    if (lua_gettop(lua) == 0) {
        lua_pushboolean(lua, 0);
        lua_pushliteral(lua, "attempt to call a boolean value");
        return 2;
    }
    lua_pushboolean(lua, 1);
    lua_insert(lua, 1);
    if (lua_pcall(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0) != 0) {
        if (lua_istable(lua, -1)) {
            lua_getfield(lua, -1, "err");
            if (lua_isstring(lua, -1)) {
                lua_replace(lua, -2);
            } else {
                lua_pop(lua, 1);
            }
        }
        lua_pushboolean(lua, 0);
        lua_replace(lua, 1);
    }
    return lua_gettop(lua);
}

// MARK: Compiling from scripts: text only

static int loaded(lua_State *lua, int status) {
    if (status == 0) return 1;
    lua_pushnil(lua);
    lua_insert(lua, -2);
    return 2;
}

struct text {
    const char *start;
    size_t count;
    int is_led;
};

/// Gives a blank first when the text would be taken for compiled code.
static const char *read_text(lua_State *lua, void *context, size_t *count) {
    (void)lua;
    struct text *text = context;
    if (text->count == 0) return NULL;
    if (!text->is_led && text->start[0] == LUA_SIGNATURE[0]) {
        text->is_led = 1;
        *count = 1;
        return " ";
    }
    *count = text->count;
    text->count = 0;
    return text->start;
}

static int loadstring(lua_State *lua) {
    struct text text = {0};
    text.start = luaL_checklstring(lua, 1, &text.count);
    const char *name = luaL_optstring(lua, 2, text.start);
    return loaded(lua, lua_load(lua, read_text, &text, name));
}

/// Position 1 holds the function that gives pieces, 3 the piece in use, 4 one kept back.
static const char *read_pieces(lua_State *lua, void *context, size_t *count) {
    int *is_led = context;
    luaL_checkstack(lua, 2, "too many nested functions");
    if (*is_led == 1) {
        *is_led = 2;
        return lua_tolstring(lua, 3, count);
    }
    lua_pushvalue(lua, 1);
    lua_call(lua, 0, 1);
    if (lua_isnil(lua, -1)) {
        *count = 0;
        return NULL;
    }
    if (!lua_isstring(lua, -1)) luaL_error(lua, "reader function must return a string");
    lua_replace(lua, 3);
    const char *piece = lua_tolstring(lua, 3, count);
    if (*is_led == 0) {
        *is_led = 2;
        if (*count > 0 && piece[0] == LUA_SIGNATURE[0]) {
            *is_led = 1;
            *count = 1;
            return " ";
        }
    }
    return piece;
}

static int load(lua_State *lua) {
    int is_led = 0;
    const char *name = luaL_optstring(lua, 2, "=(load)");
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    lua_settop(lua, 3);
    return loaded(lua, lua_load(lua, read_pieces, &is_led, name));
}

// MARK: Patterns

/// Lua's matcher calls itself for each item of a pattern: a pattern of a million items would use up the C stack.
#define MOST_PATTERN_ITEMS 4000

static int guarded_match(lua_State *lua) {
    if (lua_type(lua, 2) == LUA_TSTRING) {
        size_t count, items = 0;
        const char *pattern = lua_tolstring(lua, 2, &count);
        if (count > MOST_PATTERN_ITEMS) {
            for (size_t index = 0; index < count; index++) items += strchr("*+-?()", pattern[index]) != NULL;
            if (items > MOST_PATTERN_ITEMS) return luaL_error(lua, "pattern too complex");
        }
    }
    return run_wrapped(lua);
}

// MARK: Random numbers: one sequence, the same in every new server

static double draw(lua_State *lua) {
    uint64_t *random = clua_of(lua)->random;
    *random = (*random * 0x5DEECE66DULL + 0xB) & 0xFFFFFFFFFFFFULL;
    return (double)((*random >> 17) % 0x7FFFFFFF) / (double)0x7FFFFFFF;
}

static int math_random(lua_State *lua) {
    double drawn = draw(lua);
    switch (lua_gettop(lua)) {
    case 0: lua_pushnumber(lua, drawn); break;
    case 1: {
        int upper = luaL_checkint(lua, 1);
        luaL_argcheck(lua, 1 <= upper, 1, "interval is empty");
        lua_pushnumber(lua, floor(drawn * upper) + 1);
        break;
    }
    case 2: {
        int lower = luaL_checkint(lua, 1);
        int upper = luaL_checkint(lua, 2);
        luaL_argcheck(lua, lower <= upper, 2, "interval is empty");
        lua_pushnumber(lua, floor(drawn * ((double)upper - lower + 1)) + lower);
        break;
    }
    default: return luaL_error(lua, "wrong number of arguments");
    }
    return 1;
}

static int math_randomseed(lua_State *lua) {
    *clua_of(lua)->random = (uint64_t)(uint32_t)luaL_checkint(lua, 1) << 16 | 0x330E;
    return 0;
}

// MARK: Globals

static int missing_global(lua_State *lua) {
    const char *name = lua_tostring(lua, 2);
    if (lua_gettop(lua) != 2 || name == NULL) name = "?";
    return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'", name);
}

/// Names of the globals that are Lua's own.
static const char *const builtins[] = {
    "_VERSION", "assert", "collectgarbage", "error", "gcinfo", "ipairs", "rawequal", "select", "tonumber", "tostring",
    "type", "unpack", "xpcall", NULL,
};

static const luaL_Reg replacements[] = {
    {"getmetatable", getmetatable}, {"load", load}, {"loadstring", loadstring}, {"next", next},
    {"pcall", protected_call}, {"rawget", rawget}, {"rawset", rawset}, {"setmetatable", setmetatable}, {NULL, NULL},
};

static void open(lua_State *lua, lua_CFunction library, const char *name) {
    lua_pushcfunction(lua, library);
    lua_pushstring(lua, name);
    lua_call(lua, 1, 0);
}

/// Wraps field `name` of the table on top.
static void wrap(lua_State *lua, const char *name, lua_CFunction wrapper) {
    lua_getfield(lua, -1, name);
    lua_CFunction wrapped = lua_tocfunction(lua, -1);
    lua_pop(lua, 1);
    lua_pushlightuserdata(lua, (void *)wrapped);
    lua_pushcclosure(lua, wrapper, 1);
    lua_setfield(lua, -2, name);
}

/// Makes the table on top error on what it lacks, puts a view of it into `globals` or leaves it on top.
static void refuse_missing(lua_State *lua) {
    lua_newtable(lua);
    lua_pushcfunction(lua, missing_global);
    lua_setfield(lua, -2, "__index");
    lua_pushvalue(lua, -1);
    lua_setmetatable(lua, -3);
    clua_make_readonly(lua, 0);
}

int clua_build_sandbox(lua_State *lua) {
    clua_state *state = clua_of(lua);
    open(lua, luaopen_base, "");
    open(lua, luaopen_table, LUA_TABLIBNAME);
    open(lua, luaopen_string, LUA_STRLIBNAME);
    open(lua, luaopen_math, LUA_MATHLIBNAME);
    lua_settop(lua, 0);
    lua_newtable(lua);
    const int globals = 1;
    for (const char *const *name = builtins; *name != NULL; name++) {
        lua_getfield(lua, LUA_GLOBALSINDEX, *name);
        lua_setfield(lua, globals, *name);
    }
    for (const luaL_Reg *function = replacements; function->name != NULL; function++) {
        lua_pushcfunction(lua, function->func);
        lua_setfield(lua, globals, function->name);
    }
    lua_getfield(lua, globals, "next");
    lua_pushcclosure(lua, pairs, 1);
    lua_setfield(lua, globals, "pairs");

    lua_getfield(lua, LUA_GLOBALSINDEX, "coroutine");
    clua_make_readonly(lua, 0);
    lua_setfield(lua, globals, "coroutine");

    lua_getfield(lua, LUA_GLOBALSINDEX, "table");
    wrap(lua, "insert", table_insert);
    wrap(lua, "foreach", table_foreach);
    clua_make_readonly(lua, 0);
    lua_setfield(lua, globals, "table");

    lua_getfield(lua, LUA_GLOBALSINDEX, "math");
    lua_pushcfunction(lua, math_random);
    lua_setfield(lua, -2, "random");
    lua_pushcfunction(lua, math_randomseed);
    lua_setfield(lua, -2, "randomseed");
    clua_make_readonly(lua, 0);
    lua_setfield(lua, globals, "math");

    lua_getfield(lua, LUA_GLOBALSINDEX, "string");
    wrap(lua, "find", guarded_match);
    wrap(lua, "match", guarded_match);
    wrap(lua, "gmatch", guarded_match);
    wrap(lua, "gfind", guarded_match);
    wrap(lua, "gsub", guarded_match);
    clua_make_readonly(lua, 0);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, globals, "string");
    // What scripts see as the metatable of strings.
    lua_newtable(lua);
    lua_insert(lua, -2);
    lua_setfield(lua, -2, "__index");
    clua_make_readonly(lua, 0);
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    lua_pushlightuserdata(lua, &shown_key);
    lua_pushvalue(lua, -4);
    lua_rawset(lua, -3);
    lua_settop(lua, globals);

    static const luaL_Reg libraries[] = {
        {"cjson", clua_open_cjson}, {"cmsgpack", clua_open_cmsgpack}, {"struct", clua_open_struct},
        {"bit", clua_open_bit}, {NULL, NULL},
    };
    for (const luaL_Reg *library = libraries; library->name != NULL; library++) {
        library->func(lua);
        clua_make_readonly(lua, 0);
        lua_setfield(lua, globals, library->name);
    }
    clua_push_redis(lua);
    clua_make_readonly(lua, 0);
    lua_setfield(lua, globals, "redis");
    if (state->kind == CLUA_EVAL) {
        lua_pushcfunction(lua, clua_error_handler);
        lua_setfield(lua, globals, "__redis__err__handler");
    }

    // The table that scripts have for globals is an empty one in front of these.
    refuse_missing(lua);
    lua_pushvalue(lua, globals);
    clua_make_readonly(lua, 2);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, globals, "_G");
    lua_getmetatable(lua, -1);
    state->proxy_metatable = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_replace(lua, LUA_GLOBALSINDEX);
    lua_pushvalue(lua, globals);
    state->globals = luaL_ref(lua, LUA_REGISTRYINDEX);

    if (state->kind == CLUA_FUNCTIONS) {
        lua_newtable(lua);
        clua_push_redis_for_load(lua);
        refuse_missing(lua);
        lua_pop(lua, 1);
        clua_make_readonly(lua, 0);
        lua_setfield(lua, -2, "redis");
        refuse_missing(lua);
        lua_pop(lua, 1);
        state->load_globals = luaL_ref(lua, LUA_REGISTRYINDEX);
    }
    lua_settop(lua, 0);
    return 0;
}
