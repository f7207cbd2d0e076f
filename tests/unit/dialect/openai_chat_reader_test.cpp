#include "dialect/openai_chat_reader.hpp"

#include "support/request_cases.hpp"

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

TEST(OpenaiChatReader, GivesWhatTheCasesExpect) {
    test::check_requests("openai.chat", 60);
}

}  // namespace
}  // namespace aihub::dialect
