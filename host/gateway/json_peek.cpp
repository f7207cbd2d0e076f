#include "gateway/json_peek.hpp"

// Without the conversions that throw: every error is looked at, or this does not compile.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <algorithm>
#include <cstring>

namespace aihub::gateway {

namespace {

namespace ondemand = simdjson::ondemand;

// More top-level names than any format has; beyond it the search for doubles would cost too much.
constexpr std::size_t kMembersMax = 256;
// A parser needs several times the room of what it reads. For larger bodies it is not kept.
constexpr std::size_t kKeptCapacity = 1024UL * 1024;

Error not_json(const std::string& detail) {
    return {Errc::invalid_request, "the request body is not valid JSON" + detail, "invalid_json", {}};
}

Error wrong(std::string_view param, const std::string& message) {
    return {Errc::invalid_request, message, "invalid_type", std::string(param)};
}

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// Takes the digits that `text` begins with; false: there is none.
bool take_digits(std::string_view& text) {
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(end);
    return end > 0;
}

bool take_one_of(std::string_view& text, std::string_view letters) {
    const bool found = !text.empty() && letters.find(text.front()) != std::string_view::npos;
    text.remove_prefix(found ? 1 : 0);
    return found;
}

// Whether `text` is a number of JSON (RFC 8259 section 6), of any size.
bool is_number(std::string_view text) {
    take_one_of(text, "-");
    if (!take_one_of(text, "0") && !take_digits(text)) {
        return false;
    }
    if (take_one_of(text, ".") && !take_digits(text)) {
        return false;
    }
    if (take_one_of(text, "eE")) {
        take_one_of(text, "+-");
        if (!take_digits(text)) {
            return false;
        }
    }
    return text.empty();
}

// The raw text of a value. Scalars are read, so that `tru` or `01` does not pass; nested values are skipped over.
Result<std::string_view> raw_text(ondemand::value& value) {
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) {
        return not_json("");
    }
    std::string_view text;
    simdjson::error_code error = simdjson::SUCCESS;
    switch (type) {
        case ondemand::json_type::object: {
            ondemand::object object;
            error = value.get_object().get(object);
            if (error == simdjson::SUCCESS) {
                error = object.raw_json().get(text);
            }
            break;
        }
        case ondemand::json_type::array: {
            ondemand::array array;
            error = value.get_array().get(array);
            if (error == simdjson::SUCCESS) {
                error = array.raw_json().get(text);
            }
            break;
        }
        default: {
            text = value.raw_json_token();
            if (type == ondemand::json_type::string) {
                std::string_view ignored;
                error = value.get_string().get(ignored);
            } else if (type == ondemand::json_type::number) {
                ondemand::number ignored;
                error = value.get_number().get(ignored);
            } else if (type == ondemand::json_type::boolean) {
                bool ignored = false;
                error = value.get_bool().get(ignored);
            } else {
                bool null = false;
                error = value.is_null().get(null);
                error = error == simdjson::SUCCESS && !null ? simdjson::TAPE_ERROR : error;
            }
            break;
        }
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    if (error != simdjson::SUCCESS && type == ondemand::json_type::number && is_number(text)) {
        error = simdjson::SUCCESS;  // A number too large for us may be right for the provider.
    }
    if (error != simdjson::SUCCESS) {
        return not_json(std::string(": ") + simdjson::error_message(error));
    }
    return text;
}

Result<void> read_model(ondemand::parser& parser, std::string_view raw, std::string& model) {
    if (!raw.starts_with('"')) {
        return wrong("model", "\"model\" must be a string");
    }
    if (std::memchr(raw.data(), '\\', raw.size()) == nullptr) {
        model.assign(raw.substr(1, raw.size() - 2));
    } else {
        const simdjson::padded_string text(raw);
        ondemand::document document;
        std::string_view unescaped;
        if (parser.iterate(text).get(document) != simdjson::SUCCESS ||
            document.get_string().get(unescaped) != simdjson::SUCCESS) {
            return not_json("");
        }
        model.assign(unescaped);
    }
    if (model.empty()) {
        return wrong("model", "\"model\" must not be empty");
    }
    return {};
}

Result<bool> read_flag(std::string_view name, std::string_view raw) {
    if (raw == "true") {
        return true;
    }
    if (raw == "false" || raw == "null") {
        return false;
    }
    return wrong(name, "\"" + std::string(name) + "\" must be true or false");
}

Result<void> read_stream_options(ondemand::parser& parser, std::string_view raw, Peek& out) {
    if (raw == "null") {
        return {};
    }
    const simdjson::padded_string text(raw);
    ondemand::document document;
    ondemand::object object;
    if (parser.iterate(text).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS) {
        return wrong("stream_options", "\"stream_options\" must be an object");
    }
    ondemand::value value;
    if (object.find_field_unordered("include_usage").get(value) == simdjson::SUCCESS) {
        const auto flag = AIHUB_TRY(raw_text(value));
        out.include_usage = AIHUB_TRY(read_flag("stream_options.include_usage", flag));
    }
    return {};
}

Result<void> read_members(ondemand::object& object, std::vector<capability::JsonMember>& members) {
    members.clear();
    for (auto field : object) {
        ondemand::raw_json_string key;
        std::string_view name;
        ondemand::value value;
        if (field.key().get(key) != simdjson::SUCCESS || field.unescaped_key().get(name) != simdjson::SUCCESS) {
            return not_json("");
        }
        const std::string_view raw_name(key.raw(), name.size());
        if (raw_name != name || key.raw()[name.size()] != '"') {
            return Error{
                Errc::invalid_request, "names at the top level must be written without escapes", "invalid_json", {}};
        }
        if (field.value().get(value) != simdjson::SUCCESS) {
            return not_json("");
        }
        const auto raw = AIHUB_TRY(raw_text(value));
        const auto same = [&](const capability::JsonMember& member) { return member.name == raw_name; };
        if (std::any_of(members.begin(), members.end(), same)) {
            return Error{
                Errc::invalid_request,
                "\"" + std::string(raw_name.substr(0, 100)) + "\" stands twice in the request body",
                "duplicate_field",
                std::string(raw_name.substr(0, 100))};
        }
        if (members.size() >= kMembersMax) {
            return Error{Errc::invalid_request, "the request body has more than 256 fields", "too_many_fields", {}};
        }
        members.push_back({raw_name, raw});
    }
    return {};
}

// A parser whose buffers serve the next body, too, unless this one was large.
class KeptParser {
public:
    explicit KeptParser(ondemand::parser& parser) : parser_(parser) {}
    ~KeptParser() {
        if (parser_.capacity() > kKeptCapacity) {
            parser_ = ondemand::parser();
        }
    }
    KeptParser(const KeptParser&) = delete;
    KeptParser& operator=(const KeptParser&) = delete;

private:
    ondemand::parser& parser_;
};

}  // namespace

void reserve_for_peek(std::string& body, std::size_t bytes) {
    body.reserve(bytes + simdjson::SIMDJSON_PADDING);
}

Result<void> peek(const std::string& body, Peek& out) {
    // A parser keeps its buffers; one for each thread, because parsing never suspends.
    thread_local ondemand::parser parser;
    thread_local ondemand::parser nested;
    const KeptParser kept(parser);
    ondemand::document document;
    ondemand::object object;
    const auto opened = parser.iterate(body.data(), body.size(), body.capacity() + 1).get(document);
    if (opened != simdjson::SUCCESS) {
        return not_json(body.empty() ? ": it is empty" : std::string(": ") + simdjson::error_message(opened));
    }
    const auto started = document.get_object().get(object);
    if (started == simdjson::INCORRECT_TYPE) {
        return Error{Errc::invalid_request, "the request body must be a JSON object", "invalid_json", {}};
    }
    if (started != simdjson::SUCCESS) {
        return not_json(std::string(": ") + simdjson::error_message(started));
    }
    AIHUB_CHECK(read_members(object, out.members));
    const char* rest = nullptr;
    if (document.current_location().get(rest) == simdjson::SUCCESS) {
        return not_json(": there is text behind the object");
    }
    bool has_model = false;
    for (const auto& [name, raw] : out.members) {
        if (name == "model") {
            AIHUB_CHECK(read_model(nested, raw, out.model));
            has_model = true;
        } else if (name == "stream") {
            out.stream = AIHUB_TRY(read_flag(name, raw));
        } else if (name == "stream_options") {
            AIHUB_CHECK(read_stream_options(nested, raw, out));
        } else if (name == "encoding_format") {
            out.base64_embeddings = raw == "\"base64\"";
        }
    }
    if (!has_model && out.needs_model) {
        return Error{Errc::invalid_request, "you must provide a \"model\"", "missing_required_parameter", "model"};
    }
    return {};
}

}  // namespace aihub::gateway
