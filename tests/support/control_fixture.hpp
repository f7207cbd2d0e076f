// Keys with and without rights, and what else the management API needs around it.
#pragma once

#include "control/service.hpp"
#include "identity/key_store.hpp"
#include "storage/database.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_log.hpp"
#include "support/posix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aihub::testing {

class ControlTest : public ::testing::Test {
protected:
    ControlTest() {
        storage::DatabaseOptions options;
        options.url = "sqlite:" + directory.file("aihub.db");
        database = *storage::Database::open(options, clock, metrics);
        key_store.emplace(*identity::KeyStore::create(*database, clock, Secret("pepper")));
        admin = key_with({"platform.admin"});
        reader = key_with({"policies.read"});
        nobody = key_with({});
        keys = *identity::KeyDirectory::create(*key_store, log, metrics, std::chrono::hours(1));
    }
    [[nodiscard]] std::string key_with(std::vector<std::string> permissions) {
        identity::NewKey wanted{"test"};
        wanted.permissions = std::move(permissions);
        return std::string(key_store->create_key(wanted)->key.expose());
    }
    // What the service answers to a request with `key`; empty: none.
    [[nodiscard]] control::Answer ask(
        const std::string& key, const std::string& method, const std::string& target, const std::string& body = {}
    ) {
        if (!service) {
            service.emplace(table, *keys, clock, log, metrics);
        }
        control::Incoming incoming;
        incoming.method = method;
        incoming.target = target;
        incoming.authorization = key.empty() ? "" : "Bearer " + key;
        incoming.body = body;
        incoming.client = "192.0.2.7";
        incoming.request_id = "req_test";
        return service->serve(incoming);
    }
    // The same as one text: "403 {...}".
    [[nodiscard]] std::string asked(
        const std::string& key, const std::string& method, const std::string& target, const std::string& body = {}
    ) {
        const auto answer = ask(key, method, target, body);
        return std::to_string(answer.status) + " " + answer.body;
    }

    TempDir directory;
    FakeClock clock;
    FakeLog log;
    telemetry::Metrics metrics;
    std::unique_ptr<storage::Database> database;
    std::optional<identity::KeyStore> key_store;
    std::unique_ptr<identity::KeyDirectory> keys;
    control::RouteTable table;
    std::optional<control::Service> service;
    std::string admin;
    std::string reader;
    std::string nobody;
};

}  // namespace aihub::testing
