#include "control/service.hpp"

#include "control/permissions_resource.hpp"
#include "storage/session.hpp"
#include "support/control_fixture.hpp"

namespace aihub::control {
namespace {

using identity::Permission;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ServiceTest : public testing::ControlTest {
protected:
    ServiceTest() {
        const RouteDoc plain{"Does it.", {}, "{}"};
        const RouteDoc with_body{"Does it.", "{\"a\"}", "{}"};
        table.add(Route("GET", "/v1/things/{id}", Permission::policies_read, plain, [this](const Request& request) {
            seen = request;
            return Result<Answer>(Answer{200, "{}"});
        }));
        table.add(Route("POST", "/v1/things", Permission::policies_write, with_body, [this](const Request& request) {
            seen = request;
            return Result<Answer>(Error{Errc::conflict, "it has changed", "changed", "expected"});
        }));
        table.add(Route("GET", "/v1/away", Permission::policies_read, plain, [](const Request&) {
            return Result<Answer>(Error{Errc::unavailable, "the database is away"});
        }));
        add_permissions(table);
    }
    Request seen;
};

TEST_F(ServiceTest, a_key_with_the_permission_gets_the_handlers_answer) {
    EXPECT_EQ(asked(reader, "GET", "/v1/things/7?a=1&b=x%20y&a=2"), "200 {}");
    EXPECT_EQ(seen.places.at("id"), "7");
    EXPECT_EQ(seen.query.at("a"), "2");
    EXPECT_EQ(seen.query.at("b"), "x y");
    EXPECT_EQ(seen.client, "192.0.2.7");
    EXPECT_EQ(seen.request_id, "req_test");
    ASSERT_NE(seen.principal, nullptr);
    EXPECT_EQ(seen.principal->key_name, "test");
    EXPECT_EQ(asked(admin, "GET", "/v1/things/8"), "200 {}");
}

TEST_F(ServiceTest, without_it_the_answer_names_the_permission) {
    for (const auto& key : {nobody, reader}) {
        EXPECT_EQ(
            asked(key, "POST", "/v1/things", "{}"),
            R"x(403 {"error":{"code":"permission_missing","message":"this key may not do that: it needs the permission )x"
            R"x(policies.write (`aihub key create --permission policies.write` makes one that has it)",)x"
            R"x("field":"policies.write","request_id":"req_test"}})x"
        );
    }
    EXPECT_EQ(seen.principal, nullptr) << "the handler was called";
}

TEST_F(ServiceTest, without_a_good_key_it_is_401_and_the_key_is_not_told_back) {
    for (const std::string& key : {std::string(), std::string("nonsense"), reader + "x"}) {
        const auto text = asked(key, "GET", "/v1/things/7");
        EXPECT_THAT(text, AllOf(StartsWith("401 "), HasSubstr("\"invalid_api_key\""), Not(HasSubstr(reader)))) << key;
    }
    clock.advance(std::chrono::hours(1));
    EXPECT_EQ(seen.principal, nullptr);
}

TEST_F(ServiceTest, a_key_that_cannot_be_looked_up_is_503) {
    const auto unknown = identity::make_key("aihub", "live");
    EXPECT_THAT(asked(std::string(unknown.expose()), "GET", "/v1/things/7"), StartsWith("401 "));
    auto session = *database->session();
    ASSERT_TRUE(storage::run_sql(session, [](soci::session& sql) -> Result<void> {
        sql << "DROP TABLE identity_state";
        return {};
    }));
    ASSERT_FALSE(keys->refresh());
    const auto answer = ask(std::string(unknown.expose()), "GET", "/v1/things/7");
    EXPECT_EQ(answer.status, 503);
    ASSERT_EQ(answer.fields.size(), 1U);
    EXPECT_EQ(answer.fields.front().first, "Retry-After");
    EXPECT_EQ(asked(reader, "GET", "/v1/things/7"), "200 {}") << "a known key goes on working";
}

TEST_F(ServiceTest, failures_of_handlers_have_the_one_shape) {
    EXPECT_EQ(
        asked(admin, "POST", "/v1/things", "{}"),
        R"(409 {"error":{"code":"changed","message":"it has changed","field":"expected","request_id":"req_test"}})"
    );
    const auto away = ask(admin, "GET", "/v1/away");
    EXPECT_EQ(away.status, 503);
    ASSERT_EQ(away.fields.size(), 1U);
    EXPECT_EQ(away.fields.front().second, "1");
}

TEST_F(ServiceTest, what_there_is_not_needs_no_key) {
    EXPECT_THAT(asked("", "GET", "/v1/nothing"), StartsWith("404 {\"error\":{\"code\":\"unknown_url\""));
    const auto answer = ask("", "DELETE", "/v1/things/7");
    EXPECT_EQ(answer.status, 405);
    ASSERT_EQ(answer.fields.size(), 1U);
    EXPECT_EQ(answer.fields.front(), (std::pair<std::string, std::string>("Allow", "GET, HEAD")));
}

TEST_F(ServiceTest, a_body_where_none_is_taken_is_refused) {
    EXPECT_THAT(asked(reader, "GET", "/v1/things/7", "{}"), StartsWith("400 {\"error\":{\"code\":\"invalid_body\""));
    EXPECT_EQ(seen.principal, nullptr);
}

// Every route of the table, whatever is added to it: nobody gets past it without the permission that it names.
TEST_F(ServiceTest, no_route_is_open_to_a_key_without_its_permission) {
    for (const auto& route : table.routes()) {
        const std::string method(route.method());
        const std::string path(route.path());
        EXPECT_THAT(asked("", method, path), StartsWith("401 ")) << method << " " << path;
        EXPECT_THAT(asked(nobody, method, path), StartsWith("403 ")) << method << " " << path;
        for (const auto& one : identity::permissions()) {
            const auto key = key_with({std::string(one.name)});
            ASSERT_TRUE(keys->refresh());
            const bool right = one.permission == route.permission() || one.permission == Permission::platform_admin;
            EXPECT_EQ(ask(key, method, path).status != 403, right) << method << " " << path << " " << one.name;
        }
        EXPECT_TRUE(route.doc().summary.ends_with(".")) << path;
        EXPECT_FALSE(route.doc().answer.empty()) << path;
    }
}

TEST_F(ServiceTest, the_log_says_who_did_what) {
    static_cast<void>(ask(reader, "GET", "/v1/things/7?token=secret"));
    ASSERT_EQ(log.lines().size(), 1U);
    const auto text = log.lines().front();
    EXPECT_THAT(text, AllOf(HasSubstr("/v1/things/7"), HasSubstr("ak_"), HasSubstr("192.0.2.7")));
    EXPECT_THAT(text, AllOf(Not(HasSubstr("secret")), Not(HasSubstr(reader))));
}

}  // namespace
}  // namespace aihub::control
