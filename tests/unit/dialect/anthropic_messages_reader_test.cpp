#include "dialect/anthropic_messages_reader.hpp"

#include "support/request_cases.hpp"

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

TEST(AnthropicMessagesReader, GivesWhatTheCasesExpect) {
    test::check_requests("anthropic.messages", 42);
}

}  // namespace
}  // namespace aihub::dialect
