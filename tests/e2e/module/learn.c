/* A module of servers, for the tests of commands that corelane has to learn.
 *
 * It is compiled by the tests that use it. Servers hand a module one function, which gives the others by name; so
 * no header of a server is needed, only the types of the functions that are used. */

#include <stddef.h>

typedef struct Context Context;
typedef struct Text Text;
typedef struct Reply Reply;
typedef struct Command Command;
typedef int (*Run)(Context *, Text **, int);

static int (*get_function)(const char *, void *);
static void (*set_attributes)(Context *, const char *, int, int);
static int (*create_command)(Context *, const char *, Run, const char *, int, int, int);
static Command *(*get_command)(Context *, const char *);
static int (*create_subcommand)(Command *, const char *, Run, const char *, int, int, int);
static Reply *(*call)(Context *, const char *, const char *, ...);
static void (*free_reply)(Reply *);
static int (*reply_with_reply)(Context *, Reply *);
static int (*reply_with_number)(Context *, long long);
static int (*reply_with_arity_error)(Context *);

enum { OK = 0, ERROR = 1, API_VERSION = 1 };

/* LEARN.SET key value */
static int set(Context *context, Text **args, int count) {
    if (count != 3) return reply_with_arity_error(context);
    Reply *reply = call(context, "SET", "!ss", args[1], args[2]);
    reply_with_reply(context, reply);
    free_reply(reply);
    return OK;
}

/* LEARN.GET key */
static int get(Context *context, Text **args, int count) {
    if (count != 2) return reply_with_arity_error(context);
    Reply *reply = call(context, "GET", "s", args[1]);
    reply_with_reply(context, reply);
    free_reply(reply);
    return OK;
}

/* LEARN.BOX GET key */
static int box_get(Context *context, Text **args, int count) {
    if (count != 3) return reply_with_arity_error(context);
    return get(context, args + 1, 2);
}

/* LEARN.PAIR key key, and what has no key: the number of arguments. */
static int number(Context *context, Text **args, int count) {
    (void)args;
    return reply_with_number(context, count);
}

static const struct {
    const char *name;
    void *place;
} FUNCTIONS[] = {
    {"RedisModule_SetModuleAttribs", &set_attributes},
    {"RedisModule_CreateCommand", &create_command},
    {"RedisModule_GetCommand", &get_command},
    {"RedisModule_CreateSubcommand", &create_subcommand},
    {"RedisModule_Call", &call},
    {"RedisModule_FreeCallReply", &free_reply},
    {"RedisModule_ReplyWithCallReply", &reply_with_reply},
    {"RedisModule_ReplyWithLongLong", &reply_with_number},
    {"RedisModule_WrongArity", &reply_with_arity_error},
};

int RedisModule_OnLoad(Context *context, Text **args, int count) {
    (void)args;
    (void)count;
    get_function = *(int (**)(const char *, void *))context;
    for (size_t at = 0; at < sizeof(FUNCTIONS) / sizeof(FUNCTIONS[0]); at++) {
        if (get_function(FUNCTIONS[at].name, FUNCTIONS[at].place) != OK) return ERROR;
    }
    set_attributes(context, "learn", 1, API_VERSION);
    if (create_command(context, "learn.set", set, "write deny-oom", 1, 1, 1) != OK ||
        create_command(context, "learn.get", get, "readonly fast", 1, 1, 1) != OK ||
        create_command(context, "learn.pair", number, "readonly", 1, 2, 1) != OK ||
        create_command(context, "learn.admin", number, "admin", 1, 1, 1) != OK ||
        create_command(context, "learn.keyless", number, "readonly", 0, 0, 0) != OK ||
        create_command(context, "learn.all", number, "write", 0, 0, 0) != OK ||
        create_command(context, "learn.box", NULL, "readonly", 0, 0, 0) != OK) {
        return ERROR;
    }
    return create_subcommand(get_command(context, "learn.box"), "get", box_get, "readonly", 2, 2, 1);
}
