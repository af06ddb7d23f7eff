// A growing run of bytes that Lua's garbage collector frees when an error passes by.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static char metatable_key;

static int release(lua_State *lua) {
    struct clua_buffer *buffer = lua_touserdata(lua, 1);
    free(buffer->bytes);
    buffer->bytes = NULL;
    return 0;
}

struct clua_buffer *clua_new_buffer(lua_State *lua) {
    struct clua_buffer *buffer = lua_newuserdata(lua, sizeof *buffer);
    memset(buffer, 0, sizeof *buffer);
    buffer->lua = lua;
    lua_pushlightuserdata(lua, &metatable_key);
    lua_rawget(lua, LUA_REGISTRYINDEX);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        lua_createtable(lua, 0, 1);
        lua_pushcfunction(lua, release);
        lua_setfield(lua, -2, "__gc");
        lua_pushlightuserdata(lua, &metatable_key);
        lua_pushvalue(lua, -2);
        lua_rawset(lua, LUA_REGISTRYINDEX);
    }
    lua_setmetatable(lua, -2);
    return buffer;
}

char *clua_reserve(struct clua_buffer *buffer, size_t count) {
    if (count > buffer->capacity - buffer->count) {
        size_t limit = clua_of(buffer->lua)->limit;
        size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
        while (capacity - buffer->count < count && capacity <= limit) capacity *= 2;
        // These bytes are not Lua's own memory, but they keep to the same limit.
        char *moved = capacity > limit ? NULL : realloc(buffer->bytes, capacity);
        if (moved == NULL) luaL_error(buffer->lua, "not enough memory");
        buffer->bytes = moved;
        buffer->capacity = capacity;
    }
    return buffer->bytes + buffer->count;
}

void clua_append(struct clua_buffer *buffer, const void *bytes, size_t count) {
    memcpy(clua_reserve(buffer, count), bytes, count);
    buffer->count += count;
}

void clua_push_buffer(struct clua_buffer *buffer) {
    lua_pushlstring(buffer->lua, buffer->bytes == NULL ? "" : buffer->bytes, buffer->count);
    free(buffer->bytes);
    buffer->bytes = NULL;
}
