// One gateway worker on a loop of its own, with everything it needs around it: keys and rows in a database of its own,
// providers that a test makes up, and upstreams of raw bytes.
#pragma once

#include "gateway/worker.hpp"
#include "identity/key_store.hpp"
#include "net/listener.hpp"
#include "storage/database.hpp"
#include "support/fake_log.hpp"
#include "support/fake_provider.hpp"
#include "support/raw_client.hpp"
#include "support/raw_upstream.hpp"
#include "usage/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace aihub::testing {

class WorkerTest : public ::testing::Test {
protected:
    WorkerTest() {
        storage::DatabaseOptions options;
        options.url = "sqlite:" + directory.file("aihub.db");
        database = *storage::Database::open(options, clock, metrics);
        key_store.emplace(*identity::KeyStore::create(*database, clock, Secret("pepper")));
        key = make_key({.name = "test"});
        usage_store.emplace(*usage::Store::create(*database));
        usage::WriterOptions writing;
        writing.flush_interval = std::chrono::milliseconds(1);
        writer = std::make_unique<usage::Writer>(*usage_store, clock, log, metrics, writing);
        config.log.requests = true;
        // What a failure does to later attempts and calls is for the tests of retries and breakers.
        config.retries.attempts_max = 2;
        config.retries.budget_percent = 0;
        config.retries.budget_per_minute_min = 0;
        config.breaker = {
            .failures_max = 0,
            .error_percent = 0,
            .cooldown_max = config::Milliseconds(0),
            .first_byte_timeouts_max = 0};
    }
    void TearDown() override { stop(); }

    [[nodiscard]] std::string make_key(const identity::NewKey& wanted) {
        return std::string(key_store->create_key(wanted)->key.expose());
    }
    // Before start(): a provider of codec tier at `at_port`; its name comes first in the row and the order of
    // candidates.
    FakeCodec& add_codec(const std::string& name, std::uint16_t at_port, std::vector<std::string> models) {
        auto codec = std::make_shared<FakeCodec>();
        add(name, codec, std::move(models));
        config.providers[name].base_url = "http://127.0.0.1:" + std::to_string(at_port) + "/base";
        return *codec;
    }
    void add(const std::string& name, std::shared_ptr<capability::Provider> provider, std::vector<std::string> models) {
        config.providers[name].name = name;
        config.providers[name].models = std::move(models);
        instances[name] = std::move(provider);
    }

    // Serves with `config` as it is now.
    void start() {
        keys = *identity::KeyDirectory::create(*key_store, log, metrics, std::chrono::hours(1));
        const auto snapshot = std::make_shared<const config::Snapshot>(config);
        const auto catalog = std::make_shared<const catalog::Catalog>(snapshot, instances);
        auto state = gateway::State::create(snapshot, catalog, metrics, clock);
        ASSERT_TRUE(state) << state.error().message;
        gateway_metrics = std::make_unique<gateway::GatewayMetrics>(metrics);
        services.reset(new gateway::Services{clock, log, metrics, *keys, *writer, [this] { return missing; }, {}});
        loop = std::make_unique<net::Loop>(0, clock);
        worker = std::make_unique<gateway::Worker>(*loop, *services, *gateway_metrics, *state);
        auto sockets = net::ListenSockets::open("127.0.0.1", 0, 1);
        ASSERT_TRUE(sockets) << sockets.error().message;
        port = sockets->port();
        worker->listen(sockets->take(0));
        thread = std::jthread([this] { loop->run(); });
    }
    void stop() {
        if (!loop) {
            return;
        }
        worker->drain(std::chrono::milliseconds(0));
        worker->abort_calls();
        EXPECT_TRUE(services->connections.wait_for_none(kPatience)) << "a connection was left open";
        EXPECT_EQ(services->calls.load(), 0U) << "a lease was not given back";
        loop->stop();
        thread.join();
        worker.reset();
        loop.reset();
    }

    [[nodiscard]] RawClient connect(int receive_buffer = 0) const { return RawClient(port, receive_buffer); }
    [[nodiscard]] std::string auth() const { return "Authorization: Bearer " + key + "\r\n"; }
    [[nodiscard]] std::string chat(std::string_view model = "large", std::string_view more = {}) const {
        return http_request("POST", "/v1/chat/completions", body_of(model, more), auth());
    }
    static std::string body_of(std::string_view model, std::string_view more = {}) {
        return "{\"model\":\"" + std::string(model) + "\",\"messages\":[]" + std::string(more) + "}";
    }
    // One request on a connection of its own.
    Message call(const std::string& request) const {
        auto client = connect();
        EXPECT_TRUE(client.send(request));
        auto reply = client.reply();
        EXPECT_TRUE(reply) << "no reply; got: " << client.received();
        return reply.value_or(Message{});
    }
    // All rows, newest first, once there are `count`.
    [[nodiscard]] std::vector<model::UsageRow> rows(std::size_t count) {
        EXPECT_TRUE(eventually([&] { return *usage_store->count() >= count; })) << *usage_store->count() << " rows";
        return *usage_store->recent(100);
    }
    [[nodiscard]] model::UsageRow only_row() {
        auto all = rows(1);
        EXPECT_EQ(all.size(), 1U);
        return all.empty() ? model::UsageRow{} : all.front();
    }

    TempDir directory;
    SystemClock clock;
    FakeLog log;
    telemetry::Metrics metrics;
    config::Snapshot config;
    std::vector<std::string> missing;
    catalog::Catalog::Instances instances;
    std::unique_ptr<storage::Database> database;
    std::optional<identity::KeyStore> key_store;
    std::optional<usage::Store> usage_store;
    std::unique_ptr<usage::Writer> writer;
    std::unique_ptr<identity::KeyDirectory> keys;
    std::unique_ptr<gateway::GatewayMetrics> gateway_metrics;
    std::unique_ptr<gateway::Services> services;
    std::unique_ptr<net::Loop> loop;
    std::unique_ptr<gateway::Worker> worker;
    std::string key;
    std::uint16_t port = 0;
    std::jthread thread;
};

}  // namespace aihub::testing
