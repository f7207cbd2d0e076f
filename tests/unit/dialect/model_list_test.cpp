#include "dialect/model_list.hpp"

#include <gtest/gtest.h>

#include <array>

namespace aihub::dialect {
namespace {

constexpr std::array<ListedModel, 2> kModels{{{"large", "acme"}, {"acme/small", "acme"}}};

TEST(ModelList, IsThatOfTheClientsDialect) {
    EXPECT_EQ(
        model_list(Dialect::openai, kModels),
        R"({"object":"list","data":[{"id":"large","object":"model","created":0,"owned_by":"acme"},)"
        R"({"id":"acme/small","object":"model","created":0,"owned_by":"acme"}]})"
    );
    EXPECT_EQ(
        model_list(Dialect::anthropic, kModels),
        R"({"data":[{"type":"model","id":"large","display_name":"large","created_at":"1970-01-01T00:00:00Z"},)"
        R"({"type":"model","id":"acme/small","display_name":"acme/small","created_at":"1970-01-01T00:00:00Z"}],)"
        R"("has_more":false,"first_id":"large","last_id":"acme/small"})"
    );
    EXPECT_EQ(
        model_list(Dialect::gemini, std::span(kModels).first(1)),
        R"({"models":[{"name":"models/large","displayName":"large","supportedGenerationMethods":["generateContent",)"
        R"("streamGenerateContent","countTokens","embedContent","batchEmbedContents"]}]})"
    );
}

TEST(ModelList, MayBeEmpty) {
    EXPECT_EQ(model_list(Dialect::openai, {}), R"({"object":"list","data":[]})");
    EXPECT_EQ(model_list(Dialect::anthropic, {}), R"({"data":[],"has_more":false,"first_id":null,"last_id":null})");
    EXPECT_EQ(model_list(Dialect::gemini, {}), R"({"models":[]})");
}

}  // namespace
}  // namespace aihub::dialect
