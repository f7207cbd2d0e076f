#include "dialect/gemini_reader.hpp"

#include "support/request_cases.hpp"

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

TEST(GeminiReader, GivesWhatTheCasesExpect) {
    test::check_requests("gemini.generate", 46);
}

}  // namespace
}  // namespace aihub::dialect
