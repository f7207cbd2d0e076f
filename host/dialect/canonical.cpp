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

}  // namespace

Result<std::string> canonical_form(Format format, std::string_view body) {
    sdk::JsonLimits limits;
    limits.depth_max = kNestedMax;
    limits.values_max = kValuesMax;
    const sdk::JsonDocument document = AIHUB_TRY(sdk::JsonDocument::parse(body, limits));
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
