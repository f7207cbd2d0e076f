#include "embeddings.hpp"

#include <aihub/json_read.hpp>
#include <aihub/json_write.hpp>

#include <vector>

namespace aihub::provider_google {
namespace {

using sdk::JsonKind;
using sdk::JsonValue;

void write_one(sdk::JsonWriter& json, const JsonValue& text, const JsonValue& wishes) {
    json.key("content").begin_object().key("parts").begin_array();
    json.begin_object().key("text").raw(text.raw()).end_object();
    json.end_array().end_object();
    if (wishes["task_type"].is(JsonKind::string)) {
        json.key("taskType").raw(wishes["task_type"].raw());
    }
    if (wishes["title"].is(JsonKind::string)) {
        json.key("title").raw(wishes["title"].raw());
    }
    if (wishes["dimensions"].is(JsonKind::number)) {
        json.key("outputDimensionality").raw(wishes["dimensions"].raw());
    }
}

bool read_values(const JsonValue& list, std::vector<float>& values) {
    values.clear();
    values.reserve(list.size());
    for (const JsonValue one : list) {
        const auto value = one.number<float>();
        if (!value) {
            return false;
        }
        values.push_back(*value);
    }
    return !values.empty();
}

}  // namespace

Result<EmbeddingsBody> make_embeddings_body(std::string_view body, std::string_view model) {
    const sdk::JsonDocument document = AIHUB_TRY(sdk::JsonDocument::parse(body));
    const JsonValue wishes = document.root();
    const JsonValue input = wishes["input"];
    for (const JsonValue text : input) {
        if (!text.is(JsonKind::string)) {
            return Error{Errc::invalid_request, "this model embeds texts only: send strings, not token numbers"};
        }
    }
    if (!input.is(JsonKind::array) || input.size() == 0) {
        return Error{Errc::invalid_request, "input must be a list of texts with at least one"};
    }
    EmbeddingsBody made{.json = {}, .texts = input.size()};
    sdk::JsonWriter json;
    json.begin_object();
    if (made.texts == 1) {
        write_one(json, input[0], wishes);
        made.json = std::move(json.end_object()).text();
        return made;
    }
    const std::string name = "models/" + std::string(model);
    json.key("requests").begin_array();
    for (const JsonValue text : input) {
        json.begin_object().field("model", std::string_view(name));
        write_one(json, text, wishes);
        json.end_object();
    }
    made.json = std::move(json.end_array().end_object()).text();
    return made;
}

std::optional<std::string> tell_embeddings(std::string_view reply, std::size_t texts, sdk::Call& call) {
    const auto document = sdk::JsonDocument::parse(reply, {.depth_max = 16, .values_max = 8'000'000});
    const JsonValue root = document ? document->root() : JsonValue();
    const JsonValue many = root["embeddings"];
    std::vector<float> values;
    if (!many && texts == 1 && read_values(root["embedding"]["values"], values)) {
        call.embedding(values, 0);
        return std::nullopt;
    }
    if (many.size() != texts) {
        return "the provider's answer has not one vector for each text";
    }
    std::uint32_t index = 0;
    for (const JsonValue one : many) {
        if (!read_values(one["values"], values)) {
            return "the provider's answer has a vector without numbers";
        }
        call.embedding(values, index++);
    }
    return std::nullopt;
}

}  // namespace aihub::provider_google
