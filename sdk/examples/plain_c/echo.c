/* A whole provider in plain C, stream tier: it answers with the model's name and the size of the request.
 *
 *   cc -std=c11 -shared -fPIC -fvisibility=hidden -Wl,-z,defs $(pkg-config --cflags aihub-sdk) -o c_echo.so echo.c */
#include <aihub/aihub.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct aihub_plugin {
    const aihub_host* host;
    const aihub_call_v1* call;
};
struct aihub_instance {
    const struct aihub_plugin* plugin;
};
struct aihub_callstate {
    aihub_call* call;
};

static aihub_slice text(const char* words) {
    aihub_slice slice;
    slice.ptr = words;
    slice.len = strlen(words);
    return slice;
}

static aihub_status refuse(const aihub_host* host, aihub_error* error, aihub_status status, const char* why) {
    host->set_error(error, status, text("c_echo"), text(why), text(""));
    return status;
}

static aihub_status init(const aihub_host* host, aihub_plugin** plugin, aihub_error* error) {
    const aihub_call_v1* call = host->get_extension(host, AIHUB_EXT_CALL);
    struct aihub_plugin* made;
    if (!AIHUB_HAS(call, aihub_call_v1, complete)) {
        return refuse(host, error, AIHUB_E_UNSUPPORTED, "this host has no " AIHUB_EXT_CALL);
    }
    made = malloc(sizeof *made);
    if (made == NULL) {
        return refuse(host, error, AIHUB_E_LIMIT, "out of memory");
    }
    made->host = host;
    made->call = call;
    *plugin = made;
    return AIHUB_OK;
}

static void deinit(aihub_plugin* plugin) {
    free(plugin);
}

static aihub_status create(
    aihub_plugin* plugin,
    void* host_instance,
    aihub_slice name,
    aihub_slice config_json,
    aihub_instance** instance,
    aihub_error* error
) {
    struct aihub_instance* made = malloc(sizeof *made);
    (void)host_instance;
    (void)name;
    (void)config_json;
    if (made == NULL) {
        return refuse(plugin->host, error, AIHUB_E_LIMIT, "out of memory");
    }
    made->plugin = plugin;
    *instance = made;
    return AIHUB_OK;
}

static void destroy_instance(aihub_instance* instance) {
    free(instance);
}

static void emit(const aihub_call_v1* host_call, aihub_call* call, int32_t kind, aihub_slice words, aihub_slice extra) {
    aihub_event event;
    memset(&event, 0, sizeof event);
    event.struct_size = sizeof event;
    event.kind = kind;
    event.text = words;
    event.extra = extra;
    host_call->emit(call, &event);
}

static aihub_status start(
    aihub_instance* instance,
    aihub_call* call,
    const aihub_request* request,
    aihub_callstate** state,
    aihub_error* error
) {
    const aihub_call_v1* host_call = instance->plugin->call;
    struct aihub_callstate* made = malloc(sizeof *made);
    char answer[80];
    if (made == NULL) {
        return refuse(instance->plugin->host, error, AIHUB_E_LIMIT, "out of memory");
    }
    made->call = call;
    *state = made;
    snprintf(answer, sizeof answer, "Echo: %lu bytes for ", (unsigned long)request->body.len);
    emit(host_call, call, AIHUB_EV_TEXT, text(answer), text(""));
    emit(host_call, call, AIHUB_EV_TEXT, request->model, text(""));
    emit(host_call, call, AIHUB_EV_FINISH, text(""), text("stop"));
    host_call->complete(call, NULL);
    return AIHUB_OK;
}

/* The whole answer came from start(), so there is nothing to go on with or to stop. */
static void resume(aihub_callstate* state) {
    (void)state;
}
static void cancel(aihub_callstate* state) {
    (void)state;
}
static void destroy_call(aihub_callstate* state) {
    free(state);
}

static const void* get_extension(aihub_plugin* plugin, const char* id) {
    static const aihub_lifecycle_v1 lifecycle = {sizeof lifecycle, 0, create, NULL, destroy_instance};
    static const aihub_provider_stream_v1 provider = {sizeof provider, 0, start, resume, cancel, destroy_call};
    (void)plugin;
    if (strcmp(id, AIHUB_EXT_LIFECYCLE) == 0) {
        return &lifecycle;
    }
    return strcmp(id, AIHUB_EXT_PROVIDER_STREAM) == 0 ? &provider : NULL;
}

static const char manifest[] =
    "{\"name\": \"C echo\", \"description\": \"The smallest provider, in plain C.\","
    " \"families\": [\"provider-stream\"], \"formats\": [\"openai.chat\"],"
    " \"config_schema\": {\"type\": \"object\", \"properties\": {}, \"additionalProperties\": false},"
    " \"permissions\": {\"origins\": [], \"secrets.read\": false, \"work\": false}}";

AIHUB_DEFINE_ENTRY(c_echo_entry) {
    static const aihub_plugin_entry entry = {
        sizeof entry,
        0,
        AIHUB_ABI_MAJOR,
        AIHUB_ABI_MINOR,
        0,
        0,
        "com.example.c-echo",
        "0.1.0",
        "aihub-sdk 1.0, C11",
        "",
        manifest,
        init,
        deinit,
        get_extension};
    return &entry;
}
