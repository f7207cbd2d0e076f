#include "dialect/count_tokens.hpp"

#include "dialect/canonical.hpp"
#include "dialect/token_estimate.hpp"

namespace aihub::dialect {

namespace {

// The chat that is to be counted, in its own format.
Result<std::string> chat_of(Format format, std::string_view body) {
    const auto document = AIHUB_TRY(parse_request(body));
    const auto root = document.root();
    if (format == Format::gemini_generate) {
        const auto inner = root["generateContentRequest"];
        return std::string(inner ? inner.raw() : body);
    }
    const bool complete = !root.is(sdk::JsonKind::object) || root.size() == 0 || root["max_tokens"];
    if (complete) {
        return std::string(body);
    }
    const auto first = body.find('{') + 1;
    return std::string(body.substr(0, first)) + "\"max_tokens\":1," + std::string(body.substr(first));
}

}  // namespace

Result<std::uint64_t> count_tokens(Format format, std::string_view body, model::TokenizerFamily family) {
    const auto chat = AIHUB_TRY(chat_of(format, body));
    const auto canonical = AIHUB_TRY(canonical_form(format, chat));
    return estimate_request(canonical, family);
}

std::string count_answer(Dialect dialect, std::uint64_t tokens) {
    const std::string_view name = dialect == Dialect::gemini ? "{\"totalTokens\":" : "{\"input_tokens\":";
    return std::string(name) + std::to_string(tokens) + "}";
}

}  // namespace aihub::dialect
