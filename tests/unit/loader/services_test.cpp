// The services that the host lends to plugins, asked for by the test codec's commands.
#include "loader/abi_error.hpp"
#include "loader/plugin_log.hpp"
#include "loader/plugin_metrics.hpp"
#include "test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace aihub::loader::testing {
namespace {

using ::testing::Contains;

struct Asked {
    Asked() : provider(host.provider("codec")), call(*provider->build(chat_request(), sink)) {}

    // The status that the plugin got.
    aihub_status ask(const std::string& command) {
        EXPECT_TRUE(call->on_frame("", "!" + command));
        return std::stoi(sink.last().substr(5));
    }
    std::uint64_t told() {
        return host.metrics.counter("aihub_plugin_com_example_codec_frames_total", "", {{"word", "told"}}).value();
    }

    TestHost host;
    RecordingSink sink{&host.loop};
    std::shared_ptr<capability::Provider> provider;
    std::unique_ptr<capability::CodecCall> call;
};

TEST(Services, LogLinesCarryThePluginAndNoSecret) {
    Asked asked;
    asked.ask("log hello");
    EXPECT_THAT(asked.host.log.lines(), Contains("2 hello plugin=com.example.codec what=hello"));
    asked.ask("log key-sk-very-secret-end");
    EXPECT_THAT(asked.host.log.lines(), Contains("2 key-[secret]-end plugin=com.example.codec what=key-[secret]-end"));
}

TEST(Services, LogIsLimitedToAHundredLinesASecond) {
    Asked asked;
    for (int i = 0; i < 150; ++i) {
        asked.ask("log again");
    }
    const auto count = [&asked] {
        const auto lines = asked.host.log.lines();
        return std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line.starts_with("2 again"); });
    };
    EXPECT_EQ(count(), 100);
    const std::vector<telemetry::Label> labels = {{"plugin", "com.example.codec"}};
    EXPECT_EQ(asked.host.metrics.counter("aihub_plugin_log_dropped_total", "", labels).value(), 50u);
    asked.host.clock.advance(std::chrono::seconds(1));
    asked.ask("log again");
    EXPECT_EQ(count(), 101);
}

TEST(Services, MetricsAreDeclaredInInitOnly) {
    Asked asked;
    EXPECT_EQ(asked.ask("metric word"), AIHUB_E_DENIED);
    const std::string name = "aihub_plugin_com_example_codec_frames_total";
    EXPECT_EQ(asked.host.metrics.counter(name, "", {{"word", "word"}}).value(), 1u);
    for (int i = 0; i < 100; ++i) {
        asked.ask(std::string("metric w").append(std::to_string(i)));
    }
    EXPECT_EQ(asked.host.metrics.counter(name, "", {{"word", "other"}}).value(), 37u);
}

TEST(Services, MetricsHaveLimits) {
    telemetry::Metrics metrics;
    PluginMetrics plugin("com.acme.x-y", metrics);
    aihub_metric* metric = nullptr;
    aihub_metric* same = nullptr;
    EXPECT_EQ(plugin.declare(AIHUB_METRIC_GAUGE, "depth", "Depth.", "", &metric), AIHUB_OK);
    EXPECT_EQ(plugin.declare(AIHUB_METRIC_GAUGE, "depth", "Depth.", "", &same), AIHUB_OK);
    EXPECT_EQ(metric, same);
    EXPECT_EQ(plugin.declare(AIHUB_METRIC_COUNTER, "depth", "", "", &same), AIHUB_E_INVALID);
    EXPECT_EQ(plugin.declare(AIHUB_METRIC_GAUGE, "Bad Name", "", "", &same), AIHUB_E_INVALID);
    EXPECT_EQ(plugin.declare(7, "seven", "", "", &same), AIHUB_E_INVALID);
    metrics_extension().record(metric, slice(""), 41.6);
    EXPECT_EQ(metrics.gauge("aihub_plugin_com_acme_x_y_depth", "").value(), 42);
    for (std::size_t i = 1; i < PluginMetrics::kMetricsMax; ++i) {
        EXPECT_EQ(
            plugin.declare(AIHUB_METRIC_COUNTER, std::string("m").append(std::to_string(i)), "", "", &same), AIHUB_OK
        );
    }
    EXPECT_EQ(plugin.declare(AIHUB_METRIC_COUNTER, "one_more", "", "", &same), AIHUB_E_LIMIT);
}

TEST(Services, SecretsAreReadOnlyWithThePermission) {
    Asked asked;
    EXPECT_EQ(asked.ask("secret api_key"), AIHUB_E_DENIED);
    EXPECT_EQ(asked.ask("secret other"), AIHUB_E_UNAVAILABLE);
}

TEST(Services, ATimerFiresOnTheLoop) {
    Asked asked;
    EXPECT_EQ(asked.ask("timer 5"), AIHUB_OK);
    ASSERT_EQ(asked.host.loop.timers.size(), 1u);
    EXPECT_EQ(asked.host.loop.timers.begin()->second.first, std::chrono::milliseconds(5));
    EXPECT_EQ(asked.told(), 0u);
    asked.host.loop.fire_timers();
    EXPECT_EQ(asked.told(), 1u);
}

TEST(Services, ATimerDoesNotFireAfterItsInstanceIsGone) {
    Asked asked;
    EXPECT_EQ(asked.ask("timer 5"), AIHUB_OK);
    asked.call.reset();
    asked.provider.reset();
    asked.host.loader.flush();
    ASSERT_EQ(asked.host.count("codec", "destroy_instance"), 1u);
    asked.host.loop.fire_timers();
    EXPECT_EQ(asked.told(), 0u);
}

TEST(Services, WorkRunsOnAWorkerAndEndsOnTheLoop) {
    Asked asked;
    EXPECT_EQ(asked.ask("work x"), AIHUB_OK);
    asked.call.reset();
    asked.provider.reset();  // The job keeps the instance.
    asked.host.loop.run_until([&] { return asked.told() == 2; });
    asked.host.loader.flush();
    EXPECT_EQ(asked.host.count("codec", "work_job"), 1u);
    EXPECT_EQ(asked.host.count("codec", "work_done"), 1u);
}

TEST(Services, HttpReachesAllowedOriginsWithTheSecretPutIn) {
    Asked asked;
    EXPECT_EQ(asked.ask("http https://evil.example.net"), AIHUB_E_DENIED);
    EXPECT_EQ(asked.ask("http https://api.example.com.evil.net"), AIHUB_E_DENIED);
    EXPECT_EQ(asked.ask("http nonsense"), AIHUB_E_INVALID);
    EXPECT_EQ(asked.ask("http https://files.example.com"), AIHUB_OK);
    EXPECT_EQ(asked.ask("http https://API.example.com:443"), AIHUB_OK);
    ASSERT_EQ(asked.host.http.requests.size(), 2u);
    const capability::OwnedHttpRequest& request = asked.host.http.requests[1];
    EXPECT_EQ(request.origin, "https://api.example.com");
    EXPECT_EQ(request.path, "/v1/x");
    ASSERT_EQ(request.headers.size(), 1u);
    EXPECT_EQ(request.headers[0].second, "Key sk-very-secret");

    asked.call.reset();
    asked.provider.reset();
    asked.host.http.sinks[0]->on_frame("", "x");
    asked.host.http.sinks[0]->on_end(capability::ExchangeEnd::complete);
    EXPECT_EQ(asked.told(), 2u);
    asked.host.loader.flush();
    EXPECT_EQ(asked.host.count("codec", "destroy_instance"), 0u);
    asked.host.http.sinks.clear();
    asked.host.loader.flush();
    EXPECT_EQ(asked.host.count("codec", "destroy_instance"), 1u);
}

TEST(Services, TheWorkQueueIsBounded) {
    telemetry::Metrics metrics;
    std::mutex gate;
    std::unique_lock closed(gate);
    WorkPool pool({.threads = 1, .queue_max = 2}, metrics);
    std::atomic<int> ran{0};
    const auto job = [&] {
        const std::scoped_lock wait(gate);
        ++ran;
    };
    int taken = 0;
    for (int i = 0; i < 10; ++i) {
        taken += pool.submit(job) ? 1 : 0;
    }
    // Two in the queue, and one more if the worker had taken the first by then.
    EXPECT_GE(taken, 2);
    EXPECT_LE(taken, 3);
    EXPECT_EQ(metrics.counter("aihub_plugin_work_refused_total", "").value(), static_cast<std::uint64_t>(10 - taken));
    closed.unlock();
    pool.stop();
    EXPECT_EQ(ran, taken);
    EXPECT_FALSE(pool.submit(job));
}

}  // namespace
}  // namespace aihub::loader::testing
