#include "gateway/output.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace aihub::gateway {
namespace {

std::vector<std::string> parts_of(const Output& output) {
    std::vector<std::string_view> parts;
    output.append_to(parts);
    return {parts.begin(), parts.end()};
}

TEST(Output, is_empty_at_first) {
    const Output output;
    EXPECT_TRUE(output.empty());
    EXPECT_TRUE(parts_of(output).empty());
}

TEST(Output, joins_views_that_are_neighbours) {
    const std::string bytes = "data: 1\n\ndata: 2\n\ndata: 3\n\n";
    const std::string_view view = bytes;
    Output output;
    output.add_view(view.substr(0, 9));
    output.add_view(view.substr(9, 9));
    output.add_view(view.substr(18));
    EXPECT_EQ(parts_of(output), std::vector<std::string>{bytes});
    EXPECT_EQ(output.size(), bytes.size());
}

TEST(Output, keeps_views_with_a_gap_apart) {
    const std::string bytes = "one:two:three";
    const std::string_view view = bytes;
    Output output;
    output.add_view(view.substr(0, 3));
    output.add_view(view.substr(4, 3));
    output.add_view({});
    output.add_view(view.substr(7));
    EXPECT_EQ(parts_of(output), (std::vector<std::string>{"one", "two:three"}));
    EXPECT_EQ(output.size(), 12U);
}

TEST(Output, keeps_views_and_text_in_their_order) {
    const std::string bytes = "ab";
    const std::string_view view = bytes;
    Output output;
    output.add_text("1");
    output.add_text("2");
    output.add_view(view.substr(0, 1));
    output.add_text("3");
    output.add_view(view.substr(1));
    output.add_text("");
    output.add_text(std::string(1000, 'x'));  // the text moves as it grows
    EXPECT_EQ(parts_of(output), (std::vector<std::string>{"12", "a", "3", "b", std::string(1000, 'x')}));
    EXPECT_EQ(output.size(), 1005U);
}

TEST(Output, move_to_makes_text_that_outlives_what_was_viewed) {
    std::string bytes = "first";
    Output output;
    output.add_text("0 ");
    output.add_view(bytes);
    Output other;
    other.add_text("before ");
    output.move_to(other);
    EXPECT_TRUE(output.empty());
    EXPECT_TRUE(parts_of(output).empty());
    bytes = "other";
    other.add_text("!");
    EXPECT_EQ(parts_of(other), std::vector<std::string>{"before 0 first!"});
    EXPECT_EQ(other.size(), 15U);
}

TEST(Output, move_to_of_nothing_changes_nothing) {
    Output output;
    Output other;
    output.move_to(other);
    EXPECT_TRUE(other.empty());
}

TEST(Output, take_text_moves_what_stands_first) {
    Output output;
    std::string text(100, 'a');
    const auto* const bytes = text.data();
    output.take_text(std::move(text));
    std::vector<std::string_view> parts;
    output.append_to(parts);
    ASSERT_EQ(parts.size(), 1U);
    EXPECT_EQ(parts[0].data(), bytes);
    EXPECT_EQ(output.size(), 100U);
    output.take_text("b");
    EXPECT_EQ(parts_of(output), std::vector<std::string>{std::string(100, 'a') + "b"});
}

TEST(Output, clear_begins_anew) {
    Output output;
    output.add_text("a");
    output.add_view("b");
    output.clear();
    EXPECT_TRUE(output.empty());
    output.add_text("c");
    EXPECT_EQ(parts_of(output), std::vector<std::string>{"c"});
}

}  // namespace
}  // namespace aihub::gateway
