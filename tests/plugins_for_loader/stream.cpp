// A stream-tier provider for tests: it answers with `words` numbered texts and a finish, from a thread of its own for
// each instance, and keeps to back-pressure. Settings: {"words": 3, "mode": "..."} where a mode makes it misbehave:
//   deaf      ignores cancel()            late    completes a cancelled call only when resume() is called
//   pushy     ignores back-pressure       twice   completes twice          refuse  start() fails
//   at_once   answers within start()      chatty  emits after complete()
#include <aihub/aihub.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <new>
#include <string>
#include <thread>

namespace {

const aihub_host* the_host = nullptr;
const aihub_call_v1* calls = nullptr;

aihub_slice text(const char* value) {
    return {value, std::strlen(value)};
}

}  // namespace

struct aihub_callstate {
    aihub_instance* instance = nullptr;
    aihub_call* call = nullptr;
    int next = 0;
    bool paused = false;
    bool cancelled = false;
    bool done = false;
};

struct aihub_instance {
    std::string mode;
    int words = 3;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<aihub_callstate*> ready;
    bool ending = false;
    std::thread thread;

    bool is(const char* name) const { return mode == name; }

    void wake(aihub_callstate* state) {
        ready.push_back(state);
        changed.notify_one();
    }

    void complete(aihub_callstate* state, const aihub_failure* failure) {
        aihub_call* const call = state->call;
        const bool twice = is("twice");
        const bool chatty = is("chatty");
        state->done = true;
        calls->complete(call, failure);
        if (twice) {
            calls->complete(call, failure);
        }
        if (chatty) {
            aihub_event event{};
            event.struct_size = sizeof event;
            event.kind = AIHUB_EV_TEXT;
            event.text = text("more");
            calls->emit(call, &event);
        }
    }

    // Sends what may be sent now. True: it wants to go on at once.
    bool advance(aihub_callstate* state) {
        if (state->cancelled && !is("deaf") && !is("late")) {
            aihub_failure failure{};
            failure.struct_size = sizeof failure;
            failure.kind = AIHUB_FAIL_INTERNAL;
            failure.message = text("cancelled");
            complete(state, &failure);
            return false;
        }
        if (state->cancelled) {
            return false;  // neither a word nor an end
        }
        if (state->next == words) {
            aihub_event finish{};
            finish.struct_size = sizeof finish;
            finish.kind = AIHUB_EV_FINISH;
            finish.extra = text("stop");
            calls->emit(state->call, &finish);
            complete(state, nullptr);
            return false;
        }
        const std::string word = "word " + std::to_string(state->next++);
        aihub_event event{};
        event.struct_size = sizeof event;
        event.kind = AIHUB_EV_TEXT;
        event.text = {word.data(), word.size()};
        const aihub_status status = calls->emit(state->call, &event);
        state->paused = status == AIHUB_AGAIN && !is("pushy");
        return status == AIHUB_OK || (status == AIHUB_AGAIN && is("pushy"));
    }

    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return ending || !ready.empty(); });
            if (ready.empty()) {
                return;
            }
            aihub_callstate* state = ready.front();
            ready.pop_front();
            // The lock stays: destroy() of the state takes it, too, and so waits for us.
            if (!state->done && advance(state)) {
                ready.push_back(state);
            }
        }
    }
};

namespace {

aihub_status init(const aihub_host* host, aihub_plugin**, aihub_error*) {
    the_host = host;
    calls = static_cast<const aihub_call_v1*>(host->get_extension(host, AIHUB_EXT_CALL));
    return AIHUB_OK;
}
void deinit(aihub_plugin*) {}

aihub_status create(aihub_plugin*, void*, aihub_slice, aihub_slice config, aihub_instance** instance, aihub_error*) {
    auto* made = new aihub_instance;
    const std::string settings(config.ptr, config.len);
    if (const std::size_t at = settings.find("\"mode\":\""); at != std::string::npos) {
        made->mode = settings.substr(at + 8, settings.find('"', at + 8) - at - 8);
    }
    if (const std::size_t at = settings.find("\"words\":"); at != std::string::npos) {
        made->words = std::atoi(settings.c_str() + at + 8);
    }
    made->thread = std::thread([made] { made->run(); });
    *instance = made;
    return AIHUB_OK;
}

void destroy(aihub_instance* instance) {
    {
        const std::scoped_lock lock(instance->mutex);
        instance->ending = true;
    }
    instance->changed.notify_all();
    instance->thread.join();
    delete instance;
}

aihub_status start(
    aihub_instance* instance, aihub_call* call, const aihub_request*, aihub_callstate** state, aihub_error* error
) {
    if (instance->is("refuse")) {
        the_host->set_error(error, AIHUB_E_UNAVAILABLE, text("busy"), text("the model is still loading"), text(""));
        return AIHUB_E_UNAVAILABLE;
    }
    auto* made = new aihub_callstate{instance, call};
    *state = made;
    if (instance->is("at_once")) {
        while (instance->advance(made)) {
        }
        return AIHUB_OK;
    }
    const std::scoped_lock lock(instance->mutex);
    instance->wake(made);
    return AIHUB_OK;
}

void resume(aihub_callstate* state) {
    const std::scoped_lock lock(state->instance->mutex);
    if (state->paused || state->cancelled) {
        state->paused = false;
        if (state->instance->is("late") && state->cancelled) {
            state->instance->mode.clear();
        }
        state->instance->wake(state);
    }
}

void cancel(aihub_callstate* state) {
    const std::scoped_lock lock(state->instance->mutex);
    if (!state->cancelled) {
        state->cancelled = true;
        state->instance->wake(state);
    }
}

void destroy_call(aihub_callstate* state) {
    aihub_instance* const instance = state->instance;
    const std::scoped_lock lock(instance->mutex);
    std::erase(instance->ready, state);
    delete state;
}

const aihub_lifecycle_v1 kLifecycle = {sizeof(aihub_lifecycle_v1), 0, create, nullptr, destroy};
const aihub_provider_stream_v1 kStream = {sizeof(aihub_provider_stream_v1), 0, start, resume, cancel, destroy_call};

const void* get_extension(aihub_plugin*, const char* id) {
    if (std::strcmp(id, AIHUB_EXT_LIFECYCLE) == 0) {
        return &kLifecycle;
    }
    return std::strcmp(id, AIHUB_EXT_PROVIDER_STREAM) == 0 ? &kStream : nullptr;
}

constexpr const char* kManifest = R"({"name":"Test stream","families":["provider-stream"],"formats":["openai.chat"],
"config_schema":{"type":"object","properties":{
"words":{"type":"integer","description":"Length of the answer.","default":3,"minimum":0,"maximum":1000},
"mode":{"type":"string","description":"How it misbehaves.","default":""}}}})";

const aihub_plugin_entry kEntry = {
    sizeof(aihub_plugin_entry),
    0,
    AIHUB_ABI_MAJOR,
    AIHUB_ABI_MINOR,
    0,
    0,
    "com.example.stream",
    "1.0.0",
    "by hand",
    "",
    kManifest,
    init,
    deinit,
    get_extension};

}  // namespace

// The symbol's name is also the name of the struct's type, which a function beside it cannot have.
extern "C" AIHUB_EXPORT const aihub_plugin_entry* introduce() __asm__(AIHUB_PLUGIN_ENTRY_SYMBOL);
const aihub_plugin_entry* introduce() {
    return &kEntry;
}
