#include "control/route_table.hpp"

#include <gtest/gtest.h>

namespace aihub::control {
namespace {

using identity::Permission;

Handler says(std::string text) {
    return [text = std::move(text)](const Request&) -> Result<Answer> { return Answer{200, text}; };
}

RouteTable table_of_things() {
    RouteTable table;
    const RouteDoc doc{"Does it.", {}, "{}"};
    table.add(Route("GET", "/v1/things", Permission::policies_read, doc, says("list")));
    table.add(Route("PUT", "/v1/things", Permission::policies_write, doc, says("put")));
    table.add(Route("GET", "/v1/things/{id}", Permission::policies_read, doc, says("one")));
    table.add(Route("POST", "/v1/things/{id}/parts/{part}", Permission::policies_write, doc, says("part")));
    table.add(Route("GET", "/other", Permission::providers_read, doc, says("other")));
    return table;
}

// What the route says, or the status and what is allowed.
std::string found(std::string_view method, std::string_view path) {
    const auto table = table_of_things();
    std::string allow;
    const auto result = table.find(method, path, allow);
    if (!result) {
        return std::to_string(http_status(result.error().code)) + (allow.empty() ? "" : " " + allow);
    }
    std::string text = result->route->answer({})->body;
    for (const auto& [name, value] : result->places) {
        text += " " + name + "=" + value;
    }
    return text;
}

TEST(RouteTable, finds_by_method_and_path) {
    EXPECT_EQ(found("GET", "/v1/things"), "list");
    EXPECT_EQ(found("PUT", "/v1/things"), "put");
    EXPECT_EQ(found("GET", "/v1/things/7"), "one id=7");
    EXPECT_EQ(found("POST", "/v1/things/7/parts/a.b"), "part id=7 part=a.b");
    EXPECT_EQ(found("GET", "/other"), "other");
}

TEST(RouteTable, a_head_request_is_answered_as_a_get) {
    EXPECT_EQ(found("HEAD", "/v1/things/7"), "one id=7");
    EXPECT_EQ(found("HEAD", "/v1/things/7/parts/a"), "405 POST");
}

TEST(RouteTable, what_there_is_not_is_told_apart_from_the_wrong_method) {
    EXPECT_EQ(found("GET", "/v1/thing"), "404");
    EXPECT_EQ(found("GET", "/v1/things/"), "404");
    EXPECT_EQ(found("GET", "/v1/things/7/"), "404");
    EXPECT_EQ(found("GET", "/v1/things/7/parts"), "404");
    EXPECT_EQ(found("GET", "/v1"), "404");
    EXPECT_EQ(found("GET", ""), "404");
    EXPECT_EQ(found("DELETE", "/v1/things"), "405 GET, HEAD, PUT");
    EXPECT_EQ(found("get", "/v1/things"), "405 GET, HEAD, PUT");
}

TEST(RouteTable, prefixes_are_two_segments_each_once) {
    EXPECT_EQ(table_of_things().prefixes(), (std::vector<std::string>{"/other", "/v1/things"}));
}

}  // namespace
}  // namespace aihub::control
