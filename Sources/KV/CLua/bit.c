// The bit library: operations on 32-bit integers, whose results are signed.
#include <string.h>

#include "internal.h"

/// The number modulo 2^32: adding 2^52 + 2^51 leaves the integer in the low bits of the double.
static uint32_t bits_of(lua_State *lua, int index) {
    union {
        double number;
        uint64_t bits;
    } value;
    value.number = luaL_checknumber(lua, index) + 6755399441055744.0;
    return (uint32_t)value.bits;
}

static int give(lua_State *lua, uint32_t bits) {
    lua_pushnumber(lua, (lua_Number)(int32_t)bits);
    return 1;
}

static int tobit(lua_State *lua) { return give(lua, bits_of(lua, 1)); }
static int bnot(lua_State *lua) { return give(lua, ~bits_of(lua, 1)); }

static int band(lua_State *lua) {
    uint32_t bits = bits_of(lua, 1);
    for (int index = lua_gettop(lua); index > 1; index--) bits &= bits_of(lua, index);
    return give(lua, bits);
}

static int bor(lua_State *lua) {
    uint32_t bits = bits_of(lua, 1);
    for (int index = lua_gettop(lua); index > 1; index--) bits |= bits_of(lua, index);
    return give(lua, bits);
}

static int bxor(lua_State *lua) {
    uint32_t bits = bits_of(lua, 1);
    for (int index = lua_gettop(lua); index > 1; index--) bits ^= bits_of(lua, index);
    return give(lua, bits);
}

static int lshift(lua_State *lua) {
    uint32_t bits = bits_of(lua, 1);
    return give(lua, bits << (bits_of(lua, 2) & 31));
}

static int rshift(lua_State *lua) {
    uint32_t bits = bits_of(lua, 1);
    return give(lua, bits >> (bits_of(lua, 2) & 31));
}

static int arshift(lua_State *lua) {
    uint32_t bits = bits_of(lua, 1);
    return give(lua, (uint32_t)((int32_t)bits >> (bits_of(lua, 2) & 31)));
}

static int rol(lua_State *lua) {
    uint32_t bits = bits_of(lua, 1), count = bits_of(lua, 2) & 31;
    return give(lua, bits << count | bits >> (-count & 31));
}

static int ror(lua_State *lua) {
    uint32_t bits = bits_of(lua, 1), count = bits_of(lua, 2) & 31;
    return give(lua, bits >> count | bits << (-count & 31));
}

static int bswap(lua_State *lua) { return give(lua, __builtin_bswap32(bits_of(lua, 1))); }

static int tohex(lua_State *lua) {
    uint32_t bits = bits_of(lua, 1);
    int32_t count = lua_isnone(lua, 2) ? 8 : (int32_t)bits_of(lua, 2);
    const char *digits = "0123456789abcdef";
    char text[8];
    if (count < 0) {
        // The smallest number has no opposite.
        count = count == INT32_MIN ? INT32_MAX : -count;
        digits = "0123456789ABCDEF";
    }
    if (count > 8) count = 8;
    for (int index = count - 1; index >= 0; index--) {
        text[index] = digits[bits & 15];
        bits >>= 4;
    }
    lua_pushlstring(lua, text, (size_t)count);
    return 1;
}

int clua_open_bit(lua_State *lua) {
    static const luaL_Reg functions[] = {
        {"tobit", tobit}, {"bnot", bnot}, {"band", band}, {"bor", bor}, {"bxor", bxor}, {"lshift", lshift},
        {"rshift", rshift}, {"arshift", arshift}, {"rol", rol}, {"ror", ror}, {"bswap", bswap}, {"tohex", tohex},
        {NULL, NULL},
    };
    lua_newtable(lua);
    luaL_register(lua, NULL, functions);
    return 1;
}
