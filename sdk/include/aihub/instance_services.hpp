// What the host lends to one configured instance: timers, workers, secrets, HTTP.
#pragma once

#include <aihub/ext/http.h>
#include <aihub/ext/secret.h>
#include <aihub/ext/timer.h>
#include <aihub/ext/work.h>
#include <aihub/http_request.hpp>
#include <aihub/services.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace aihub::sdk {

// A running timer; destroying it stops it. Belongs to the loop that started it.
class Timer {
public:
    Timer() = default;
    Timer(const aihub_timer_v1* service, void* instance, std::uint64_t id)
        : service_(service), instance_(instance), id_(id) {}
    Timer(Timer&& other) noexcept { swap(other); }
    Timer& operator=(Timer&& other) noexcept {
        Timer moved(std::move(other));
        swap(moved);
        return *this;
    }
    ~Timer() {
        if (id_ != 0) {
            service_->cancel(instance_, id_);
        }
    }

    // Lets it fire without this object; only the end of the instance stops it then. For an owner that other loops may
    // touch, too.
    void let_go() && { id_ = 0; }

private:
    void swap(Timer& other) noexcept {
        std::swap(service_, other.service_);
        std::swap(instance_, other.instance_);
        std::swap(id_, other.id_);
    }

    const aihub_timer_v1* service_ = nullptr;
    void* instance_ = nullptr;
    std::uint64_t id_ = 0;
};

// What an HTTP exchange of InstanceServices::fetch() reports to; all [loop].
class HttpSink {
public:
    virtual ~HttpSink() = default;
    virtual void on_head(int status, std::span<const aihub_header> headers) = 0;
    virtual void on_frame(std::string_view event, std::string_view data) = 0;
    virtual void on_end(aihub_status status) = 0;  // exactly once; the sink may be destroyed in it

private:
    friend class InstanceServices;
    const Services* services_ = nullptr;  // where an exception of the sink is reported
};

// Lives as long as the instance. Exceptions in callbacks are logged and go no further.
class InstanceServices : public Services {
public:
    InstanceServices(const Services& services, void* host_instance)
        : Services(services),
          instance_(host_instance),
          timer_(find<aihub_timer_v1>(AIHUB_EXT_TIMER)),
          work_(find<aihub_work_v1>(AIHUB_EXT_WORK)),
          secret_(find<aihub_secret_v1>(AIHUB_EXT_SECRET)),
          http_(find<aihub_http_v1>(AIHUB_EXT_HTTP)) {}

    // [loop] Runs (object->*Member)() once after `delay`, unless the Timer is destroyed first. `Object` has a member
    // `const InstanceServices& services()`.
    template <auto Member, class Object>
    [[nodiscard]] Result<Timer> start_timer(std::chrono::nanoseconds delay, Object* object) const {
        std::uint64_t id = 0;
        if (!AIHUB_HAS(timer_, aihub_timer_v1, start)) {
            return Error{Errc::not_implemented, "this host has no timers"};
        }
        const aihub_status status = timer_->start(instance_, delay.count(), &run<Member, Object>, object, &id);
        if (status < 0) {
            return failed(status, "cannot start a timer");
        }
        return Timer(timer_, instance_, id);
    }

    // [loop] Runs (object->*Job)() on a worker thread, then (object->*Done)() on this loop.
    template <auto Job, auto Done, class Object>
    [[nodiscard]] Result<void> run_blocking(Object* object) const {
        if (!AIHUB_HAS(work_, aihub_work_v1, run)) {
            return Error{Errc::not_implemented, "this host has no worker pool"};
        }
        const aihub_status status = work_->run(instance_, &run<Job, Object>, &run<Done, Object>, object);
        return status < 0 ? Result<void>(failed(status, "cannot queue the job")) : Result<void>();
    }

    // [any] True when a secret of this name is configured.
    [[nodiscard]] bool has_secret(std::string_view name) const {
        return AIHUB_HAS(secret_, aihub_secret_v1, exists) && secret_->exists(instance_, slice(name)) == AIHUB_OK;
    }
    // [any] Its value; needs the permission "secrets.read". At most 64 KiB. Most plugins use secret_header() instead.
    [[nodiscard]] Result<std::string> secret(std::string_view name) const {
        if (!AIHUB_HAS(secret_, aihub_secret_v1, read)) {
            return Error{Errc::not_implemented, "this host lends no secrets"};
        }
        std::string value(65536, '\0');
        std::size_t length = 0;
        const aihub_status status = secret_->read(instance_, slice(name), value.data(), value.size(), &length);
        if (status < 0) {
            return failed(status, "cannot read the secret " + std::string(name));
        }
        value.resize(length);
        return value;
    }

    // [loop] Starts an HTTP exchange; `sink` must live until its on_end(). The result names it for cancel_fetch().
    [[nodiscard]] Result<std::uint64_t> fetch(
        std::string_view origin, HttpRequest request, std::chrono::nanoseconds timeout, HttpSink& sink
    ) const {
        if (!AIHUB_HAS(http_, aihub_http_v1, start)) {
            return Error{Errc::not_implemented, "this host lends no HTTP client"};
        }
        aihub_http_request out{};
        out.struct_size = sizeof out;
        request.lend(out);
        aihub_http_sink callbacks{};
        callbacks.struct_size = sizeof callbacks;
        callbacks.context = &sink;
        callbacks.on_head = [](void* context, std::int32_t status, const aihub_header* headers, std::size_t count) {
            report(context, [&](HttpSink& to) { to.on_head(status, {headers, count}); });
        };
        callbacks.on_frame = [](void* context, aihub_slice event, aihub_slice data) {
            report(context, [&](HttpSink& to) { to.on_frame(view(event), view(data)); });
        };
        callbacks.on_end = [](void* context, aihub_status status) {
            report(context, [&](HttpSink& to) { to.on_end(status); });
        };
        sink.services_ = this;
        std::uint64_t id = 0;
        const aihub_status status = http_->start(instance_, slice(origin), &out, timeout.count(), &callbacks, &id);
        if (status < 0) {
            return failed(status, "cannot start the HTTP exchange");
        }
        return id;
    }
    void cancel_fetch(std::uint64_t id) const {
        if (AIHUB_HAS(http_, aihub_http_v1, cancel)) {
            http_->cancel(instance_, id);
        }
    }

private:
    template <auto Member, class Object>
    static void run(void* argument) {
        auto* object = static_cast<Object*>(argument);
        const InstanceServices services = object->services();
        detail::edge(services, "callback", nullptr, [&] {
            (object->*Member)();
            return AIHUB_OK;
        });
    }
    template <class Body>
    static void report(void* context, Body&& body) {
        auto& sink = *static_cast<HttpSink*>(context);
        const Services& services = *sink.services_;
        detail::edge(services, "http sink", nullptr, [&] {
            body(sink);
            return AIHUB_OK;
        });
    }
    static Error failed(aihub_status status, std::string what) {
        const char* why = status == AIHUB_E_DENIED  ? ": the manifest does not permit it"
                          : status == AIHUB_E_LIMIT ? ": over the host's limit, try again later"
                                                    : ": not available here";
        return Error{status == AIHUB_E_DENIED ? Errc::forbidden : Errc::unavailable, std::move(what) + why};
    }

    void* instance_;
    const aihub_timer_v1* timer_;
    const aihub_work_v1* work_;
    const aihub_secret_v1* secret_;
    const aihub_http_v1* http_;
};

}  // namespace aihub::sdk
