/* A codec that would do nothing, with one thing wrong, chosen by macros: see CMakeLists.txt. */
#include <aihub/aihub.h>

#ifndef ABI_MAJOR
#define ABI_MAJOR AIHUB_ABI_MAJOR
#endif
#ifndef ABI_NEEDS_MINOR
#define ABI_NEEDS_MINOR 0
#endif
#ifndef FLAVOUR
#define FLAVOUR ""
#endif
#ifndef ENTRY_FLAGS
#define ENTRY_FLAGS 0
#endif
#ifndef ENTRY
#define ENTRY AIHUB_PLUGIN_ENTRY_SYMBOL
#endif
#ifndef PLUGIN_ID
#define PLUGIN_ID "com.example.hostile"
#endif
#ifndef STRUCT_SIZE
#define STRUCT_SIZE sizeof(struct aihub_plugin_entry)
#endif
#ifndef MANIFEST
#define MANIFEST "{\"name\":\"hostile\",\"families\":[\"provider-codec\"],\"formats\":[\"openai.chat\"]}"
#endif

#ifdef EXTRA_EXPORT
int a_second_export(void);
int a_second_export(void) {
    return 1;
}
#endif
#ifdef UNDEFINED_SYMBOL
int aihub_internal_function(void);
#endif
#ifdef MISSING_SYMBOL
int nobody_defines_this(void);
#endif

static const aihub_host* the_host;

static void say(aihub_error* error, const char* text, size_t length) {
    const aihub_slice code = {"refused", 7};
    const aihub_slice message = {text, length};
    const aihub_slice nothing = {NULL, 0};
    the_host->set_error(error, AIHUB_E_UNAVAILABLE, code, message, nothing);
}

static aihub_status init(const aihub_host* host, aihub_plugin** plugin, aihub_error* error) {
    the_host = host;
    (void)plugin;
#ifdef UNDEFINED_SYMBOL
    return aihub_internal_function();
#endif
#ifdef MISSING_SYMBOL
    return nobody_defines_this();
#endif
#ifdef INIT_FAILS
    say(error, "no licence file", 15);
    return AIHUB_E_UNAVAILABLE;
#else
    (void)error;
    (void)say;
    return AIHUB_OK;
#endif
}

static void deinit(aihub_plugin* plugin) {
    (void)plugin;
}

static aihub_status create(
    aihub_plugin* plugin,
    void* host_instance,
    aihub_slice name,
    aihub_slice config_json,
    aihub_instance** instance,
    aihub_error* error
) {
    (void)plugin, (void)host_instance, (void)name, (void)config_json, (void)instance, (void)error;
#ifdef CREATE_FAILS
    say(error, "settings.region is not a region: use eu or us", 45);
    return AIHUB_E_INVALID;
#else
    return AIHUB_OK;
#endif
}
static void destroy(aihub_instance* instance) {
    (void)instance;
}

static aihub_status build(
    aihub_instance* instance,
    aihub_call* call,
    const aihub_request* request,
    aihub_http_request* http,
    aihub_callstate** state,
    aihub_error* error
) {
    (void)instance, (void)call, (void)request, (void)http, (void)state, (void)error;
    return AIHUB_E_INVALID;
}
static aihub_status on_head(
    aihub_callstate* state,
    aihub_call* call,
    int32_t http_status,
    const aihub_header* headers,
    size_t n_headers,
    aihub_error* error
) {
    (void)state, (void)call, (void)http_status, (void)headers, (void)n_headers, (void)error;
    return AIHUB_OK;
}
static aihub_status on_frame(
    aihub_callstate* state, aihub_call* call, aihub_slice event, aihub_slice data, aihub_error* error
) {
    (void)state, (void)call, (void)event, (void)data, (void)error;
    return AIHUB_OK;
}
static aihub_status on_end(aihub_callstate* state, aihub_call* call, aihub_status why, aihub_error* error) {
    (void)state, (void)call, (void)why, (void)error;
    return AIHUB_OK;
}
static void destroy_call(aihub_callstate* state) {
    (void)state;
}

#ifdef SHORT_FAMILY
#define CODEC_SIZE 16
#else
#define CODEC_SIZE sizeof(aihub_provider_codec_v1)
#endif
#ifdef NULL_FUNCTIONS
#define ON_FRAME NULL
#else
#define ON_FRAME on_frame
#endif

static const aihub_lifecycle_v1 lifecycle = {sizeof(aihub_lifecycle_v1), 0, create, NULL, destroy};
static const aihub_provider_codec_v1 codec = {CODEC_SIZE, 0, build, on_head, ON_FRAME, on_end, destroy_call};

static int same(const char* left, const char* right) {
    while (*left != 0 && *left == *right) {
        ++left;
        ++right;
    }
    return *left == *right;
}

static const void* get_extension(aihub_plugin* plugin, const char* id) {
    (void)plugin, (void)codec, (void)on_frame;
    if (same(id, AIHUB_EXT_LIFECYCLE)) {
        return &lifecycle;
    }
#ifndef FAMILY_MISSING
    if (same(id, AIHUB_EXT_PROVIDER_CODEC)) {
        return &codec;
    }
#endif
    return NULL;
}

static const aihub_plugin_entry entry = {
    STRUCT_SIZE,
    0,
    ABI_MAJOR,
    AIHUB_ABI_MINOR,
    ABI_NEEDS_MINOR,
    ENTRY_FLAGS,
    PLUGIN_ID,
    "0.1.0",
    "by hand",
    FLAVOUR,
    MANIFEST,
    init,
    deinit,
    get_extension,
};

/* The symbol's name is also the name of the struct's type, which C does not let a function have. */
AIHUB_EXPORT const aihub_plugin_entry* introduce(void) __asm__(ENTRY);
const aihub_plugin_entry* introduce(void) {
#ifdef NULL_ENTRY
    (void)entry;
    return NULL;
#else
    return &entry;
#endif
}
