#include "app/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const CommandSpec kSpec{
    "aihub key create --name NAME [options]",
    "Makes a key.",
    {{"name", "NAME", "what it is called"}, {"force", "", "without asking"}},
    1,
};

std::string problem(const std::vector<std::string>& arguments) {
    const auto parsed = parse_options(kSpec, arguments);
    return parsed ? "" : parsed.error().message;
}

TEST(Options, takes_values_flags_and_operands_in_any_order) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"--name", "x y", "--force", "operand"}, {"operand", "--force", "--name=x y"}}) {
        const auto parsed = parse_options(kSpec, arguments);
        ASSERT_TRUE(parsed) << parsed.error().message;
        EXPECT_EQ(parsed->value("name"), "x y");
        EXPECT_TRUE(parsed->has("force"));
        EXPECT_THAT(parsed->operands, ElementsAre("operand"));
        EXPECT_FALSE(parsed->help);
    }
    const auto nothing = parse_options(kSpec, {});
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(nothing->has("name"));
    EXPECT_EQ(nothing->value("name"), "");
}

TEST(Options, an_error_names_the_word_and_the_help) {
    EXPECT_THAT(problem({"--colour"}), HasSubstr("unknown option --colour"));
    EXPECT_THAT(problem({"--colour"}), HasSubstr("; see aihub key create --help"));
    EXPECT_THAT(problem({"--name"}), HasSubstr("name"));
    EXPECT_EQ(problem({"a", "b"}), "unexpected \"b\"; see aihub key create --help");
}

TEST(Options, help_wins_over_what_is_missing) {
    const auto parsed = parse_options(kSpec, {"a", "b", "--help"});
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->help);
    const auto text = help_text(kSpec);
    EXPECT_THAT(text, ::testing::StartsWith("usage: aihub key create --name NAME [options]\n\nMakes a key.\n\n"));
    EXPECT_THAT(text, HasSubstr("what it is called"));
    EXPECT_THAT(text, HasSubstr("--force"));
}

TEST(Options, the_choice_of_a_configuration) {
    const auto choice = config_choice(
        *parse_options({"aihub serve", "Serves.", config_options(), 0}, {"--config", "a.yaml", "--data=/data"})
    );
    EXPECT_EQ(choice.file, "a.yaml");
    EXPECT_EQ(choice.data_directory, "/data");
    EXPECT_EQ(choice.listen, "");
}

}  // namespace
}  // namespace aihub::app
