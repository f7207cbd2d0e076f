#include "loader/settings_schema.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::loader {
namespace {

using ::testing::HasSubstr;

SettingsSchema schema() {
    return *SettingsSchema::create(boost::json::parse(R"({"type":"object","required":["region"],"properties":{
        "region":{"type":"string","enum":["eu","us"]},
        "max_tokens":{"type":"integer","minimum":1,"maximum":100,"default":50,"description":"d"},
        "ratio":{"type":"number"},"on":{"type":"boolean","default":false},"list":{"type":"array"},"map":{"type":"object"}}})"
    )
                                       .as_object());
}

TEST(SettingsSchema, TakesWhatFits) {
    EXPECT_TRUE(schema().validate(R"({"region":"eu","max_tokens":100,"ratio":1,"on":true,"list":[1],"map":{"a":{}}})"));
    EXPECT_TRUE(schema().validate(R"({"max_tokens":3.0})", SettingsSchema::Extent::part));
}

TEST(SettingsSchema, SaysWhatDoesNot) {
    const std::pair<const char*, const char*> cases[] = {
        {"[]", "settings must be a JSON object"},
        {"{", "settings must be a JSON object"},
        {"{}", "settings.region is missing"},
        {R"({"region":"asia"})", R"(settings.region must be one of ["eu","us"])"},
        {R"({"region":5})", "settings.region must be of type string, not 5"},
        {R"({"region":"eu","max_tokens":0})", "settings.max_tokens must be at least 1"},
        {R"({"region":"eu","max_tokens":101})", "settings.max_tokens must be at most 100"},
        {R"({"region":"eu","max_tokens":1.5})", "must be of type integer"},
        {R"({"regoin":"eu"})", "settings.regoin is not known to this plugin, did you mean region?"},
        {R"({"maxtokens":1})", "did you mean max_tokens?"},
        {R"({"completely_other":1})", "is not known to this plugin: remove it"},
    };
    for (const auto& [settings, message] : cases) {
        const Result<void> fits = schema().validate(settings);
        ASSERT_FALSE(fits) << settings;
        EXPECT_THAT(fits.error().message, HasSubstr(message));
    }
}

TEST(SettingsSchema, MakesAnExampleThatFits) {
    EXPECT_EQ(schema().example_json(), R"({"region":"eu","max_tokens":50,"on":false})");
    EXPECT_TRUE(schema().validate(schema().example_json()));
    EXPECT_EQ(SettingsSchema().example_json(), "{}");
    EXPECT_FALSE(SettingsSchema().validate(R"({"a":1})"));
}

TEST(EditDistance, CountsEditsAndSwaps) {
    EXPECT_EQ(edit_distance("", "abc"), 3u);
    EXPECT_EQ(edit_distance("regoin", "region"), 1u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

}  // namespace
}  // namespace aihub::loader
