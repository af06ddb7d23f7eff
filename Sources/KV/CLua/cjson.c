// The cjson library: Lua values to JSON and back.
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "internal.h"

/// What scripts can set; it stays set for all scripts, as in redis.
struct configuration {
    int sparse_convert, sparse_ratio, sparse_safe;
    int encode_max_depth, decode_max_depth;
    int precision, keeps_buffer;
    /// 0 refuse, 1 write as they are, 2 write null.
    int encode_invalid_numbers;
    int decode_invalid_numbers;
};

static struct configuration *configuration_of(lua_State *lua) { return lua_touserdata(lua, lua_upvalueindex(1)); }

// MARK: Settings

static struct configuration *begin_setting(lua_State *lua, int most) {
    luaL_argcheck(lua, lua_gettop(lua) <= most, most + 1, "found too many arguments");
    while (lua_gettop(lua) < most) lua_pushnil(lua);
    return configuration_of(lua);
}

static int set_integer(lua_State *lua, int index, int *setting, int least, int most) {
    if (!lua_isnil(lua, index)) {
        lua_Integer value = luaL_checkinteger(lua, index);
        char text[64];
        snprintf(text, sizeof text, "expected integer between %d and %d", least, most);
        luaL_argcheck(lua, least <= value && value <= most, 1, text);
        *setting = (int)value;
    }
    lua_pushinteger(lua, *setting);
    return 1;
}

static int set_choice(lua_State *lua, int index, int *setting, const char *const *choices) {
    static const char *const plain[] = {"off", "on", NULL};
    if (!lua_isnil(lua, index)) {
        if (lua_isboolean(lua, index)) {
            *setting = lua_toboolean(lua, index);
        } else {
            *setting = luaL_checkoption(lua, index, NULL, choices == NULL ? plain : choices);
        }
    }
    if (*setting <= 1) {
        lua_pushboolean(lua, *setting);
    } else {
        lua_pushstring(lua, choices[*setting]);
    }
    return 1;
}

static int encode_sparse_array(lua_State *lua) {
    struct configuration *configuration = begin_setting(lua, 3);
    set_choice(lua, 1, &configuration->sparse_convert, NULL);
    set_integer(lua, 2, &configuration->sparse_ratio, 0, INT_MAX);
    set_integer(lua, 3, &configuration->sparse_safe, 0, INT_MAX);
    return 3;
}

static int encode_max_depth(lua_State *lua) {
    return set_integer(lua, 1, &begin_setting(lua, 1)->encode_max_depth, 1, INT_MAX);
}

static int decode_max_depth(lua_State *lua) {
    return set_integer(lua, 1, &begin_setting(lua, 1)->decode_max_depth, 1, INT_MAX);
}

static int encode_number_precision(lua_State *lua) {
    return set_integer(lua, 1, &begin_setting(lua, 1)->precision, 1, 14);
}

static int encode_keep_buffer(lua_State *lua) {
    return set_choice(lua, 1, &begin_setting(lua, 1)->keeps_buffer, NULL);
}

static int encode_invalid_numbers(lua_State *lua) {
    static const char *const choices[] = {"off", "on", "null", NULL};
    return set_choice(lua, 1, &begin_setting(lua, 1)->encode_invalid_numbers, choices);
}

static int decode_invalid_numbers(lua_State *lua) {
    return set_choice(lua, 1, &begin_setting(lua, 1)->decode_invalid_numbers, NULL);
}

// MARK: Encoding

static void refuse(lua_State *lua, int index, const char *reason) {
    luaL_error(lua, "Cannot serialise %s: %s", lua_typename(lua, lua_type(lua, index)), reason);
}

static void append_text(struct clua_buffer *json, const char *text) { clua_append(json, text, strlen(text)); }

static void append_string(struct clua_buffer *json, const char *bytes, size_t count) {
    static const char hexadecimal[] = "0123456789abcdef";
    if (count > SIZE_MAX / 6 - 2) luaL_error(json->lua, "not enough memory");
    char *start = clua_reserve(json, count * 6 + 2), *out = start;
    *out++ = '"';
    for (size_t index = 0; index < count; index++) {
        unsigned char c = (unsigned char)bytes[index];
        char short_form = 0;
        switch (c) {
        case '"': case '\\': case '/': short_form = (char)c; break;
        case '\b': short_form = 'b'; break;
        case '\f': short_form = 'f'; break;
        case '\n': short_form = 'n'; break;
        case '\r': short_form = 'r'; break;
        case '\t': short_form = 't'; break;
        default: break;
        }
        if (short_form != 0) {
            *out++ = '\\';
            *out++ = short_form;
        } else if (c < 32 || c == 127) {
            memcpy(out, "\\u00", 4);
            out[4] = hexadecimal[c >> 4];
            out[5] = hexadecimal[c & 15];
            out += 6;
        } else {
            *out++ = (char)c;
        }
    }
    *out++ = '"';
    json->count += (size_t)(out - start);
}

static void append_number(struct clua_buffer *json, const struct configuration *configuration, int index) {
    lua_State *lua = json->lua;
    lua_Number number = lua_tonumber(lua, index);
    if (isinf(number) || isnan(number)) {
        switch (configuration->encode_invalid_numbers) {
        case 0: refuse(lua, index, "must not be NaN or Inf"); break;
        case 1:
            if (isnan(number)) return append_text(json, "nan");
            break;
        default: return append_text(json, "null");
        }
    }
    char digits[64];
    int count = snprintf(digits, sizeof digits, "%.*g", configuration->precision, number);
    clua_append(json, digits, (size_t)count);
}

/// The length of the array on top; -1 for an object.
static int64_t array_length(lua_State *lua, const struct configuration *configuration) {
    int64_t largest = 0, count = 0;
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        lua_Number key = lua_type(lua, -2) == LUA_TNUMBER ? lua_tonumber(lua, -2) : 0;
        if (!(key >= 1 && key <= INT_MAX) || floor(key) != key) {
            lua_pop(lua, 2);
            return -1;
        }
        if ((int64_t)key > largest) largest = (int64_t)key;
        count++;
        lua_pop(lua, 1);
    }
    if (configuration->sparse_ratio > 0 && largest > count * configuration->sparse_ratio
        && largest > configuration->sparse_safe) {
        if (!configuration->sparse_convert) refuse(lua, -1, "excessively sparse array");
        return -1;
    }
    return largest;
}

static void append_value(struct clua_buffer *json, const struct configuration *configuration, int depth);

static void append_table(struct clua_buffer *json, const struct configuration *configuration, int depth) {
    lua_State *lua = json->lua;
    depth++;
    if (depth > configuration->encode_max_depth || !lua_checkstack(lua, 5)) {
        luaL_error(lua, "Cannot serialise, excessive nesting (%d)", depth);
    }
    clua_see_through(lua, lua_gettop(lua));
    int64_t length = array_length(lua, configuration);
    if (length > 0) {
        append_text(json, "[");
        for (int64_t index = 1; index <= length; index++) {
            if (index > 1) append_text(json, ",");
            lua_rawgeti(lua, -1, (int)index);
            append_value(json, configuration, depth);
            lua_pop(lua, 1);
        }
        append_text(json, "]");
        return;
    }
    int is_first = 1;
    append_text(json, "{");
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        if (!is_first) append_text(json, ",");
        is_first = 0;
        int type = lua_type(lua, -2);
        if (type == LUA_TNUMBER) {
            append_text(json, "\"");
            append_number(json, configuration, -2);
            append_text(json, "\":");
        } else if (type == LUA_TSTRING) {
            size_t count;
            const char *bytes = lua_tolstring(lua, -2, &count);
            append_string(json, bytes, count);
            append_text(json, ":");
        } else {
            refuse(lua, -2, "table key must be a number or string");
        }
        append_value(json, configuration, depth);
        lua_pop(lua, 1);
    }
    append_text(json, "}");
}

static void append_value(struct clua_buffer *json, const struct configuration *configuration, int depth) {
    lua_State *lua = json->lua;
    switch (lua_type(lua, -1)) {
    case LUA_TSTRING: {
        size_t count;
        const char *bytes = lua_tolstring(lua, -1, &count);
        append_string(json, bytes, count);
        break;
    }
    case LUA_TNUMBER: append_number(json, configuration, -1); break;
    case LUA_TBOOLEAN: append_text(json, lua_toboolean(lua, -1) ? "true" : "false"); break;
    case LUA_TTABLE: append_table(json, configuration, depth); break;
    case LUA_TNIL: append_text(json, "null"); break;
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(lua, -1) == NULL) {
            append_text(json, "null");
            break;
        }
        refuse(lua, -1, "type not supported");
        break;
    default: refuse(lua, -1, "type not supported");
    }
}

static int encode(lua_State *lua) {
    luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
    struct clua_buffer *json = clua_new_buffer(lua);
    lua_pushvalue(lua, 1);
    append_value(json, configuration_of(lua), 0);
    clua_push_buffer(json);
    return 1;
}

// MARK: Decoding

enum kind {
    OBJECT_BEGIN, OBJECT_END, ARRAY_BEGIN, ARRAY_END, STRING, NUMBER, BOOLEAN, NULL_WORD, COLON, COMMA, END, ERROR,
};
/// As errors name them.
static const char *const kind_names[] = {
    "T_OBJ_BEGIN", "T_OBJ_END", "T_ARR_BEGIN", "T_ARR_END", "T_STRING", "T_NUMBER", "T_BOOLEAN", "T_NULL", "T_COLON",
    "T_COMMA", "T_END", "T_ERROR",
};

struct token {
    enum kind kind;
    ptrdiff_t place;
    const char *error;
    lua_Number number;
    int is_true;
};

struct parser {
    lua_State *lua;
    const struct configuration *configuration;
    const char *start, *position;
    /// Where strings are unescaped.
    struct clua_buffer *text;
    int depth;
};

static void set_error(struct parser *parser, struct token *token, const char *error) {
    token->kind = ERROR;
    token->error = error;
    token->place = parser->position - parser->start;
}

/// Whether a number that JSON does not know begins here: hexadecimal, with a leading zero or plus, inf, nan.
static int is_invalid_number(const char *text) {
    if (*text == '+') return 1;
    if (*text == '-') text++;
    if (*text == '0') {
        int second = text[1] | 0x20;
        return second == 'x' || (text[1] >= '0' && text[1] <= '9');
    }
    if (*text >= '1' && *text <= '9') return 0;
    return strncasecmp(text, "inf", 3) == 0 || strncasecmp(text, "nan", 3) == 0;
}

static int hexadecimal(const char *text) {
    int value = 0;
    for (int index = 0; index < 4; index++) {
        char c = text[index];
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

/// Reads `\uXXXX`, or two of them for a character beyond 16 bits; 0 when it is malformed.
static int append_unicode(struct parser *parser) {
    const char *position = parser->position;
    int code = hexadecimal(position + 2);
    if (code < 0) return 0;
    position += 6;
    if ((code & 0xF800) == 0xD800) {
        if ((code & 0x400) != 0 || position[0] != '\\' || position[1] != 'u') return 0;
        int low = hexadecimal(position + 2);
        if (low < 0 || (low & 0xFC00) != 0xDC00) return 0;
        code = 0x10000 + ((code & 0x3FF) << 10 | (low & 0x3FF));
        position += 6;
    }
    unsigned char bytes[4];
    size_t count;
    if (code < 0x80) {
        bytes[0] = (unsigned char)code;
        count = 1;
    } else if (code < 0x800) {
        bytes[0] = (unsigned char)(0xC0 | code >> 6);
        bytes[1] = (unsigned char)(0x80 | (code & 0x3F));
        count = 2;
    } else if (code < 0x10000) {
        bytes[0] = (unsigned char)(0xE0 | code >> 12);
        bytes[1] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
        bytes[2] = (unsigned char)(0x80 | (code & 0x3F));
        count = 3;
    } else {
        bytes[0] = (unsigned char)(0xF0 | code >> 18);
        bytes[1] = (unsigned char)(0x80 | (code >> 12 & 0x3F));
        bytes[2] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
        bytes[3] = (unsigned char)(0x80 | (code & 0x3F));
        count = 4;
    }
    clua_append(parser->text, bytes, count);
    parser->position = position;
    return 1;
}

static void read_string(struct parser *parser, struct token *token) {
    parser->text->count = 0;
    parser->position++;
    for (;;) {
        const char *plain = parser->position;
        while (*plain != '"' && *plain != '\\' && *plain != 0) plain++;
        clua_append(parser->text, parser->position, (size_t)(plain - parser->position));
        parser->position = plain;
        if (*plain == '"') break;
        if (*plain == 0) return set_error(parser, token, "unexpected end of string");
        char c;
        switch (plain[1]) {
        case 'u':
            if (!append_unicode(parser)) return set_error(parser, token, "invalid unicode escape code");
            continue;
        case '"': case '\\': case '/': c = plain[1]; break;
        case 'b': c = '\b'; break;
        case 'f': c = '\f'; break;
        case 'n': c = '\n'; break;
        case 'r': c = '\r'; break;
        case 't': c = '\t'; break;
        default: return set_error(parser, token, "invalid escape code");
        }
        clua_append(parser->text, &c, 1);
        parser->position += 2;
    }
    parser->position++;
    token->kind = STRING;
}

static void read_number(struct parser *parser, struct token *token) {
    char *end;
    token->number = strtod(parser->position, &end);
    if (end == parser->position) return set_error(parser, token, "invalid number");
    parser->position = end;
    token->kind = NUMBER;
}

static int take_word(struct parser *parser, const char *word) {
    size_t count = strlen(word);
    if (strncmp(parser->position, word, count) != 0) return 0;
    parser->position += count;
    return 1;
}

static void read_token(struct parser *parser, struct token *token) {
    while (*parser->position == ' ' || *parser->position == '\t' || *parser->position == '\n'
           || *parser->position == '\r') {
        parser->position++;
    }
    token->place = parser->position - parser->start;
    char c = *parser->position;
    switch (c) {
    case 0: token->kind = END; return;
    case '{': token->kind = OBJECT_BEGIN; break;
    case '}': token->kind = OBJECT_END; break;
    case '[': token->kind = ARRAY_BEGIN; break;
    case ']': token->kind = ARRAY_END; break;
    case ':': token->kind = COLON; break;
    case ',': token->kind = COMMA; break;
    case '"': return read_string(parser, token);
    default:
        if (c == '-' || (c >= '0' && c <= '9')) {
            if (!parser->configuration->decode_invalid_numbers && is_invalid_number(parser->position)) {
                return set_error(parser, token, "invalid number");
            }
            return read_number(parser, token);
        }
        token->kind = BOOLEAN;
        token->is_true = 1;
        if (take_word(parser, "true")) return;
        token->is_true = 0;
        if (take_word(parser, "false")) return;
        token->kind = NULL_WORD;
        if (take_word(parser, "null")) return;
        if (parser->configuration->decode_invalid_numbers && is_invalid_number(parser->position)) {
            return read_number(parser, token);
        }
        return set_error(parser, token, "invalid token");
    }
    parser->position++;
}

static void expected(struct parser *parser, const char *what, const struct token *token) {
    luaL_error(
        parser->lua, "Expected %s but found %s at character %d", what,
        token->kind == ERROR ? token->error : kind_names[token->kind], (int)token->place + 1);
}

static void push_value(struct parser *parser, struct token *token);

static void descend(struct parser *parser, int slots) {
    parser->depth++;
    if (parser->depth <= parser->configuration->decode_max_depth && lua_checkstack(parser->lua, slots)) return;
    luaL_error(
        parser->lua, "Found too many nested data structures (%d) at character %d", parser->depth,
        (int)(parser->position - parser->start));
}

static void push_string(struct parser *parser) {
    lua_pushlstring(parser->lua, parser->text->bytes == NULL ? "" : parser->text->bytes, parser->text->count);
}

static void push_object(struct parser *parser) {
    struct token token;
    descend(parser, 3);
    lua_newtable(parser->lua);
    read_token(parser, &token);
    while (token.kind != OBJECT_END) {
        if (token.kind != STRING) expected(parser, "object key string", &token);
        push_string(parser);
        read_token(parser, &token);
        if (token.kind != COLON) expected(parser, "colon", &token);
        read_token(parser, &token);
        push_value(parser, &token);
        lua_rawset(parser->lua, -3);
        read_token(parser, &token);
        if (token.kind == OBJECT_END) break;
        if (token.kind != COMMA) expected(parser, "comma or object end", &token);
        read_token(parser, &token);
        if (token.kind == OBJECT_END) expected(parser, "object key string", &token);
    }
    parser->depth--;
}

static void push_array(struct parser *parser) {
    struct token token;
    descend(parser, 2);
    lua_newtable(parser->lua);
    read_token(parser, &token);
    for (int index = 1; token.kind != ARRAY_END; index++) {
        push_value(parser, &token);
        lua_rawseti(parser->lua, -2, index);
        read_token(parser, &token);
        if (token.kind == ARRAY_END) break;
        if (token.kind != COMMA) expected(parser, "comma or array end", &token);
        read_token(parser, &token);
        if (token.kind == ARRAY_END) expected(parser, "value", &token);
    }
    parser->depth--;
}

static void push_value(struct parser *parser, struct token *token) {
    switch (token->kind) {
    case STRING: push_string(parser); break;
    case NUMBER: lua_pushnumber(parser->lua, token->number); break;
    case BOOLEAN: lua_pushboolean(parser->lua, token->is_true); break;
    case OBJECT_BEGIN: push_object(parser); break;
    case ARRAY_BEGIN: push_array(parser); break;
    case NULL_WORD: lua_pushlightuserdata(parser->lua, NULL); break;
    default: expected(parser, "value", token);
    }
}

static int decode(lua_State *lua) {
    luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
    size_t count;
    struct parser parser = {lua, configuration_of(lua), NULL, NULL, NULL, 0};
    struct token token;
    parser.start = luaL_checklstring(lua, 1, &count);
    parser.position = parser.start;
    if (count >= 2 && (parser.start[0] == 0 || parser.start[1] == 0)) {
        return luaL_error(lua, "JSON parser does not support UTF-16 or UTF-32");
    }
    parser.text = clua_new_buffer(lua);
    read_token(&parser, &token);
    push_value(&parser, &token);
    read_token(&parser, &token);
    if (token.kind != END) expected(&parser, "the end", &token);
    return 1;
}

// MARK: The table

static int make(lua_State *lua) {
    static const luaL_Reg functions[] = {
        {"encode", encode}, {"decode", decode}, {"encode_sparse_array", encode_sparse_array},
        {"encode_max_depth", encode_max_depth}, {"decode_max_depth", decode_max_depth},
        {"encode_number_precision", encode_number_precision}, {"encode_keep_buffer", encode_keep_buffer},
        {"encode_invalid_numbers", encode_invalid_numbers}, {"decode_invalid_numbers", decode_invalid_numbers},
        {"new", make}, {NULL, NULL},
    };
    lua_newtable(lua);
    struct configuration *configuration = lua_newuserdata(lua, sizeof *configuration);
    *configuration = (struct configuration){0, 2, 10, 1000, 1000, 14, 1, 0, 1};
    for (const luaL_Reg *function = functions; function->name != NULL; function++) {
        lua_pushvalue(lua, -1);
        lua_pushcclosure(lua, function->func, 1);
        lua_setfield(lua, -3, function->name);
    }
    lua_pop(lua, 1);
    lua_pushlightuserdata(lua, NULL);
    lua_setfield(lua, -2, "null");
    lua_pushliteral(lua, "cjson");
    lua_setfield(lua, -2, "_NAME");
    lua_pushliteral(lua, "2.1.0");
    lua_setfield(lua, -2, "_VERSION");
    return 1;
}

int clua_open_cjson(lua_State *lua) { return make(lua); }
