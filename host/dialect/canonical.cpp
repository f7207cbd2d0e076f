#include "dialect/canonical.hpp"

#include "dialect/anthropic_messages_reader.hpp"
#include "dialect/call_arguments.hpp"
#include "dialect/embeddings_reader.hpp"
#include "dialect/gemini_reader.hpp"
#include "dialect/openai_chat_reader.hpp"
#include "dialect/openai_responses_reader.hpp"

#include <aihub/chat_write.hpp>

#include <array>
#include <string>
#include <utility>

namespace aihub::dialect {

namespace {

struct Reader {
    Format format;
    JsonText origin;
    Result<void> (*read)(const JsonValue&, ChatBuilder&);
};

constexpr std::array<Reader, 4> kReaders = {{
    {Format::openai_chat, "\"openai.chat\"", read_openai_chat},
    {Format::openai_responses, "\"openai.responses\"", read_openai_responses},
    {Format::anthropic_messages, "\"anthropic.messages\"", read_anthropic_messages},
    {Format::gemini_generate, "\"gemini.generate\"", read_gemini},
}};

// A plugin reads at most a million values, and the form may have four for one of the client's.
constexpr std::size_t kValuesMax = 250'000;

// The parser takes its limits for rules of JSON; a client whose JSON is right has to know better.
Error refused(Error error) {
    if (error.message.starts_with("not valid JSON: nested too deeply")) {
        return invalid(
            Place(),
            "is nested too deeply to be translated for this provider: it may have " + std::to_string(kNestedMax) +
                " levels"
        );
    }
    if (error.message.starts_with("not valid JSON: too many values")) {
        return invalid(
            Place(), "has too many values to be translated for this provider: it may have " + std::to_string(kValuesMax)
        );
    }
    return error;
}

}  // namespace

Result<sdk::JsonDocument> parse_request(std::string_view body) {
    sdk::JsonLimits limits;
    limits.depth_max = kNestedMax;
    limits.values_max = kValuesMax;
    auto document = sdk::JsonDocument::parse(body, limits);
    if (!document) {
        return refused(std::move(document).error());
    }
    return document;
}

Result<std::string> canonical_form(Format format, std::string_view body) {
    const sdk::JsonDocument document = AIHUB_TRY(parse_request(body));
    const JsonValue root = document.root();
    AIHUB_TRY(required_of(JsonKind::object, root, Place()));
    for (const Reader& reader : kReaders) {
        if (reader.format == format) {
            ChatBuilder builder(reader.origin);
            AIHUB_CHECK(reader.read(root, builder));
            if (builder.has_too_many_fields()) {
                return invalid(
                    Place(),
                    "has more than " + std::to_string(kForeignFieldsMax) +
                        " members that this format does not have; leave them out"
                );
            }
            return sdk::write_chat(builder.finish());
        }
    }
    return read_embeddings(format, root);
}

}  // namespace aihub::dialect
