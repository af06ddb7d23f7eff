// Replies: RESP to Lua values and Lua values to RESP, by redis's rules.
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

// MARK: RESP to Lua

/// The end of the line that begins at `position`: its CR.
static const uint8_t *line_end(const uint8_t *position, const uint8_t *end) {
    const uint8_t *found = position < end ? memchr(position, '\r', (size_t)(end - position)) : NULL;
    return found == NULL ? end : found;
}

static int64_t read_integer(const uint8_t *position, const uint8_t *end) {
    int is_negative = position < end && *position == '-';
    uint64_t value = 0;
    for (position += is_negative; position < end; position++) value = value * 10 + (uint64_t)(*position - '0');
    return (int64_t)(is_negative ? 0 - value : value);
}

static const uint8_t *push_elements(
    lua_State *lua, const uint8_t *position, const uint8_t *end, int64_t count, int kind) {
    int hint = count < 0 ? 0 : count > 1 << 16 ? 1 << 16 : (int)count;
    luaL_checkstack(lua, 8, "in a reply");
    if (kind == '*') {
        lua_createtable(lua, hint, 0);
        for (int64_t index = 1; index <= count; index++) {
            position = clua_push_reply(lua, position, end);
            lua_rawseti(lua, -2, (int)index);
        }
        return position;
    }
    // {map = {…}} and {set = {…}}
    lua_createtable(lua, 0, 1);
    lua_createtable(lua, 0, hint);
    for (int64_t index = 0; index < count; index++) {
        position = clua_push_reply(lua, position, end);
        if (kind == '%') {
            position = clua_push_reply(lua, position, end);
        } else {
            lua_pushboolean(lua, 1);
        }
        if (lua_isnil(lua, -2)) {
            lua_pop(lua, 2);
        } else {
            lua_rawset(lua, -3);
        }
    }
    lua_setfield(lua, -2, kind == '%' ? "map" : "set");
    return position;
}

static void push_field(lua_State *lua, const char *name, const uint8_t *start, const uint8_t *end) {
    lua_createtable(lua, 0, 1);
    lua_pushlstring(lua, (const char *)start, (size_t)(end - start));
    lua_setfield(lua, -2, name);
}

const uint8_t *clua_push_reply(lua_State *lua, const uint8_t *position, const uint8_t *end) {
    if (position >= end) {
        lua_pushnil(lua);
        return end;
    }
    int kind = *position++;
    const uint8_t *line = line_end(position, end);
    const uint8_t *after = line + 2 > end ? end : line + 2;
    switch (kind) {
    case '$': {
        int64_t count = read_integer(position, line);
        if (count < 0 || count > end - after) {
            lua_pushboolean(lua, 0);
            return after;
        }
        lua_pushlstring(lua, (const char *)after, (size_t)count);
        after += count;
        return after + 2 > end ? end : after + 2;
    }
    case ':': lua_pushnumber(lua, (lua_Number)read_integer(position, line)); return after;
    case '+': push_field(lua, "ok", position, line); return after;
    case '-':
        clua_push_error(lua, position - 1, (size_t)(line - position + 1));
        lua_pushboolean(lua, 1);
        lua_setfield(lua, -2, "ignore_error_stats_update");
        return after;
    case '*': {
        int64_t count = read_integer(position, line);
        if (count < 0) {
            lua_pushboolean(lua, 0);
            return after;
        }
        return push_elements(lua, after, end, count, '*');
    }
    case '%':
    case '~': return push_elements(lua, after, end, read_integer(position, line), kind);
    case '_': lua_pushnil(lua); return after;
    case '#': lua_pushboolean(lua, position < end && *position == 't'); return after;
    case ',': {
        char digits[64];
        size_t count = (size_t)(line - position) < 63 ? (size_t)(line - position) : 63;
        memcpy(digits, position, count);
        digits[count] = 0;
        lua_createtable(lua, 0, 1);
        lua_pushnumber(lua, strtod(digits, NULL));
        lua_setfield(lua, -2, "double");
        return after;
    }
    case '(': push_field(lua, "big_number", position, line); return after;
    case '=': {
        int64_t count = read_integer(position, line);
        if (count < 4 || count > end - after) {
            lua_pushnil(lua);
            return after;
        }
        lua_createtable(lua, 0, 1);
        lua_createtable(lua, 0, 2);
        lua_pushlstring(lua, (const char *)after + 4, (size_t)count - 4);
        lua_setfield(lua, -2, "string");
        lua_pushlstring(lua, (const char *)after, 3);
        lua_setfield(lua, -2, "format");
        lua_setfield(lua, -2, "verbatim_string");
        after += count;
        return after + 2 > end ? end : after + 2;
    }
    default: lua_pushnil(lua); return after;
    }
}

// MARK: Lua to RESP

static void write_text(clua_state *state, const char *text) {
    state->host.write(state->context, text, (intptr_t)strlen(text));
}

static void write_header(clua_state *state, char kind, intptr_t count) {
    char header[32];
    int length = snprintf(header, sizeof header, "%c%lld\r\n", kind, (long long)count);
    state->host.write(state->context, header, length);
}

/// Bytes on one line: line ends become blanks.
static void write_line(clua_state *state, const char *bytes, size_t count) {
    size_t start = 0;
    for (size_t index = 0; index < count; index++) {
        if (bytes[index] != '\r' && bytes[index] != '\n') continue;
        state->host.write(state->context, bytes + start, (intptr_t)(index - start));
        state->host.write(state->context, " ", 1);
        start = index + 1;
    }
    state->host.write(state->context, bytes + start, (intptr_t)(count - start));
}

static void write_null(clua_state *state) { write_text(state, state->request->protocol == 2 ? "$-1\r\n" : "_\r\n"); }

static int64_t to_integer(lua_Number number) {
    // What the processor makes of a number that does not fit.
    if (!(number >= -9223372036854775808.0 && number < 9223372036854775808.0)) return INT64_MIN;
    return (int64_t)number;
}

static void write_double(clua_state *state, lua_Number number) {
    char digits[64];
    int count;
    if (isinf(number)) {
        count = snprintf(digits, sizeof digits, number > 0 ? "inf" : "-inf");
    } else {
        count = snprintf(digits, sizeof digits, "%.17g", number);
    }
    if (state->request->protocol == 2) {
        state->host.write_bulk(state->context, digits, count);
    } else {
        state->host.write(state->context, ",", 1);
        state->host.write(state->context, digits, count);
        write_text(state, "\r\n");
    }
}

/// Pushes field `name` of the table on top when it is of `type`.
static int push_typed(lua_State *lua, const char *name, int type) {
    lua_pushstring(lua, name);
    lua_rawget(lua, -2);
    if (lua_type(lua, -1) == type) return 1;
    lua_pop(lua, 1);
    return 0;
}

static void write_pairs(clua_state *state, lua_State *lua, int is_map) {
    intptr_t count = 0;
    clua_see_through(lua, lua_gettop(lua));
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        count++;
        lua_pop(lua, 1);
    }
    if (state->request->protocol == 2) {
        write_header(state, '*', is_map ? count * 2 : count);
    } else {
        write_header(state, is_map ? '%' : '~', count);
    }
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        if (!is_map) lua_pop(lua, 1);
        lua_pushvalue(lua, is_map ? -2 : -1);
        clua_write_value(state, lua);
        if (is_map) clua_write_value(state, lua);
    }
}

/// Writes `{verbatim_string = {format = …, string = …}}`; 0 when the table on top is none.
static int write_verbatim(clua_state *state, lua_State *lua) {
    if (!push_typed(lua, "verbatim_string", LUA_TTABLE) || !push_typed(lua, "format", LUA_TSTRING)) return 0;
    const char *format = lua_tostring(lua, -1);
    lua_insert(lua, -2);
    if (!push_typed(lua, "string", LUA_TSTRING)) return 0;
    size_t count;
    const char *text = lua_tolstring(lua, -1, &count);
    if (state->request->protocol == 2) {
        state->host.write_bulk(state->context, text, (intptr_t)count);
        return 1;
    }
    char three[4] = "   ";
    memcpy(three, format, strnlen(format, 3));
    write_header(state, '=', (intptr_t)count + 4);
    state->host.write(state->context, three, 3);
    write_text(state, ":");
    state->host.write(state->context, text, (intptr_t)count);
    write_text(state, "\r\n");
    return 1;
}

static void write_table(clua_state *state, lua_State *lua) {
    const int table = lua_gettop(lua);
    size_t count;
    if (push_typed(lua, "err", LUA_TSTRING)) {
        const char *text = lua_tolstring(lua, -1, &count);
        lua_pushliteral(lua, "ignore_error_stats_update");
        lua_rawget(lua, table);
        state->host.fail(state->context, text, (intptr_t)count, lua_toboolean(lua, -1));
    } else if (push_typed(lua, "ok", LUA_TSTRING)) {
        const char *text = lua_tolstring(lua, -1, &count);
        state->host.write(state->context, "+", 1);
        write_line(state, text, count);
        write_text(state, "\r\n");
    } else if (push_typed(lua, "double", LUA_TNUMBER)) {
        write_double(state, lua_tonumber(lua, -1));
    } else if (push_typed(lua, "map", LUA_TTABLE)) {
        write_pairs(state, lua, 1);
    } else if (push_typed(lua, "set", LUA_TTABLE)) {
        write_pairs(state, lua, 0);
    } else if (push_typed(lua, "big_number", LUA_TSTRING)) {
        const char *text = lua_tolstring(lua, -1, &count);
        if (state->request->protocol == 2) {
            write_header(state, '$', (intptr_t)count);
        } else {
            write_text(state, "(");
        }
        write_line(state, text, count);
        write_text(state, "\r\n");
    } else if (!write_verbatim(state, lua)) {
        lua_settop(lua, table);
        intptr_t length = 0;
        for (;;) {
            lua_rawgeti(lua, table, (int)length + 1);
            int is_end = lua_isnil(lua, -1);
            lua_pop(lua, 1);
            if (is_end) break;
            length++;
        }
        write_header(state, '*', length);
        for (intptr_t index = 1; index <= length; index++) {
            lua_rawgeti(lua, table, (int)index);
            clua_write_value(state, lua);
        }
    }
    lua_settop(lua, table);
}

void clua_write_value(clua_state *state, lua_State *lua) {
    if (!lua_checkstack(lua, 4)) {
        static const char text[] = "ERR reached lua stack limit";
        state->host.fail(state->context, text, sizeof text - 1, 0);
        lua_pop(lua, 1);
        return;
    }
    switch (lua_type(lua, -1)) {
    case LUA_TSTRING: {
        size_t count;
        const char *bytes = lua_tolstring(lua, -1, &count);
        state->host.write_bulk(state->context, bytes, (intptr_t)count);
        break;
    }
    case LUA_TBOOLEAN:
        if (state->protocol < 3) {
            if (lua_toboolean(lua, -1)) {
                state->host.write_integer(state->context, 1);
            } else {
                write_null(state);
            }
        } else if (state->request->protocol == 2) {
            state->host.write_integer(state->context, lua_toboolean(lua, -1));
        } else {
            write_text(state, lua_toboolean(lua, -1) ? "#t\r\n" : "#f\r\n");
        }
        break;
    case LUA_TNUMBER: state->host.write_integer(state->context, to_integer(lua_tonumber(lua, -1))); break;
    case LUA_TTABLE: write_table(state, lua); break;
    default: write_null(state);
    }
    lua_pop(lua, 1);
}
