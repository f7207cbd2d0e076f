#include "dialect/model_list.hpp"

#include "base/json_text.hpp"
#include "dialect/json_pieces.hpp"

namespace aihub::dialect {

namespace {

// When a model was made is not known here; clients of this dialect read a date all the same.
constexpr std::string_view kNoDate = "1970-01-01T00:00:00Z";

}  // namespace

void append_model(std::string& out, Dialect dialect, const ListedModel& model) {
    switch (dialect) {
        case Dialect::openai:
            append_json_string(out += "{\"id\":", model.id);
            append_json_string(out += ",\"object\":\"model\",\"created\":0,\"owned_by\":", model.owned_by);
            break;
        case Dialect::anthropic:
            append_json_string(out += "{\"type\":\"model\",\"id\":", model.id);
            append_json_string(out += ",\"display_name\":", model.id);
            append_json_string(out += ",\"created_at\":", kNoDate);
            break;
        case Dialect::gemini:
            append_json_string(out += "{\"name\":", "models/" + std::string(model.id));
            append_json_string(out += ",\"displayName\":", model.id);
            out +=
                ",\"supportedGenerationMethods\":[\"generateContent\",\"streamGenerateContent\",\"countTokens\","
                "\"embedContent\",\"batchEmbedContents\"]";
            break;
    }
    out += '}';
}

std::string model_list(Dialect dialect, std::span<const ListedModel> models) {
    std::string out = dialect == Dialect::openai   ? "{\"object\":\"list\",\"data\":["
                      : dialect == Dialect::gemini ? "{\"models\":["
                                                   : "{\"data\":[";
    for (const auto& model : models) {
        out += out.back() == '[' ? "" : ",";
        append_model(out, dialect, model);
    }
    out += ']';
    if (dialect == Dialect::anthropic) {
        append_string_or_null(out += ",\"has_more\":false,\"first_id\":", models.empty() ? "" : models.front().id);
        append_string_or_null(out += ",\"last_id\":", models.empty() ? "" : models.back().id);
    }
    out += '}';
    return out;
}

}  // namespace aihub::dialect
