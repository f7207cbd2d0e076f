#include "loader/manifest.hpp"

#include "loader/json_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::loader {
namespace {

using ::testing::HasSubstr;

TEST(Manifest, ReadsEverything) {
    const auto manifest = parse_manifest(
        R"({"name":"Acme","description":"d","families":["provider-stream"],"formats":["openai.chat","openai.embeddings"],
            "config_schema":{"type":"object","properties":{"n":{"type":"integer","minimum":1}},"required":["n"]},
            "permissions":{"origins":["https://a.example.com"],"secrets.read":true,"work":true},
            "presets":{"p":{"always_on":true,"settings":{},"models":["m"]}},"later":1})",
        "com.acme"
    );
    ASSERT_TRUE(manifest) << manifest.error().message;
    EXPECT_TRUE(manifest->claims(kFamilyStream));
    EXPECT_FALSE(manifest->claims(kFamilyCodec));
    EXPECT_EQ(manifest->formats.size(), 2u);
    EXPECT_TRUE(manifest->permissions.secrets_read);
    EXPECT_TRUE(manifest->permissions.work);
    ASSERT_EQ(manifest->presets.size(), 1u);
    EXPECT_TRUE(manifest->presets[0].always_on);
    EXPECT_EQ(manifest->presets[0].plugin, "com.acme");
}

TEST(Manifest, SaysWhatIsWrongAndWhere) {
    const std::pair<const char*, const char*> cases[] = {
        {"[]", "must be a JSON object"},
        {R"({"families":["provider-codec"],"formats":["f"]})", "name is missing"},
        {R"({"name":"n"})", "families is empty"},
        {R"({"name":"n","families":["provider-codec"]})", "formats is empty"},
        {R"({"name":"n","families":["provider-codec","provider-stream"],"formats":["f"]})", "one of the two"},
        {R"({"name":"n","families":"x"})", "families must be a list"},
        {R"({"name":"n","families":["x"],"config_schema":{"type":"array"}})", "config_schema.type"},
        {R"({"name":"n","families":["x"],"config_schema":{"type":"object","properties":{"a":{"type":"text"}}}})",
         "config_schema.properties.a.type"},
        {R"({"name":"n","families":["x"],"config_schema":{"type":"object","properties":{"a":{"type":"integer","default":"1"}}}})",
         "properties.a.default does not fit"},
        {R"({"name":"n","families":["x"],"permissions":{"origins":["https://a.example.com/path"]}})",
         "scheme and host only"},
        {R"({"name":"n","families":["x"],"presets":{"p":{"base_url":"ftp://x"}}})", "presets.p.base_url"},
        {R"({"name":"n","families":["x"],"presets":{"p":{"settings":{"zzz":1}}}})", "presets.p.settings.zzz"},
        {R"({"name":"n","families":["x"],"presets":{"p":{"secrets":{"k":1}}}})", "presets.p.secrets.k"},
    };
    for (const auto& [json, message] : cases) {
        const auto manifest = parse_manifest(json, "com.acme");
        ASSERT_FALSE(manifest) << json;
        EXPECT_THAT(manifest.error().message, HasSubstr(message));
    }
}

TEST(Origin, IsSchemeHostAndUnusualPort) {
    EXPECT_EQ(*origin_of("HTTPS://API.Example.com:443/v1?x"), "https://api.example.com");
    EXPECT_EQ(*origin_of("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
    EXPECT_EQ(*origin_of("http://[::1]:80/"), "http://[::1]");
    for (const char* bad : {"", "https://", "https:///x", "ftp://a", "https://user@host", "https://a b", "//a"}) {
        EXPECT_FALSE(origin_of(bad)) << bad;
    }
}

TEST(JsonMembers, AreSlicesOfTheText) {
    const std::string text = R"( {"a\"b": {"x":[1,"}]"]} ,"c":-1.5e3, "d" : "q\\","e":null})";
    const auto members = json_members(text);
    ASSERT_TRUE(members);
    ASSERT_EQ(members->size(), 4u);
    EXPECT_EQ((*members)[0].name, R"(a\"b)");
    EXPECT_EQ((*members)[0].value, R"({"x":[1,"}]"]})");
    EXPECT_EQ((*members)[1].value, "-1.5e3");
    EXPECT_EQ((*members)[2].value, R"("q\\")");
    EXPECT_EQ((*members)[3].value, "null");
    EXPECT_GE((*members)[3].value.data(), text.data());
    EXPECT_TRUE(json_members("{}")->empty());
    EXPECT_FALSE(json_members("[]"));
    EXPECT_FALSE(json_members("{"));
}

}  // namespace
}  // namespace aihub::loader
