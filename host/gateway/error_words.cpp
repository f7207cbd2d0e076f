#include "gateway/error_words.hpp"

// Without the conversions that throw: every error is looked at, or this does not compile.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

namespace aihub::gateway {

namespace {

using simdjson::dom::element;

std::string word_of(const element& object, const char* name) {
    element value;
    std::string_view text;
    std::int64_t number = 0;
    if (object[name].get(value) != simdjson::SUCCESS) {
        return {};
    }
    if (value.get(text) == simdjson::SUCCESS) {
        return std::string(text);
    }
    return value.get(number) == simdjson::SUCCESS ? std::to_string(number) : std::string();
}

}  // namespace

ErrorWords read_error_words(std::string_view json) {
    simdjson::dom::parser parser;
    element root;
    if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) {
        return {};
    }
    element first;
    if (root.is_array() && root.at(0).get(first) == simdjson::SUCCESS) {
        root = first;  // Some wrap the error in a list.
    }
    element error;
    if (root["error"].get(error) == simdjson::SUCCESS && error.is_object()) {
        root = error;
    }
    return {word_of(root, "type"), word_of(root, "code")};
}

}  // namespace aihub::gateway
