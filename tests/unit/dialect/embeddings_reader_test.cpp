#include "dialect/embeddings_reader.hpp"

#include "support/request_cases.hpp"

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

TEST(EmbeddingsReader, GivesWhatTheCasesExpect) {
    test::check_requests("openai.embeddings", 11);
    test::check_requests("gemini.embed", 5);
    test::check_requests("gemini.batch_embed", 5);
}

}  // namespace
}  // namespace aihub::dialect
