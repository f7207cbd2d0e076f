// A host for plugins without a host: services whose time the test drives, and calls that remember what they were told.
#pragma once

#include <aihub/aihub.h>

#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::testing {

inline std::string text_of(aihub_slice slice) {
    return slice.len == 0 ? "" : std::string(slice.ptr, slice.len);
}
inline aihub_slice slice_of(std::string_view text) {
    return {text.data(), text.size()};
}

// One model call; its address is the plugin's aihub_call handle.
struct FakeCall {
    struct Event {
        int kind;
        std::uint32_t choice, block;
        std::string text, extra;
        std::array<std::uint64_t, AIHUB_N_COUNT> n;
        std::uint64_t audio_ms;
        std::uint64_t cache_write_1h;
    };
    struct Failure {
        int kind, http_status;
        std::int64_t retry_after_ns;
        std::string message, detail_json;
    };
    std::vector<Event> events;
    int completions = 0;
    std::optional<Failure> failure;
    std::function<aihub_status(const Event&)> answer;  // to emit(); not set: AIHUB_OK
    std::vector<std::function<void()>> posted;

    aihub_call* handle() { return reinterpret_cast<aihub_call*>(this); }
    [[nodiscard]] std::string joined(int kind, std::uint32_t choice = 0) const {
        std::string text;
        for (const Event& event : events) {
            text += event.kind == kind && event.choice == choice ? event.text + event.extra : "";
        }
        return text;
    }
    void run_posted() {
        for (auto tasks = std::exchange(posted, {}); !tasks.empty(); tasks = std::exchange(posted, {})) {
            for (const auto& task : tasks) {
                task();
            }
        }
    }
};

// Timers run in advance(); the wall clock stands at `wall_ns`. One thread.
class FakePluginHost {
public:
    std::int64_t now_ns = 0;
    std::int64_t wall_ns = 784111777LL * 1000000000;  // 1994-11-06T08:49:37Z
    std::string error_code, error_message;
    std::vector<std::string> log;
    std::map<std::string, const void*, std::less<>> more;  // further services, by their ids
    void* more_owner = nullptr;                            // whose they are

    FakePluginHost() {
        host_ = {sizeof host_, 0, AIHUB_ABI_MAJOR, AIHUB_ABI_MINOR, this, "AI Hub", "0.0.0", "", &find, &set_error};
    }
    const aihub_host* host() const { return &host_; }
    aihub_error* error() { return reinterpret_cast<aihub_error*>(this); }
    [[nodiscard]] std::size_t timers() const { return timers_.size(); }
    void forget_timers() { timers_.clear(); }  // as at the end of an instance
    void advance(std::int64_t by_ns) {
        const std::int64_t until = now_ns + by_ns;
        while (!timers_.empty() && timers_.begin()->first.first <= until) {
            const auto timer = timers_.extract(timers_.begin());
            now_ns = timer.key().first;
            timer.mapped()();
        }
        now_ns = until;
    }

private:
    static FakePluginHost& of(const void* self) { return *static_cast<FakePluginHost*>(const_cast<void*>(self)); }
    static FakeCall& of(aihub_call* call) { return *reinterpret_cast<FakeCall*>(call); }
    static void set_error(aihub_error* to, aihub_status, aihub_slice code, aihub_slice message, aihub_slice) {
        of(to).error_code = text_of(code);
        of(to).error_message = text_of(message);
    }
    static aihub_status emit(aihub_call* call, const aihub_event* e) {
        FakeCall::Event event{
            e->kind,
            e->choice,
            e->block,
            text_of(e->text),
            text_of(e->extra),
            std::to_array(e->n),
            e->audio_ms,
            e->cache_write_1h};
        of(call).events.push_back(event);
        return of(call).completions > 0 ? AIHUB_GONE : of(call).answer ? of(call).answer(event) : AIHUB_OK;
    }
    static aihub_status complete(aihub_call* call, const aihub_failure* f) {
        if (f != nullptr) {
            of(call).failure = {
                f->kind, f->http_status, f->retry_after_ns, text_of(f->message), text_of(f->detail_json)};
        }
        return of(call).completions++ == 0 ? AIHUB_OK : AIHUB_GONE;
    }
    static const void* find(const aihub_host*, const char* id);

    aihub_host host_{};
    std::uint64_t next_timer_ = 1;
    std::map<std::pair<std::int64_t, std::uint64_t>, std::function<void()>> timers_;
};

inline const void* FakePluginHost::find(const aihub_host* asking, const char* wanted) {
    const auto& more = of(asking->host_data).more;
    if (const auto found = more.find(std::string_view(wanted)); found != more.end()) {
        return found->second;
    }
    static const aihub_call_v1 call{
        sizeof call,
        0,
        &emit,
        &complete,
        [](aihub_call*) -> std::int64_t { return 0; },
        [](aihub_call* c) { return of(c).completions > 0 ? AIHUB_GONE : AIHUB_OK; },
        [](aihub_call* c, void (*fn)(aihub_callstate*, void*), void* argument) {
            of(c).posted.push_back([c, fn, argument] { of(c).completions == 0 ? fn(nullptr, argument) : void(); });
            return AIHUB_OK;
        }};
    static const aihub_clock_v1 clock{
        sizeof clock,
        0,
        [](const aihub_host* h) { return of(h->host_data).now_ns; },
        [](const aihub_host* h) { return of(h->host_data).wall_ns; }};
    static const aihub_log_v1 log{
        sizeof log,
        0,
        [](const aihub_host* h, std::int32_t, aihub_slice message, const aihub_field* fields, std::size_t count) {
            std::string line = text_of(message);
            for (std::size_t at = 0; at < count; ++at) {
                line += " " + text_of(fields[at].key) + "=" + text_of(fields[at].value);
            }
            of(h->host_data).log.push_back(line);
        },
        [](const aihub_host*, std::int32_t) { return 1; }};
    static const aihub_timer_v1 timer{
        sizeof timer,
        0,
        [](void* self, std::int64_t delay_ns, void (*fn)(void*), void* argument, std::uint64_t* id) {
            *id = of(self).next_timer_++;
            of(self).timers_.emplace(std::pair(of(self).now_ns + delay_ns, *id), [fn, argument] { fn(argument); });
            return AIHUB_OK;
        },
        [](void* self, std::uint64_t id) {
            std::erase_if(of(self).timers_, [id](const auto& entry) { return entry.first.second == id; });
        }};
    const std::pair<const char*, const void*> services[] = {
        {AIHUB_EXT_CALL, &call}, {AIHUB_EXT_CLOCK, &clock}, {AIHUB_EXT_LOG, &log}, {AIHUB_EXT_TIMER, &timer}};
    for (const auto& [name, service] : services) {
        if (std::strcmp(name, wanted) == 0) {
            return service;
        }
    }
    return nullptr;
}

}  // namespace aihub::testing
