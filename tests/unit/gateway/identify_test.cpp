#include "gateway/identify.hpp"

#include "identity/key_store.hpp"
#include "storage/database.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_log.hpp"
#include "support/posix.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aihub::gateway {
namespace {

class Identify : public ::testing::Test {
protected:
    Identify() {
        storage::DatabaseOptions options;
        options.url = "sqlite:" + directory.file("aihub.db");
        database = *storage::Database::open(options, clock, metrics);
        store.emplace(*identity::KeyStore::create(*database, clock, Secret("pepper")));
        key = store->create_key({.name = "alice"})->key.expose();
        identity::NewKey brief{.name = "brief"};
        brief.expires_at = clock.wall_now() + std::chrono::hours(1);
        expiring = store->create_key(brief)->key.expose();
        directory_of_keys = *identity::KeyDirectory::create(*store, log, metrics, std::chrono::hours(1));
    }
    // The key's name, or status, reason and text.
    std::string identified(const std::vector<std::pair<std::string, std::string>>& headers) {
        Call call;
        for (const auto& [name, value] : headers) {
            call.head.fields.push_back({name, value});
        }
        const auto principal = identify(call, *directory_of_keys, clock);
        if (!principal) {
            const auto& error = principal.error();
            EXPECT_EQ(error.message.find(key), std::string::npos);
            return std::to_string(http_status(error.code)) + " " + error.reason + ": " + error.message;
        }
        return (*principal)->key_name;
    }

    testing::TempDir directory;
    testing::FakeClock clock;
    testing::FakeLog log;
    telemetry::Metrics metrics;
    std::unique_ptr<storage::Database> database;
    std::optional<identity::KeyStore> store;
    std::unique_ptr<identity::KeyDirectory> directory_of_keys;
    std::string key;
    std::string expiring;
};

constexpr const char* kInvalid = "401 invalid_api_key: the API key is not valid; it may be mistyped or revoked";
constexpr const char* kForm = "401 invalid_api_key: the Authorization header must be \"Bearer <key>\"";

TEST_F(Identify, takes_a_key_from_every_carrier) {
    for (const std::string carrier :
         {"x-api-key", "api-key", "x-goog-api-key", "X-Api-Key", "API-KEY", "X-Goog-Api-Key"}) {
        EXPECT_EQ(identified({{"host", "x"}, {carrier, key}}), "alice") << carrier;
    }
    for (const std::string carrier : {"authorization", "Authorization", "AUTHORIZATION"}) {
        EXPECT_EQ(identified({{carrier, "Bearer " + key}}), "alice") << carrier;
    }
}

TEST_F(Identify, reads_the_scheme_without_case_and_spaces_before_the_key) {
    EXPECT_EQ(identified({{"authorization", "bearer " + key}}), "alice");
    EXPECT_EQ(identified({{"authorization", "BEARER   " + key}}), "alice");
}

TEST_F(Identify, other_forms_of_authorization_are_told_the_right_one) {
    for (const std::string& value :
         {key, "Basic " + key, "Bearer" + key, "Bearer\t" + key, std::string("Bearer"), std::string()}) {
        EXPECT_EQ(identified({{"authorization", value}}), kForm) << value;
    }
}

TEST_F(Identify, no_key_and_a_wrong_key) {
    EXPECT_EQ(identified({{"host", "x"}}), "401 invalid_api_key: send an API key: Authorization: Bearer <key>");
    auto changed = key;
    changed.back() = changed.back() == 'a' ? 'b' : 'a';
    for (const std::string& wrong :
         {changed, key + "x", key.substr(0, key.size() - 1), std::string("nonsense"), std::string()}) {
        EXPECT_EQ(identified({{"x-api-key", wrong}}), kInvalid) << wrong;
    }
    EXPECT_EQ(identified({{"authorization", "Bearer " + key + " "}}), kInvalid);
}

TEST_F(Identify, more_than_one_key_is_ambiguous_even_when_they_are_the_same) {
    const std::string several = "400 several_keys: the request carries more than one API key; send one";
    EXPECT_EQ(identified({{"authorization", "Bearer " + key}, {"x-api-key", key}}), several);
    EXPECT_EQ(identified({{"x-api-key", "wrong"}, {"api-key", key}}), several);
    EXPECT_EQ(identified({{"authorization", "Bearer " + key}, {"authorization", "Bearer " + key}}), several);
}

TEST_F(Identify, an_expired_key_says_so) {
    EXPECT_EQ(identified({{"x-api-key", expiring}}), "brief");
    clock.advance(std::chrono::hours(1) - std::chrono::nanoseconds(1000));
    EXPECT_EQ(identified({{"x-api-key", expiring}}), "brief");
    clock.advance(std::chrono::nanoseconds(1000));
    EXPECT_EQ(identified({{"x-api-key", expiring}}), "401 invalid_api_key: the API key has expired");
    EXPECT_EQ(identified({{"x-api-key", key}}), "alice");
}

TEST_F(Identify, a_revoked_key_is_not_valid) {
    ASSERT_TRUE(store->revoke("alice"));
    ASSERT_TRUE(directory_of_keys->refresh());
    EXPECT_EQ(identified({{"x-api-key", key}}), kInvalid);
}

}  // namespace
}  // namespace aihub::gateway
