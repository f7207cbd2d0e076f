/* A codec for tests. Settings: {"mode": "..."} makes it misbehave; a frame that begins with '!' asks the host for
 * something and tells the answer as a text event. Every other frame goes to the client as it is, but for:
 *   {"usage":<input>,<output>}   usage        [DONE]   the end */
#define _GNU_SOURCE
#include <aihub/aihub.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const aihub_host* the_host;
static const aihub_call_v1* calls;
static aihub_metric* the_metric;
static aihub_call* stale_call; /* of the call before */
static int instances;

struct aihub_instance {
    void* host;
    char mode[32];
};

struct aihub_callstate {
    struct aihub_instance* instance;
    aihub_call* call;
    int32_t http_status;
    int completed;
    aihub_request_header headers[2];
    aihub_slice body[1];
};

static aihub_slice text(const char* value) {
    const aihub_slice slice = {value, strlen(value)};
    return slice;
}

static int is_mode(const struct aihub_callstate* state, const char* mode) {
    return strcmp(state->instance->mode, mode) == 0;
}

static aihub_status emit_text(aihub_call* call, int32_t kind, aihub_slice value, aihub_slice extra) {
    aihub_event event = {.struct_size = sizeof event, .kind = kind, .text = value, .extra = extra};
    return calls->emit(call, &event);
}

static aihub_status fail(struct aihub_callstate* state, int32_t kind, const char* message) {
    aihub_failure failure = {.struct_size = sizeof failure, .kind = kind, .http_status = state->http_status};
    failure.retry_after_ns = kind == AIHUB_FAIL_RATE_LIMIT ? INT64_C(3000000000) : 0;
    failure.message = text(message);
    failure.detail_json = text("{\"code\":\"x\"}");
    state->completed = 1;
    return calls->complete(state->call, &failure);
}

static aihub_status init(const aihub_host* host, aihub_plugin** plugin, aihub_error* error) {
    (void)plugin, (void)error;
    the_host = host;
    calls = host->get_extension(host, AIHUB_EXT_CALL);
    const aihub_metrics_v1* metrics = host->get_extension(host, AIHUB_EXT_METRICS);
    return metrics->declare(
        host, AIHUB_METRIC_COUNTER, text("frames_total"), text("Frames."), text("word"), &the_metric
    );
}
static void deinit(aihub_plugin* plugin) {
    (void)plugin;
}

static void* idle(void* unused) {
    pause();
    return unused;
}

static aihub_status create(
    aihub_plugin* plugin,
    void* host_instance,
    aihub_slice name,
    aihub_slice config,
    aihub_instance** instance,
    aihub_error* error
) {
    (void)plugin, (void)name, (void)error;
    struct aihub_instance* made = calloc(1, sizeof *made);
    made->host = host_instance;
    char copy[256] = {0};
    memcpy(copy, config.ptr, config.len < sizeof copy - 1 ? config.len : sizeof copy - 1);
    const char* mode = strstr(copy, "\"mode\":\"");
    if (mode != NULL) {
        sscanf(mode + 8, "%31[a-z_]", made->mode);
    }
    ++instances;
    if (strcmp(made->mode, "leak_thread") == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, idle, NULL);
    }
    if (strcmp(made->mode, "leak_file") == 0 && open("/dev/null", O_RDONLY) < 0) {
        return AIHUB_E_UNAVAILABLE;
    }
    *instance = made;
    return AIHUB_OK;
}
static void destroy(aihub_instance* instance) {
    --instances;
    free(instance);
}

static aihub_status build(
    aihub_instance* instance,
    aihub_call* call,
    const aihub_request* request,
    aihub_http_request* http,
    aihub_callstate** state,
    aihub_error* error
) {
    if (request->n_members == 0) {
        the_host->set_error(
            error, AIHUB_E_INVALID, text("empty"), text("messages is missing: send at least one"), text("")
        );
        return AIHUB_E_INVALID;
    }
    struct aihub_callstate* made = calloc(1, sizeof *made);
    made->instance = instance;
    made->call = call;
    made->headers[0].name = text("content-type");
    made->headers[0].value = text("application/json");
    made->headers[1].name = text(strcmp(instance->mode, "bad_header") == 0 ? "Content-Length" : "authorization");
    made->headers[1].value = text("Bearer ");
    made->headers[1].secret = text("api_key");
    made->body[0] = request->body;
    http->framing = (request->flags & AIHUB_RF_STREAM) != 0 ? AIHUB_FRAMING_SSE : AIHUB_FRAMING_WHOLE;
    http->method = text("POST");
    http->path = text("/chat");
    http->headers = made->headers;
    http->n_headers = 2;
    http->body = made->body;
    http->n_body = 1;
    *state = made;
    if (is_mode(made, "late") && stale_call != NULL) {
        emit_text(stale_call, AIHUB_EV_TEXT, text("from the grave"), text(""));
    }
    stale_call = call;
    return AIHUB_OK;
}

static aihub_status on_head(
    aihub_callstate* state,
    aihub_call* call,
    int32_t http_status,
    const aihub_header* headers,
    size_t n_headers,
    aihub_error* error
) {
    (void)call, (void)headers, (void)n_headers, (void)error;
    state->http_status = http_status;
    return AIHUB_OK;
}

static const char* name_of(aihub_status status) {
    static char number[16];
    snprintf(number, sizeof number, "%d", status);
    return number;
}

static void told(void* arg) {
    struct aihub_callstate* state = arg;
    const aihub_metrics_v1* metrics = the_host->get_extension(the_host, AIHUB_EXT_METRICS);
    (void)state;
    metrics->record(the_metric, text("told"), 1);
}
static void posted(aihub_callstate* state, void* arg) {
    emit_text(state->call, AIHUB_EV_TEXT, text(arg), text(""));
}
static void http_head(void* arg, int32_t status, const aihub_header* headers, size_t n) {
    (void)arg, (void)status, (void)headers, (void)n;
}
static void http_frame(void* arg, aihub_slice event, aihub_slice data) {
    (void)event, (void)data, told(arg);
}
static void http_end(void* arg, aihub_status status) {
    (void)status, told(arg);
}

static aihub_status start_http(struct aihub_callstate* state, aihub_slice origin) {
    const aihub_http_v1* http = the_host->get_extension(the_host, AIHUB_EXT_HTTP);
    if (http == NULL) {
        return AIHUB_E_UNSUPPORTED;
    }
    aihub_request_header header = {text("x-key"), text("Key "), text("api_key")};
    aihub_http_request request = {
        .struct_size = sizeof request,
        .framing = AIHUB_FRAMING_WHOLE,
        .method = text("GET"),
        .path = text("/v1/x"),
        .headers = &header,
        .n_headers = 1};
    aihub_http_sink sink = {sizeof sink, 0, state, http_head, http_frame, http_end};
    uint64_t id = 0;
    return http->start(state->instance->host, origin, &request, 1000000, &sink, &id);
}

/* Holds the loop for so many milliseconds, whatever interrupts it. */
static void hold(const char* milliseconds) {
    const long long time = strtoll(milliseconds, NULL, 10);
    struct timespec left = {time / 1000, time % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0) {
    }
}

/* "!word argument" */
static aihub_status command(struct aihub_callstate* state, const char* word, const char* argument) {
    if (strcmp(word, "log") == 0) {
        const aihub_log_v1* log = the_host->get_extension(the_host, AIHUB_EXT_LOG);
        const aihub_field field = {text("what"), text(argument)};
        log->write(the_host, AIHUB_LOG_INFO, text(argument), &field, 1);
        return AIHUB_OK;
    }
    if (strcmp(word, "metric") == 0) {
        const aihub_metrics_v1* metrics = the_host->get_extension(the_host, AIHUB_EXT_METRICS);
        metrics->record(the_metric, text(argument), 1);
        return metrics->declare(the_host, AIHUB_METRIC_GAUGE, text("late"), text(""), text(""), &the_metric);
    }
    if (strcmp(word, "secret") == 0) {
        const aihub_secret_v1* secret = the_host->get_extension(the_host, AIHUB_EXT_SECRET);
        char buffer[64];
        size_t length = 0;
        const aihub_status exists = secret->exists(state->instance->host, text(argument));
        return exists != AIHUB_OK ? exists
                                  : secret->read(state->instance->host, text(argument), buffer, sizeof buffer, &length);
    }
    if (strcmp(word, "timer") == 0) {
        const aihub_timer_v1* timer = the_host->get_extension(the_host, AIHUB_EXT_TIMER);
        uint64_t id = 0;
        return timer->start(state->instance->host, strtoll(argument, NULL, 10) * 1000000, told, state, &id);
    }
    if (strcmp(word, "work") == 0) {
        const aihub_work_v1* work = the_host->get_extension(the_host, AIHUB_EXT_WORK);
        return work->run(state->instance->host, told, told, state);
    }
    if (strcmp(word, "post") == 0) {
        static char kept[] = "posted";
        return calls->post(state->call, posted, kept);
    }
    if (strcmp(word, "http") == 0) {
        return start_http(state, text(argument));
    }
    if (strcmp(word, "hold") == 0) {
        hold(argument);
        return AIHUB_OK;
    }
    if (strcmp(word, "deadline") == 0) {
        return (aihub_status)(calls->deadline_ns(state->call) / 1000000000);
    }
    return AIHUB_E_UNSUPPORTED;
}

static void wait_50_ms(void) {
    struct timespec time = {0, 50000000};
    nanosleep(&time, NULL);
}

static void misbehave(struct aihub_callstate* state) {
    if (is_mode(state, "block")) {
        wait_50_ms();
    }
    if (is_mode(state, "crash")) {
        raise(SIGSEGV);
    }
    if (is_mode(state, "hang")) {
        for (;;) {
            wait_50_ms();
        }
    }
    if (is_mode(state, "exit")) {
        _exit(3);
    }
    if (is_mode(state, "print")) {
        printf("a plugin that prints\n");
        fflush(stdout);
    }
}

static aihub_status on_frame(
    aihub_callstate* state, aihub_call* call, aihub_slice event, aihub_slice data, aihub_error* error
) {
    misbehave(state);
    if (is_mode(state, "nonsense")) {
        return 4242;
    }
    if (is_mode(state, "fail")) {
        the_host->set_error(error, AIHUB_E_UPSTREAM, text("x"), text("the frame makes no sense"), text(""));
        return AIHUB_E_UPSTREAM;
    }
    if (state->http_status >= 400) {
        return fail(
            state, state->http_status == 429 ? AIHUB_FAIL_RATE_LIMIT : AIHUB_FAIL_UPSTREAM, "the upstream said no"
        );
    }
    if (data.len == 6 && memcmp(data.ptr, "[DONE]", 6) == 0) {
        emit_text(call, AIHUB_EV_FINISH, text(""), text("stop"));
        state->completed = 1;
        calls->complete(call, NULL);
        if (is_mode(state, "twice")) {
            calls->complete(call, NULL);
        }
        if (is_mode(state, "after_end")) {
            emit_text(call, AIHUB_EV_TEXT, text("one more"), text(""));
        }
        return AIHUB_OK;
    }
    char copy[256] = {0};
    memcpy(copy, data.ptr, data.len < sizeof copy - 1 ? data.len : sizeof copy - 1);
    unsigned long long input = 0;
    unsigned long long output = 0;
    unsigned long long audio_ms = 0;
    if (sscanf(copy, "{\"usage\":%llu,%llu,%llu}", &input, &output, &audio_ms) >= 2) {
        aihub_event usage = {.struct_size = sizeof usage, .kind = AIHUB_EV_USAGE};
        if (is_mode(state, "minor_zero")) {
            usage.struct_size = offsetof(aihub_event, audio_ms);
        }
        usage.audio_ms = audio_ms;
        for (int i = 0; i < AIHUB_N_COUNT; ++i) {
            usage.n[i] = AIHUB_N_UNKNOWN;
        }
        usage.n[AIHUB_N_INPUT] = input;
        usage.n[AIHUB_N_OUTPUT] = output;
        return calls->emit(call, &usage);
    }
    char word[32] = {0};
    char argument[128] = {0};
    if (sscanf(copy, "!%31s %127s", word, argument) >= 1) {
        return emit_text(call, AIHUB_EV_TEXT, text(name_of(command(state, word, argument))), text(""));
    }
    return emit_text(call, AIHUB_EV_RAW, data, event);
}

static aihub_status on_end(aihub_callstate* state, aihub_call* call, aihub_status why, aihub_error* error) {
    (void)call, (void)error;
    if (state->completed || why == AIHUB_CANCELLED || is_mode(state, "silent")) {
        return AIHUB_OK;
    }
    fail(state, why == AIHUB_E_TIMEOUT ? AIHUB_FAIL_TIMEOUT : AIHUB_FAIL_UPSTREAM, "the reply was cut");
    return AIHUB_OK;
}

static void destroy_call(aihub_callstate* state) {
    free(state);
}

static const aihub_lifecycle_v1 lifecycle = {sizeof lifecycle, 0, create, NULL, destroy};
static const aihub_provider_codec_v1 codec = {sizeof codec, 0, build, on_head, on_frame, on_end, destroy_call};

static const void* get_extension(aihub_plugin* plugin, const char* id) {
    (void)plugin;
    if (strcmp(id, AIHUB_EXT_LIFECYCLE) == 0) {
        return &lifecycle;
    }
    return strcmp(id, AIHUB_EXT_PROVIDER_CODEC) == 0 ? &codec : NULL;
}

static const char manifest[] =
    "{\"name\":\"Test codec\",\"description\":\"A codec for tests.\",\"families\":[\"provider-codec\"],"
    "\"formats\":[\"openai.chat\"],"
    "\"config_schema\":{\"type\":\"object\",\"properties\":{\"mode\":{\"type\":\"string\",\"description\":\"How it "
    "misbehaves.\",\"default\":\"\"}},\"additionalProperties\":false},"
    "\"permissions\":{\"origins\":[\"https://files.example.com\"],\"work\":true},"
    "\"presets\":{\"acme\":{\"base_url\":\"https://api.example.com/v1\",\"base_url_env\":\"ACME_URL\","
    "\"base_url_suffix\":\"/"
    "v1\",\"secrets\":{\"api_key\":\"ACME_KEY\"},\"secret_required\":true,\"models\":[\"a-1\"]}}}";

static const aihub_plugin_entry entry = {
    sizeof entry,
    0,
    AIHUB_ABI_MAJOR,
    AIHUB_ABI_MINOR,
    0,
    0,
    "com.example.codec",
    "1.2.3",
    "by hand",
    "",
    manifest,
    init,
    deinit,
    get_extension,
};

/* The symbol's name is also the name of the struct's type, which C does not let a function have. */
AIHUB_EXPORT const aihub_plugin_entry* introduce(void) __asm__(AIHUB_PLUGIN_ENTRY_SYMBOL);
const aihub_plugin_entry* introduce(void) {
    return &entry;
}
