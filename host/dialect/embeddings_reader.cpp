#include "dialect/embeddings_reader.hpp"

#include "dialect/gemini_member.hpp"

#include <aihub/json_write.hpp>

#include <tuple>
#include <utility>
#include <vector>

namespace aihub::dialect {

namespace {

// Of aihub.embeddings. The texts are made ones where they had parts.
struct Wanted {
    std::vector<std::string> input;
    JsonText dimensions;
    JsonText task_type;
    JsonText title;
};

std::string written(const Wanted& wanted) {
    sdk::JsonWriter json;
    json.begin_object().key("input").begin_array();
    for (const std::string& text : wanted.input) {
        json.raw(text);
    }
    json.end_array();
    const auto member = [&json](std::string_view name, JsonText value) {
        if (!value.empty()) {
            json.key(name).raw(value);
        }
    };
    member("dimensions", wanted.dimensions);
    member("task_type", wanted.task_type);
    member("title", wanted.title);
    json.end_object();
    return std::move(json).text();
}

Result<std::string> one_text(const JsonValue& value, const Place& place) {
    if (value.is(JsonKind::number) || value.is(JsonKind::array)) {
        return invalid(place, "must be a text: tokens mean something to one model only, so send what they stand for");
    }
    const JsonText text = AIHUB_TRY(required_of(JsonKind::string, value, place));
    if (text.size() <= 2) {
        return invalid(place, "must not be empty");
    }
    return std::string(text);
}

Result<std::string> read_openai(const JsonValue& root) {
    const Place place;
    const JsonValue input = root["input"];
    const Place at_input = place.member("input");
    if (!given(input)) {
        return missing(at_input);
    }
    Wanted wanted;
    if (!input.is(JsonKind::array)) {
        wanted.input.push_back(AIHUB_TRY(one_text(input, at_input)));
    } else if (input.size() == 0) {
        return invalid(at_input, "must not be empty");
    }
    wanted.input.reserve(input.size());
    std::size_t at = 0;
    for (const JsonValue text : input) {
        wanted.input.push_back(AIHUB_TRY(one_text(text, at_input.element(at++))));
    }
    wanted.dimensions = AIHUB_TRY(optional_count(root["dimensions"], place.member("dimensions")));
    const JsonValue encoding = root["encoding_format"];
    const Place at_encoding = place.member("encoding_format");
    const JsonText word = AIHUB_TRY(optional_of(JsonKind::string, encoding, at_encoding));
    if (!word.empty() && word != "\"float\"" && word != "\"base64\"") {
        return invalid(at_encoding, "must be float or base64");
    }
    return written(wanted);
}

// The texts of the parts as one. What stands between the quotes can be put side by side without reading it.
Result<std::string> text_of_parts(const JsonValue& content, const Place& place) {
    AIHUB_TRY(required_of(JsonKind::object, content, place));
    const JsonValue parts = content["parts"];
    const Place at_parts = place.member("parts");
    AIHUB_TRY(required_of(JsonKind::array, parts, at_parts));
    std::string text = "\"";
    std::size_t at = 0;
    for (const JsonValue part : parts) {
        const Place at_part = at_parts.element(at++);
        const JsonText words = AIHUB_TRY(required_of(JsonKind::string, part["text"], at_part.member("text")));
        text.append(words.substr(1, words.size() - 2));
    }
    if (text.size() == 1) {
        return invalid(place, "must have a part with a text");
    }
    return text + "\"";
}

Result<void> read_request(const JsonValue& request, const Place& place, Wanted& wanted) {
    AIHUB_TRY(required_of(JsonKind::object, request, place));
    wanted.input.push_back(AIHUB_TRY(text_of_parts(request["content"], place.member("content"))));
    const JsonValue type = gemini_member(request, "taskType");
    wanted.task_type = AIHUB_TRY(optional_of(JsonKind::string, type, place.member("taskType")));
    wanted.title = AIHUB_TRY(optional_of(JsonKind::string, request["title"], place.member("title")));
    const JsonValue dimensions = gemini_member(request, "outputDimensionality");
    wanted.dimensions = AIHUB_TRY(optional_count(dimensions, place.member("outputDimensionality")));
    return {};
}

Result<std::string> read_gemini_batch(const JsonValue& root) {
    const Place place;
    const JsonValue requests = root["requests"];
    const Place at_requests = place.member("requests");
    AIHUB_TRY(required_of(JsonKind::array, requests, at_requests));
    if (requests.size() == 0) {
        return invalid(at_requests, "must not be empty");
    }
    Wanted wanted;
    wanted.input.reserve(requests.size());
    std::size_t at = 0;
    for (const JsonValue request : requests) {
        const auto [dimensions, task_type, title] = std::tuple(wanted.dimensions, wanted.task_type, wanted.title);
        const Place at_request = at_requests.element(at++);
        AIHUB_CHECK(read_request(request, at_request, wanted));
        const bool same = dimensions == wanted.dimensions && task_type == wanted.task_type && title == wanted.title;
        if (at > 1 && !same) {
            return unsupported(
                at_request,
                "all of a batch must have the same taskType, title and outputDimensionality; send two batches"
            );
        }
    }
    return written(wanted);
}

}  // namespace

Result<std::string> read_embeddings(Format format, const JsonValue& root) {
    if (format == Format::openai_embeddings) {
        return read_openai(root);
    }
    if (format == Format::gemini_batch_embed) {
        return read_gemini_batch(root);
    }
    Wanted wanted;
    AIHUB_CHECK(read_request(root, Place(), wanted));
    return written(wanted);
}

}  // namespace aihub::dialect
