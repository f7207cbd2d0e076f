#include "dialect/request_check.hpp"

#include <aihub/json_read.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace aihub::dialect {
namespace {

constexpr std::array<Wish, 2> kWishes = {{
    {"seed", &sdk::ChatRequest::seed, JsonKind::number},
    {"tags", &sdk::ChatRequest::modalities, JsonKind::array},
}};

class RequestCheck : public ::testing::Test {
protected:
    JsonValue value(const char* name) const { return document_->root()[name]; }

    Result<sdk::JsonDocument> document_ =
        sdk::JsonDocument::parse(R"({"text":"a\u0020b","none":null,"zero":0,"seed":1.50,"list":["a",7],"tags":[]})");
    Place place_;
};

TEST_F(RequestCheck, NullCountsAsMissing) {
    EXPECT_FALSE(given(value("none")));
    EXPECT_FALSE(given(value("other")));
    EXPECT_TRUE(given(value("zero")));
    EXPECT_EQ(*optional_of(JsonKind::string, value("none"), place_), "");
}

TEST_F(RequestCheck, ValuesStayAsTheyAreWritten) {
    EXPECT_EQ(*optional_of(JsonKind::string, value("text"), place_), R"("a\u0020b")");
    EXPECT_EQ(*required_of(JsonKind::number, value("seed"), place_), "1.50");
}

TEST_F(RequestCheck, ErrorsNameThePlace) {
    const auto wrong = required_of(JsonKind::string, value("zero"), place_.member("zero"));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Errc::invalid_request);
    EXPECT_EQ(wrong.error().param, "zero");
    EXPECT_EQ(wrong.error().reason, "invalid_value");
    EXPECT_EQ(wrong.error().message, "zero must be a string");
    const auto none = required_of(JsonKind::string, value("none"), place_.member("none"));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().reason, "missing_required_parameter");
    EXPECT_EQ(none.error().message, "none is missing");
    EXPECT_EQ(unsupported(place_.member("x"), "send y").message, "x is not supported here: send y");
    EXPECT_EQ(unsupported(place_.member("x"), "send y").reason, "unsupported_parameter");
    EXPECT_EQ(invalid(place_, "must be an object").message, "the request must be an object");
}

TEST_F(RequestCheck, CountsBeginAtOne) {
    EXPECT_FALSE(optional_count(value("zero"), place_));
    EXPECT_EQ(*optional_count(value("none"), place_), "");
}

TEST_F(RequestCheck, CountsAreWholeNumbersOfSomeSize) {
    const auto read = [&](const std::string& number) {
        const auto document = sdk::JsonDocument::parse(number);
        const auto count = optional_count(document->root(), place_.member("max_tokens"));
        return count ? std::string(*count) : count.error().message;
    };
    EXPECT_EQ(read("1"), "1");
    EXPECT_EQ(read("1000000000"), "1000000000");
    for (const char* const number : {"0", "-1", "1.5", "1.0", "1e2", "1e30", "1000000001", "99999999999999999999"}) {
        EXPECT_EQ(read(number), "max_tokens must be a whole number from 1 to 1000000000") << number;
    }
    EXPECT_EQ(read("\"7\""), "max_tokens must be a number");
}

TEST_F(RequestCheck, ListsOfTextsAreChecked) {
    const auto list = optional_texts(value("list"), place_.member("list"));
    ASSERT_FALSE(list);
    EXPECT_EQ(list.error().param, "list[1]");
    EXPECT_EQ(*optional_texts(value("tags"), place_), "");
}

TEST_F(RequestCheck, WishesAreTakenByName) {
    sdk::ChatRequest request;
    EXPECT_TRUE(*take_wish(kWishes, "seed", value("seed"), place_, request));
    EXPECT_EQ(request.seed, "1.50");
    EXPECT_TRUE(*take_wish(kWishes, "tags", value("tags"), place_, request));
    EXPECT_EQ(request.modalities, "");
    EXPECT_FALSE(*take_wish(kWishes, "text", value("text"), place_, request));
    const auto wrong = take_wish(kWishes, "seed", value("text"), place_, request);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().param, "seed");
}

}  // namespace
}  // namespace aihub::dialect
