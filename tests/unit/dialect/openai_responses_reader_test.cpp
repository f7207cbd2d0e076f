#include "dialect/openai_responses_reader.hpp"

#include "support/request_cases.hpp"

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

TEST(OpenaiResponsesReader, GivesWhatTheCasesExpect) {
    test::check_requests("openai.responses", 36);
}

}  // namespace
}  // namespace aihub::dialect
