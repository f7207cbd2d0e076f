#include "policy/bundle_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::policy {
namespace {

std::string message(const Result<Bundle>& made) {
    return made ? "made" : made.error().message;
}

TEST(BundleText, IsWhatTheHashIsMadeOf) {
    const auto made = Bundle::make("eu", {{"tiers.lua", "return {}"}, {"route.lua", "return 1\n"}});
    ASSERT_TRUE(made);
    const auto text = bundle_text(*made);
    EXPECT_EQ(text, "route.lua\n9\nreturn 1\ntiers.lua\n9\nreturn {}");
    EXPECT_EQ(sha256_hex(text), made->hash());
    const auto again = bundle_of_text("eu", text);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->label(), made->label());
    EXPECT_EQ(again->files(), made->files());
}

TEST(BundleText, RefusesWhatIsNone) {
    for (const auto* text :
         {"route.lua",
          "route.lua\n9",
          "route.lua\nx\nreturn 1",
          "route.lua\n-1\nreturn 1",
          "route.lua\n99\nreturn 1"}) {
        EXPECT_EQ(message(bundle_of_text("eu", text)), "the text of bundle eu is cut or damaged") << text;
    }
    EXPECT_NE(message(bundle_of_text("eu", "")).find("bundle eu has no hook"), std::string::npos);
}

}  // namespace
}  // namespace aihub::policy
