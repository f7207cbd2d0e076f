// The management API over a store of bundles.
#pragma once

#include "control/policies_resource.hpp"
#include "control/policy_bundles_resource.hpp"
#include "support/control_fixture.hpp"

#include <boost/json.hpp>

#include <string>

namespace aihub::testing {

class PolicyApiTest : public ControlTest {
protected:
    PolicyApiTest() : store(*policy::BundleStore::create(*database, clock)) {
        add_policies(table, store, [this] { return folder; });
        add_policy_bundles(table, store);
        writer = key_with({"policies.write", "policies.read"});
        EXPECT_TRUE(keys->refresh());
    }
    // A bundle that refuses with `word`, as a body.
    [[nodiscard]] static std::string bundle_body(const std::string& word, const std::string& more = {}) {
        return R"({"name":"eu","files":[{"name":"admit.lua","text":"return function()\n  return { allow = false, code = ')" +
               word + R"(', message = 'm' }\nend\n"}])" + more + "}";
    }
    [[nodiscard]] std::string put(const std::string& word) {
        const auto answer = ask(writer, "PUT", "/v1/policies/bundles", bundle_body(word));
        EXPECT_EQ(answer.status, 201) << answer.body;
        return text_of(answer.body, "hash");
    }
    static std::string text_of(const std::string& body, const char* member) {
        return std::string(boost::json::parse(body).at(member).as_string());
    }
    // "409 policy_conflict" or "200".
    [[nodiscard]] std::string outcome(const control::Answer& answer) const {
        if (answer.status < 400) {
            return std::to_string(answer.status);
        }
        const auto error = boost::json::parse(answer.body).at("error");
        std::string text = std::to_string(answer.status) + " " + std::string(error.at("code").as_string());
        if (const auto* field = error.as_object().if_contains("field")) {
            text += " " + std::string(field->as_string());
        }
        return text;
    }

    policy::BundleStore store;
    std::string folder;
    std::string writer;
};

}  // namespace aihub::testing
