#include "acq/core/err.h"
#include "acq/plant/option.h"
#include "acq/plant/reference.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#define PLAIN_TEXT "^[^\\u0000-\\u001f\\u007f]*$"
#define ID "^[A-Za-z0-9.-][A-Za-z0-9_.-]{0,63}$"
#define NAME "^[A-Za-z0-9-][A-Za-z0-9_-]{0,63}$"
#define SIGNAL_ID "^(?!time$|at$)(?!.*_(why|text|raw)$)[A-Za-z0-9-][A-Za-z0-9_-]{0,63}$"
#define SIGNAL "^[A-Za-z0-9-][A-Za-z0-9_-]{0,63}[.][A-Za-z0-9-][A-Za-z0-9_-]{0,63}$"
#define ENDPOINT "^([A-Za-z0-9._-]+|\\[[A-Za-z0-9:.%]+\\]):[0-9]{1,5}$"
#define URL "^https?://[^/@?# ]+[^@?# ]*$"
#define MANUAL_ADDRESS "^[0134][0-9]{4,5}$"

static cJSON *add_object(cJSON *parent, const char *key)
{
    cJSON *object = cJSON_AddObjectToObject(parent, key);
    pw_require(object != NULL);
    return object;
}

static void add_string(cJSON *parent, const char *key, const char *value)
{
    pw_require(cJSON_AddStringToObject(parent, key, value) != NULL);
}

static void add_number(cJSON *parent, const char *key, double value)
{
    pw_require(cJSON_AddNumberToObject(parent, key, value) != NULL);
}

static void add_pattern(cJSON *s, const char *pattern)
{
    add_string(s, "type", "string");
    add_string(s, "pattern", pattern);
}

static void add_range(cJSON *s, const char *type, const struct option *o)
{
    add_string(s, "type", type);
    add_number(s, "minimum", o->min);
    add_number(s, "maximum", o->max);
}

static void add_reference(cJSON *s, enum option_scope scope)
{
    char text[64];
    unsigned index = 0;
    while (option_scopes()[index].scope != scope)
        index++;
    snprintf(text, sizeof text, "#/definitions/%s", option_scopes()[index].key);
    add_string(s, "$ref", text);
}

static void add_pair(cJSON *s, const struct option *o)
{
    add_string(s, "type", "array");
    add_number(s, "minItems", 2);
    add_number(s, "maxItems", 2);
    add_range(add_object(s, "items"), "number", o);
}

static void add_numbers(cJSON *s, const struct option *o)
{
    add_string(s, "type", "array");
    add_number(s, "maxItems", OPTION_NUMBERS_MAX);
    add_range(add_object(s, "items"), "number", o);
}

static void add_words(cJSON *s, const struct option_word *words)
{
    cJSON *list = cJSON_AddArrayToObject(s, "enum");
    for (const struct option_word *w = words; w->text; w++)
        cJSON_AddItemToArray(list, cJSON_CreateString(w->text));
}

static void add_address(cJSON *s, const struct option *o)
{
    cJSON *list = cJSON_AddArrayToObject(s, "anyOf");
    cJSON *number = cJSON_CreateObject();
    cJSON *text = cJSON_CreateObject();
    add_range(number, "integer", o);
    add_pattern(text, MANUAL_ADDRESS);
    cJSON_AddItemToArray(list, number);
    cJSON_AddItemToArray(list, text);
}

/* Lengths are bytes to the loader and characters to a schema, so only the loader is exact for text
 * that is not ASCII. */
static void add_text(cJSON *s, const struct option *o)
{
    add_pattern(s, PLAIN_TEXT);
    add_number(s, "minLength", o->min);
    add_number(s, "maxLength", o->max);
}

static void add_list(cJSON *s, const struct option *o)
{
    add_string(s, "type", "array");
    add_number(s, "maxItems", o->max);
    cJSON *items = add_object(s, "items");
    if (o->kind == KIND_LIST) {
        add_reference(items, o->child);
    } else {
        add_string(items, "type", "string");
        add_number(items, "minLength", 1);
    }
}

static void add_map(cJSON *s, const struct option *o)
{
    add_string(s, "type", "object");
    add_number(s, "maxProperties", o->max);
    add_string(add_object(s, "propertyNames"), "pattern", o->child == IN_SIGNAL ? SIGNAL_ID : NAME);
    add_reference(add_object(s, "additionalProperties"), o->child);
}

static void add_signal_list(cJSON *s)
{
    add_string(s, "type", "array");
    add_pattern(add_object(s, "items"), SIGNAL);
}

static void add_signal_map(cJSON *s, const struct option *o)
{
    add_string(s, "type", "object");
    add_number(s, "maxProperties", o->max);
    add_string(add_object(s, "propertyNames"), "pattern", NAME);
    cJSON *member = add_object(s, "additionalProperties");
    if (o->kind == KIND_SIGNAL_MAP) {
        add_pattern(member, SIGNAL);
        return;
    }
    cJSON *list = cJSON_AddArrayToObject(member, "anyOf");
    cJSON *shapes[] = {cJSON_CreateObject(), cJSON_CreateObject(), cJSON_CreateObject()};
    add_reference(shapes[0], o->child);
    add_pattern(shapes[1], SIGNAL);
    add_signal_list(shapes[2]);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        cJSON_AddItemToArray(list, shapes[i]);
}

static void add_kind(cJSON *s, const struct option *o)
{
    switch (o->kind) {
    case KIND_INT:
        add_range(s, "integer", o);
        break;
    case KIND_NONZERO:
        add_number(add_object(s, "not"), "const", 0);
        add_range(s, "number", o);
        break;
    case KIND_NUMBER:
        add_range(s, "number", o);
        break;
    case KIND_PAIR:
    case KIND_SPAN:
        add_pair(s, o);
        break;
    case KIND_NUMBERS:
        add_numbers(s, o);
        break;
    case KIND_BOOL:
        add_string(s, "type", "boolean");
        break;
    case KIND_TEXT:
    case KIND_PATH:
        add_text(s, o);
        break;
    case KIND_WORD:
        add_words(s, o->words);
        break;
    case KIND_ID:
        add_pattern(s, ID);
        break;
    case KIND_NAME:
        add_pattern(s, NAME);
        break;
    case KIND_SIGNAL:
        add_pattern(s, SIGNAL);
        break;
    case KIND_REF:
    case KIND_ZONE:
        add_string(s, "type", "string");
        break;
    case KIND_ADDRESS:
        add_address(s, o);
        break;
    case KIND_ENDPOINT:
        add_pattern(s, ENDPOINT);
        break;
    case KIND_URL:
        add_pattern(s, URL);
        break;
    case KIND_OBJECT:
        add_reference(s, o->child);
        break;
    case KIND_LIST:
    case KIND_TEXT_LIST:
        add_list(s, o);
        break;
    case KIND_MAP:
        add_map(s, o);
        break;
    case KIND_SIGNAL_MAP:
    case KIND_INPUT_MAP:
        add_signal_map(s, o);
        break;
    case KIND_NUMBER_MAP:
        add_string(s, "type", "object");
        add_range(add_object(s, "additionalProperties"), "number", o);
        break;
    }
}

static void add_option(cJSON *properties, const struct option *o)
{
    cJSON *s = add_object(properties, o->key);
    char doc[2048];
    snprintf(doc, sizeof doc, "%s%s%s", o->doc, o->unit ? " Unit: " : "", o->unit ? o->unit : "");
    add_string(s, "description", doc);
    if (o->fallback)
        cJSON_AddItemToObject(s, "default", cJSON_Parse(o->fallback));
    add_kind(s, o);
}

static void add_scope(cJSON *s, const struct option_scope_text *scope)
{
    add_string(s, "description", scope->doc);
    add_string(s, "type", "object");
    pw_require(cJSON_AddFalseToObject(s, "additionalProperties") != NULL);
    cJSON *required = cJSON_CreateArray();
    cJSON *properties = add_object(s, "properties");
    size_t count;
    const struct option *table = option_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (!option_is_in(&table[i], scope->scope))
            continue;
        add_option(properties, &table[i]);
        if (table[i].required)
            cJSON_AddItemToArray(required, cJSON_CreateString(table[i].key));
    }
    cJSON_AddItemToObject(s, "required", required);
}

void plant_write_schema(FILE *out)
{
    cJSON *s = cJSON_CreateObject();
    add_string(s, "$schema", "http://json-schema.org/draft-07/schema#");
    add_string(s, "title", "Plumewatch configuration");
    const struct option_scope_text *scopes = option_scopes();
    add_scope(s, &scopes[0]);
    cJSON *definitions = add_object(s, "definitions");
    for (size_t i = 1; i < SCOPE_COUNT; i++)
        add_scope(add_object(definitions, scopes[i].key), &scopes[i]);
    char *text = cJSON_Print(s);
    pw_require(text != NULL);
    fprintf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(s);
}
