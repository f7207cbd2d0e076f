// A sink for traces, in C++.
#pragma once

#include <aihub/ext/trace_sink.h>
#include <aihub/instance.hpp>

#include <span>
#include <utility>

namespace aihub::sdk {

// Tells the host that a flush is done: once, when it is called or destroyed.
class FlushDone {
public:
    FlushDone(void (*done)(void*), void* argument) : done_(done), argument_(argument) {}
    FlushDone(FlushDone&& other) noexcept : done_(std::exchange(other.done_, nullptr)), argument_(other.argument_) {}
    FlushDone& operator=(FlushDone&& other) noexcept {
        std::swap(done_, other.done_);
        std::swap(argument_, other.argument_);
        return *this;
    }
    ~FlushDone() { (*this)(); }

    void operator()() {
        if (auto* const done = std::exchange(done_, nullptr)) {
            done(argument_);
        }
    }

private:
    void (*done_)(void*);
    void* argument_;
};

// The family, for AIHUB_PLUGIN. All of it is called on one event loop, but create(), quiesce() and the destructor:
//
//   class Sink {
//   public:
//       static aihub::Result<std::unique_ptr<Sink>> create(const aihub::sdk::InstanceContext& context);
//       aihub::Result<void> take(std::span<const aihub_span* const> spans);  // too_large: the queue is full
//       void flush(aihub::sdk::FlushDone done);  // keep `done` until everything was delivered or given up
//   };
template <class InstanceType>
class TraceSink {
public:
    using Instance = InstanceType;
    static constexpr const char* kExtension = AIHUB_EXT_TRACE_SINK;
    static const void* table() { return &kTable; }

private:
    using Box = detail::InstanceBox<Instance>;

    static aihub_status take(aihub_instance* instance, const aihub_span* const* spans, std::size_t n_spans) {
        auto& box = Box::of(instance);
        return detail::edge(box.services, "take", nullptr, [&] {
            const Result<void> taken = box.instance->take(std::span(spans, n_spans));
            return taken ? AIHUB_OK : detail::status_of(taken.error().code);
        });
    }
    static void flush(aihub_instance* instance, void (*done)(void*), void* argument) {
        auto& box = Box::of(instance);
        FlushDone told(done, argument);
        detail::edge(box.services, "flush", nullptr, [&] {
            box.instance->flush(std::move(told));
            return AIHUB_OK;
        });
    }

    static constexpr aihub_trace_sink_v1 kTable{sizeof(aihub_trace_sink_v1), 0, &take, &flush};
};

}  // namespace aihub::sdk
