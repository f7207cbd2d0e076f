#include "identity/permissions.hpp"

#include <gtest/gtest.h>

#include <set>

namespace aihub::identity {
namespace {

TEST(Permissions, each_has_its_place_a_name_of_its_own_and_a_sentence) {
    std::set<std::string_view> names;
    for (std::size_t place = 0; place < permissions().size(); ++place) {
        const auto& one = permissions()[place];
        EXPECT_EQ(static_cast<std::size_t>(one.permission), place) << one.name;
        EXPECT_TRUE(names.insert(one.name).second) << one.name;
        EXPECT_NE(one.name.find('.'), std::string_view::npos) << one.name;
        EXPECT_TRUE(one.description.ends_with(".")) << one.name;
        EXPECT_EQ(find_permission(one.name), one.permission);
        EXPECT_EQ(permission_name(one.permission), one.name);
        EXPECT_NE(permission_names().find(one.name), std::string::npos);
    }
    EXPECT_LE(permissions().size(), model::kPermissionsMax);
    EXPECT_EQ(find_permission("policies"), std::nullopt);
    EXPECT_EQ(find_permission(""), std::nullopt);
}

TEST(Permissions, a_set_allows_what_it_names_and_nothing_else) {
    const auto set = permission_set({"policies.read", "of.a.later.version"});
    EXPECT_EQ(set.count(), 1U);
    EXPECT_TRUE(allows(set, Permission::policies_read));
    EXPECT_FALSE(allows(set, Permission::policies_write));
    EXPECT_FALSE(allows({}, Permission::policies_read));
}

TEST(Permissions, the_administrator_of_the_platform_may_do_everything) {
    const auto set = permission_set({"platform.admin"});
    for (const auto& one : permissions()) {
        EXPECT_TRUE(allows(set, one.permission)) << one.name;
        EXPECT_EQ(allows(permission_set({"policies.write"}), one.permission), one.name == "policies.write");
    }
}

}  // namespace
}  // namespace aihub::identity
