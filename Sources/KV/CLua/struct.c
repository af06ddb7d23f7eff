// The struct library: values to bytes and back by a format.
//
//     > < =  byte order: big, little, native     !n  alignment up to n
//     b B h H l L T  signed and unsigned char, short, long; size_t     in In  integers of n bytes
//     f d  float, double     s  string with a NUL behind     cn  n bytes, c0 as many as the number before     x  a byte
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "internal.h"

#define LARGEST_INTEGER 32

struct layout {
    int is_little;
    size_t alignment;
};

static int is_digit(char c) { return c >= '0' && c <= '9'; }

/// The number in the format, or `preset`.
static size_t read_count(lua_State *lua, const char **format, size_t preset) {
    if (!is_digit(**format)) return preset;
    size_t count = 0;
    do {
        size_t digit = (size_t)(*(*format)++ - '0');
        if (count > (size_t)INT_MAX / 10 || count * 10 > (size_t)INT_MAX - digit) luaL_error(lua, "integral size overflow");
        count = count * 10 + digit;
    } while (is_digit(**format));
    return count;
}

static size_t size_of(lua_State *lua, char option, const char **format) {
    switch (option) {
    case 'B':
    case 'b': return 1;
    case 'H':
    case 'h': return sizeof(short);
    case 'L':
    case 'l': return sizeof(long);
    case 'T': return sizeof(size_t);
    case 'f': return sizeof(float);
    case 'd': return sizeof(double);
    case 'x': return 1;
    case 'c': return read_count(lua, format, 1);
    case 'i':
    case 'I': {
        size_t size = read_count(lua, format, sizeof(int));
        if (size > LARGEST_INTEGER) {
            luaL_error(lua, "integral size %d is larger than limit of %d", (int)size, LARGEST_INTEGER);
        }
        return size;
    }
    default: return 0;
    }
}

/// How many bytes must go before a value of `size` bytes at `position`.
static size_t padding(size_t position, const struct layout *layout, char option, size_t size) {
    if (size == 0 || option == 'c') return 0;
    if (size > layout->alignment) size = layout->alignment;
    if (size <= 1) return 0;
    return (size - (position & (size - 1))) & (size - 1);
}

/// Options that only change the layout, and those that do not exist.
static void control(lua_State *lua, char option, const char **format, struct layout *layout) {
    switch (option) {
    case ' ': return;
    case '>': layout->is_little = 0; return;
    case '<': layout->is_little = 1; return;
    case '!': {
        size_t alignment = read_count(lua, format, 8);
        if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
            luaL_error(lua, "alignment %d is not a power of 2", (int)alignment);
        }
        layout->alignment = alignment;
        return;
    }
    default: {
        const char *message = lua_pushfstring(lua, "invalid format option '%c'", option);
        luaL_argerror(lua, 1, message);
    }
    }
}

static void put_integer(lua_State *lua, luaL_Buffer *buffer, int index, int is_little, size_t size) {
    lua_Number number = luaL_checknumber(lua, index);
    char bytes[LARGEST_INTEGER];
    uint64_t value;
    // Out of range the processor gives the smallest integer; so do we, without asking it.
    if (number < 0) {
        value = number >= -9223372036854775808.0 ? (uint64_t)(int64_t)number : (uint64_t)INT64_MIN;
    } else if (number < 18446744073709551616.0) {
        value = (uint64_t)number;
    } else {
        value = 0;
    }
    if (number != number) value = (uint64_t)INT64_MIN;
    for (size_t i = 0; i < size; i++) {
        bytes[is_little ? i : size - 1 - i] = (char)(value & 0xFF);
        value >>= 8;
    }
    luaL_addlstring(buffer, bytes, size);
}

static void reverse(char *bytes, size_t size) {
    for (size_t i = 0; i < size / 2; i++) {
        char kept = bytes[i];
        bytes[i] = bytes[size - 1 - i];
        bytes[size - 1 - i] = kept;
    }
}

static int pack(lua_State *lua) {
    luaL_Buffer buffer;
    const char *format = luaL_checkstring(lua, 1);
    struct layout layout = {1, 1};
    int index = 2;
    size_t total = 0;
    lua_pushnil(lua);
    luaL_buffinit(lua, &buffer);
    while (*format != 0) {
        char option = *format++;
        size_t size = size_of(lua, option, &format);
        size_t gap = padding(total, &layout, option, size);
        total += gap;
        while (gap-- > 0) luaL_addchar(&buffer, 0);
        switch (option) {
        case 'b': case 'B': case 'h': case 'H': case 'l': case 'L': case 'T': case 'i': case 'I':
            put_integer(lua, &buffer, index++, layout.is_little, size);
            break;
        case 'x': luaL_addchar(&buffer, 0); break;
        case 'f': {
            float number = (float)luaL_checknumber(lua, index++);
            char bytes[sizeof number];
            memcpy(bytes, &number, sizeof number);
            if (!layout.is_little) reverse(bytes, sizeof bytes);
            luaL_addlstring(&buffer, bytes, sizeof bytes);
            break;
        }
        case 'd': {
            double number = luaL_checknumber(lua, index++);
            char bytes[sizeof number];
            memcpy(bytes, &number, sizeof number);
            if (!layout.is_little) reverse(bytes, sizeof bytes);
            luaL_addlstring(&buffer, bytes, sizeof bytes);
            break;
        }
        case 'c':
        case 's': {
            size_t length;
            const char *text = luaL_checklstring(lua, index++, &length);
            if (size == 0) size = length;
            luaL_argcheck(lua, length >= size, index, "string too short");
            luaL_addlstring(&buffer, text, size);
            if (option == 's') {
                luaL_addchar(&buffer, 0);
                size++;
            }
            break;
        }
        default: control(lua, option, &format, &layout);
        }
        total += size;
    }
    luaL_pushresult(&buffer);
    return 1;
}

static lua_Number get_integer(const char *bytes, int is_little, int is_signed, size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value <<= 8;
        value |= (uint8_t)bytes[is_little ? size - 1 - i : i];
    }
    if (!is_signed) return (lua_Number)value;
    if (size > 0 && size < 8) {
        uint64_t sign = (uint64_t)1 << (size * 8 - 1);
        value = (value ^ sign) - sign;
    }
    return (lua_Number)(int64_t)value;
}

static int unpack(lua_State *lua) {
    struct layout layout = {1, 1};
    const char *format = luaL_checkstring(lua, 1);
    size_t length;
    const char *data = luaL_checklstring(lua, 2, &length);
    lua_Number start = luaL_optnumber(lua, 3, 1);
    int count = 0;
    luaL_argcheck(lua, !(start >= 0 && start < 1), 3, "offset must be 1 or greater");
    // A negative offset is a huge one.
    size_t position = start >= 1 && start - 1 < 1e15 ? (size_t)(start - 1) : (size_t)1e15;
    while (*format != 0) {
        char option = *format++;
        size_t size = size_of(lua, option, &format);
        position += padding(position, &layout, option, size);
        luaL_argcheck(lua, size <= length && position <= length - size, 2, "data string too short");
        luaL_checkstack(lua, 2, "too many results");
        switch (option) {
        case 'b': case 'B': case 'h': case 'H': case 'l': case 'L': case 'T': case 'i': case 'I':
            lua_pushnumber(lua, get_integer(data + position, layout.is_little, islower((unsigned char)option), size));
            count++;
            break;
        case 'x': break;
        case 'f': {
            char bytes[sizeof(float)];
            float number;
            memcpy(bytes, data + position, sizeof bytes);
            if (!layout.is_little) reverse(bytes, sizeof bytes);
            memcpy(&number, bytes, sizeof number);
            lua_pushnumber(lua, number);
            count++;
            break;
        }
        case 'd': {
            char bytes[sizeof(double)];
            double number;
            memcpy(bytes, data + position, sizeof bytes);
            if (!layout.is_little) reverse(bytes, sizeof bytes);
            memcpy(&number, bytes, sizeof number);
            lua_pushnumber(lua, number);
            count++;
            break;
        }
        case 'c':
            if (size == 0) {
                if (count == 0 || !lua_isnumber(lua, -1)) luaL_error(lua, "format 'c0' needs a previous size");
                lua_Number wanted = lua_tonumber(lua, -1);
                lua_pop(lua, 1);
                count--;
                // A negative size is a huge one.
                size = wanted >= 0 && wanted < 1e15 ? (size_t)wanted : (size_t)1e15;
                luaL_argcheck(lua, size <= length && position <= length - size, 2, "data string too short");
            }
            lua_pushlstring(lua, data + position, size);
            count++;
            break;
        case 's': {
            const char *end = memchr(data + position, 0, length - position);
            if (end == NULL) luaL_error(lua, "unfinished string in data");
            size = (size_t)(end - (data + position)) + 1;
            lua_pushlstring(lua, data + position, size - 1);
            count++;
            break;
        }
        default: control(lua, option, &format, &layout);
        }
        position += size;
    }
    lua_pushnumber(lua, (lua_Number)(position + 1));
    return count + 1;
}

static int size(lua_State *lua) {
    struct layout layout = {1, 1};
    const char *format = luaL_checkstring(lua, 1);
    size_t position = 0;
    while (*format != 0) {
        char option = *format++;
        size_t size = size_of(lua, option, &format);
        position += padding(position, &layout, option, size);
        if (option == 's') {
            luaL_argerror(lua, 1, "option 's' has no fixed size");
        } else if (option == 'c' && size == 0) {
            luaL_argerror(lua, 1, "option 'c0' has no fixed size");
        } else if (!isalnum((unsigned char)option)) {
            control(lua, option, &format, &layout);
        }
        position += size;
    }
    lua_pushnumber(lua, (lua_Number)position);
    return 1;
}

int clua_open_struct(lua_State *lua) {
    static const luaL_Reg functions[] = {{"pack", pack}, {"unpack", unpack}, {"size", size}, {NULL, NULL}};
    lua_newtable(lua);
    luaL_register(lua, NULL, functions);
    return 1;
}
