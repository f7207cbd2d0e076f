#include "control/permissions_resource.hpp"

#include "support/control_fixture.hpp"

#include <boost/json.hpp>

namespace aihub::control {
namespace {

class PermissionsResource : public testing::ControlTest {};

TEST_F(PermissionsResource, lists_each_permission_with_the_routes_that_need_it) {
    add_permissions(table);
    const auto answer = ask(admin, "GET", "/v1/permissions");
    EXPECT_EQ(answer.status, 200);
    const auto value = boost::json::parse(answer.body);
    const auto& data = value.at("data").as_array();
    ASSERT_EQ(data.size(), identity::permissions().size());
    for (std::size_t i = 0; i < data.size(); ++i) {
        EXPECT_EQ(data[i].at("name").as_string(), identity::permissions()[i].name);
        EXPECT_EQ(data[i].at("description").as_string(), identity::permissions()[i].description);
        const bool own = identity::permissions()[i].permission == identity::Permission::permissions_read;
        ASSERT_EQ(data[i].at("routes").as_array().size(), own ? 1U : 0U);
        if (own) {
            EXPECT_EQ(data[i].at("routes").as_array()[0].at("path").as_string(), "/v1/permissions");
        }
    }
}

}  // namespace
}  // namespace aihub::control
