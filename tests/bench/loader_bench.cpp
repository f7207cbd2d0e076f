// What the plugin line costs: one on_frame() with one emit() through the loader, and one whole call.
#include "../unit/loader/test_host.hpp"

#include <benchmark/benchmark.h>

namespace aihub::loader::testing {
namespace {

class CountingSink final : public capability::CallSink {
public:
    capability::EmitStatus emit(const capability::Event&) override {
        ++events;
        return capability::EmitStatus::ok;
    }
    capability::EmitStatus complete(const capability::Failure*) override { return capability::EmitStatus::ok; }
    [[nodiscard]] SteadyTime deadline() const override { return {}; }
    [[nodiscard]] bool cancelled() const override { return false; }
    capability::EmitStatus post(void (*)(void*), void*) override { return capability::EmitStatus::ok; }

    std::uint64_t events = 0;
};

// A clock that costs nothing, to tell the clock's share from the rest.
class FrozenClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override { return {}; }
    [[nodiscard]] WallTime wall_now() const override { return {}; }
};

std::shared_ptr<capability::Provider> provider_of(Loader& loader) {
    loader.load_file(plugin_file("codec"));
    config::Provider config;
    config.plugin = "com.example.codec";
    config.base_url = "https://api.example.com";
    return *loader.create_provider(config);
}

template <class TestedClock>
void frame(benchmark::State& state) {
    FakeLog log;
    telemetry::Metrics metrics;
    ManualLoop loop;
    const TestedClock clock;
    Loader loader({}, {log, metrics, clock, loop});
    const auto provider = provider_of(loader);
    CountingSink sink;
    const auto call = *provider->build(chat_request(), sink);
    (void)call->on_head(200, {});
    for (auto _ : state) {
        (void)call->on_frame({}, "x");
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(sink.events));
}
BENCHMARK(frame<SystemClock>)->Name("on_frame to emit");
BENCHMARK(frame<FrozenClock>)->Name("on_frame to emit, without clock readings");

void whole_call(benchmark::State& state) {
    FakeLog log;
    telemetry::Metrics metrics;
    ManualLoop loop;
    const SystemClock clock;
    Loader loader({}, {log, metrics, clock, loop});
    const auto provider = provider_of(loader);
    CountingSink sink;
    for (auto _ : state) {
        const auto call = *provider->build(chat_request(), sink);
        (void)call->on_head(200, {});
        (void)call->on_frame({}, "[DONE]");
        (void)call->on_end(capability::FrameEnd::complete);
    }
}
BENCHMARK(whole_call)->Name("build, head, end frame, end, destroy");

}  // namespace
}  // namespace aihub::loader::testing
