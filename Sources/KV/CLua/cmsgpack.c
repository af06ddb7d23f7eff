// The cmsgpack library: Lua values to MessagePack and back.
#include <limits.h>
#include <math.h>
#include <string.h>

#include "internal.h"

/// Tables nested deeper than this are written as nil.
#define MOST_NESTING 16

// MARK: Packing

/// A byte and an integer of `size` bytes behind it, most significant first.
static void append_tagged(struct clua_buffer *packed, int tag, uint64_t value, int size) {
    unsigned char bytes[9];
    bytes[0] = (unsigned char)tag;
    for (int index = size; index > 0; index--) {
        bytes[index] = (unsigned char)value;
        value >>= 8;
    }
    clua_append(packed, bytes, (size_t)size + 1);
}

static void append_count(struct clua_buffer *packed, size_t count, int small, size_t small_limit, int two, int four) {
    if (count < small_limit) {
        append_tagged(packed, small | (int)count, 0, 0);
    } else if (count <= 0xFFFF) {
        append_tagged(packed, two, count, 2);
    } else {
        append_tagged(packed, four, count, 4);
    }
}

static void append_integer(struct clua_buffer *packed, int64_t value) {
    if (value >= 0) {
        if (value <= 127) append_tagged(packed, (int)value, 0, 0);
        else if (value <= 0xFF) append_tagged(packed, 0xCC, (uint64_t)value, 1);
        else if (value <= 0xFFFF) append_tagged(packed, 0xCD, (uint64_t)value, 2);
        else if (value <= 0xFFFFFFFFLL) append_tagged(packed, 0xCE, (uint64_t)value, 4);
        else append_tagged(packed, 0xCF, (uint64_t)value, 8);
    } else {
        if (value >= -32) append_tagged(packed, (int)(value & 0xFF), 0, 0);
        else if (value >= -128) append_tagged(packed, 0xD0, (uint64_t)value, 1);
        else if (value >= -32768) append_tagged(packed, 0xD1, (uint64_t)value, 2);
        else if (value >= -2147483648LL) append_tagged(packed, 0xD2, (uint64_t)value, 4);
        else append_tagged(packed, 0xD3, (uint64_t)value, 8);
    }
}

static void append_number(struct clua_buffer *packed, lua_Number number) {
    if (number >= -9223372036854775808.0 && number < 9223372036854775808.0 && floor(number) == number) {
        append_integer(packed, (int64_t)number);
        return;
    }
    float single = (float)number;
    if ((double)single == number) {
        uint32_t bits;
        memcpy(&bits, &single, sizeof bits);
        append_tagged(packed, 0xCA, bits, 4);
    } else {
        uint64_t bits;
        memcpy(&bits, &number, sizeof bits);
        append_tagged(packed, 0xCB, bits, 8);
    }
}

/// The length of the table on top when its keys are 1…n, or -1.
static int64_t array_length(lua_State *lua) {
    int64_t count = 0, largest = 0;
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        lua_pop(lua, 1);
        lua_Number key = lua_type(lua, -1) == LUA_TNUMBER ? lua_tonumber(lua, -1) : 0;
        if (!(key > 0 && key < 2147483648.0) || key != floor(key)) {
            lua_pop(lua, 1);
            return -1;
        }
        if ((int64_t)key > largest) largest = (int64_t)key;
        count++;
    }
    return largest == count ? count : -1;
}

static void append_value(struct clua_buffer *packed, int level);

static void append_table(struct clua_buffer *packed, int level) {
    lua_State *lua = packed->lua;
    luaL_checkstack(lua, 5, "in function mp_encode_lua_table");
    clua_see_through(lua, lua_gettop(lua));
    int64_t length = array_length(lua);
    if (length >= 0) {
        append_count(packed, (size_t)length, 0x90, 16, 0xDC, 0xDD);
        for (int64_t index = 1; index <= length; index++) {
            lua_rawgeti(lua, -1, (int)index);
            append_value(packed, level + 1);
        }
        return;
    }
    size_t count = 0;
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        lua_pop(lua, 1);
        count++;
    }
    append_count(packed, count, 0x80, 16, 0xDE, 0xDF);
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        lua_pushvalue(lua, -2);
        append_value(packed, level + 1);
        append_value(packed, level + 1);
    }
}

/// Packs the value on top and pops it.
static void append_value(struct clua_buffer *packed, int level) {
    lua_State *lua = packed->lua;
    int type = lua_type(lua, -1);
    if (type == LUA_TTABLE && level == MOST_NESTING) type = LUA_TNIL;
    switch (type) {
    case LUA_TSTRING: {
        size_t count;
        const char *bytes = lua_tolstring(lua, -1, &count);
        if (count < 32) append_tagged(packed, 0xA0 | (int)count, 0, 0);
        else if (count <= 0xFF) append_tagged(packed, 0xD9, count, 1);
        else if (count <= 0xFFFF) append_tagged(packed, 0xDA, count, 2);
        else append_tagged(packed, 0xDB, count, 4);
        clua_append(packed, bytes, count);
        break;
    }
    case LUA_TBOOLEAN: append_tagged(packed, lua_toboolean(lua, -1) ? 0xC3 : 0xC2, 0, 0); break;
    case LUA_TNUMBER: append_number(packed, lua_tonumber(lua, -1)); break;
    case LUA_TTABLE: append_table(packed, level); break;
    default: append_tagged(packed, 0xC0, 0, 0);
    }
    lua_pop(lua, 1);
}

static int pack(lua_State *lua) {
    int count = lua_gettop(lua);
    if (count == 0) return luaL_argerror(lua, 0, "MessagePack pack needs input.");
    if (!lua_checkstack(lua, count + 4)) return luaL_argerror(lua, 0, "Too many arguments for MessagePack pack.");
    struct clua_buffer *packed = clua_new_buffer(lua);
    for (int index = 1; index <= count; index++) {
        lua_pushvalue(lua, index);
        append_value(packed, 0);
    }
    clua_push_buffer(packed);
    return 1;
}

// MARK: Unpacking

enum outcome { FINE, CUT_SHORT, MALFORMED };

struct input {
    const unsigned char *position, *end;
    enum outcome outcome;
};

static uint64_t big_endian(const unsigned char *bytes, int size) {
    uint64_t value = 0;
    for (int index = 0; index < size; index++) value = value << 8 | bytes[index];
    return value;
}

/// Takes `size` bytes behind the tag; NULL when they are not there.
static const unsigned char *take(struct input *input, size_t size) {
    if ((size_t)(input->end - input->position) < size) {
        input->outcome = CUT_SHORT;
        return NULL;
    }
    const unsigned char *bytes = input->position;
    input->position += size;
    return bytes;
}

static void push_value(lua_State *lua, struct input *input);

static void push_array(lua_State *lua, struct input *input, size_t count) {
    luaL_checkstack(lua, 3, "in function mp_decode_to_lua_array");
    lua_newtable(lua);
    for (size_t index = 1; index <= count; index++) {
        lua_pushnumber(lua, (lua_Number)index);
        push_value(lua, input);
        if (input->outcome != FINE) return;
        lua_rawset(lua, -3);
    }
}

static void push_map(lua_State *lua, struct input *input, size_t count) {
    luaL_checkstack(lua, 3, "in function mp_decode_to_lua_hash");
    lua_newtable(lua);
    while (count-- > 0) {
        push_value(lua, input);
        if (input->outcome != FINE) return;
        push_value(lua, input);
        if (input->outcome != FINE) return;
        lua_settable(lua, -3);
    }
}

static void push_bytes(lua_State *lua, struct input *input, size_t count) {
    const unsigned char *bytes = take(input, count);
    if (bytes != NULL) lua_pushlstring(lua, (const char *)bytes, count);
}

/// Pushes the next value, or leaves the outcome that says why not.
static void push_value(lua_State *lua, struct input *input) {
    luaL_checkstack(lua, 1, "too many return values at once; use unpack_one or unpack_limit instead.");
    const unsigned char *bytes = take(input, 1);
    if (bytes == NULL) return;
    int tag = *bytes;
    if (tag < 0x80) return lua_pushnumber(lua, tag);
    if (tag >= 0xE0) return lua_pushnumber(lua, (signed char)tag);
    if (tag < 0x90) return push_map(lua, input, tag & 15);
    if (tag < 0xA0) return push_array(lua, input, tag & 15);
    if (tag < 0xC0) return push_bytes(lua, input, tag & 31);
    static const signed char sizes[0x20] = {
        0, -1, 0, 0, -1, -1, -1, -1, -1, -1, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, -1, -1, -1, -1, -1, 1, 2, 4, 2, 4, 2, 4,
    };
    int size = sizes[tag - 0xC0];
    if (size < 0) {
        input->outcome = MALFORMED;
        return;
    }
    bytes = take(input, (size_t)size);
    if (bytes == NULL) return;
    uint64_t value = big_endian(bytes, size);
    switch (tag) {
    case 0xC0: return lua_pushnil(lua);
    case 0xC2: return lua_pushboolean(lua, 0);
    case 0xC3: return lua_pushboolean(lua, 1);
    case 0xCA: {
        uint32_t bits = (uint32_t)value;
        float number;
        memcpy(&number, &bits, sizeof number);
        return lua_pushnumber(lua, number);
    }
    case 0xCB: {
        double number;
        memcpy(&number, &value, sizeof number);
        return lua_pushnumber(lua, number);
    }
    case 0xCC: case 0xCD: case 0xCE: case 0xCF: return lua_pushnumber(lua, (lua_Number)value);
    case 0xD0: return lua_pushnumber(lua, (int8_t)value);
    case 0xD1: return lua_pushnumber(lua, (int16_t)value);
    case 0xD2: return lua_pushnumber(lua, (int32_t)value);
    case 0xD3: return lua_pushnumber(lua, (lua_Number)(int64_t)value);
    case 0xDC: case 0xDD: return push_array(lua, input, value);
    case 0xDE: case 0xDF: return push_map(lua, input, value);
    default: return push_bytes(lua, input, value);
    }
}

static int unpack_some(lua_State *lua, int limit, int offset) {
    size_t length;
    const char *bytes = luaL_checklstring(lua, 1, &length);
    if (offset < 0 || limit < 0) {
        return luaL_error(lua, "Invalid request to unpack with offset of %d and limit of %d.", offset, (int)length);
    }
    if ((size_t)offset > length) {
        return luaL_error(lua, "Start offset %d greater than input length %d.", offset, (int)length);
    }
    int is_everything = limit == 0 && offset == 0;
    if (is_everything) limit = INT_MAX;
    struct input input = {(const unsigned char *)bytes + offset, (const unsigned char *)bytes + length, FINE};
    int count = 0;
    while (input.position < input.end && count < limit) {
        push_value(lua, &input);
        if (input.outcome == CUT_SHORT) return luaL_error(lua, "Missing bytes in input.");
        if (input.outcome == MALFORMED) return luaL_error(lua, "Bad data format in input.");
        count++;
    }
    if (is_everything) return count;
    luaL_checkstack(lua, 1, "too many return values");
    ptrdiff_t next = (const char *)input.position - bytes;
    lua_pushinteger(lua, input.position == input.end ? -1 : next);
    lua_insert(lua, -count - 1);
    return count + 1;
}

static int unpack(lua_State *lua) { return unpack_some(lua, 0, 0); }

static int unpack_one(lua_State *lua) {
    int offset = luaL_optint(lua, 2, 0);
    lua_settop(lua, 1);
    return unpack_some(lua, 1, offset);
}

static int unpack_limit(lua_State *lua) {
    int limit = luaL_checkint(lua, 2);
    int offset = luaL_optint(lua, 3, 0);
    lua_settop(lua, 1);
    return unpack_some(lua, limit, offset);
}

int clua_open_cmsgpack(lua_State *lua) {
    static const luaL_Reg functions[] = {
        {"pack", pack}, {"unpack", unpack}, {"unpack_one", unpack_one}, {"unpack_limit", unpack_limit}, {NULL, NULL},
    };
    lua_newtable(lua);
    luaL_register(lua, NULL, functions);
    // What the library is called in the original, which scripts may read.
    lua_pushliteral(lua, "cmsgpack");
    lua_setfield(lua, -2, "_NAME");
    lua_pushliteral(lua, "lua-cmsgpack 0.4.0");
    lua_setfield(lua, -2, "_VERSION");
    lua_pushliteral(lua, "Copyright (C) 2012, Salvatore Sanfilippo");
    lua_setfield(lua, -2, "_COPYRIGHT");
    lua_pushliteral(lua, "MessagePack C implementation for Lua");
    lua_setfield(lua, -2, "_DESCRIPTION");
    return 1;
}
