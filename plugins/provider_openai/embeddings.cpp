#include "embeddings.hpp"

#include "scan_fields.hpp"

#include <aihub/json_write.hpp>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <vector>

namespace aihub::provider_openai {
namespace {

using sdk::chat_fields::Field;

int sextet(char c) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t at = kDigits.find(c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// `raw`: a string, of base64 of little-endian numbers.
bool read_base64(std::string_view raw, std::vector<float>& values) {
    std::string bytes;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : raw.substr(1, raw.size() - 2)) {
        if (c == '=' || c == '\\') {  // "\/" is a slash
            continue;
        }
        const int digit = sextet(c);
        if (digit < 0) {
            return false;
        }
        bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes += static_cast<char>((bits >> static_cast<unsigned>(held)) & 0xFFU);
        }
    }
    values.resize(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return !values.empty() && bytes.size() % sizeof(float) == 0;
}

bool read_numbers(std::string_view raw, std::vector<float>& values) {
    bool good = true;
    scan_elements(raw, [&](std::string_view number) {
        double value = 0;  // A float would refuse numbers that are too small for it.
        const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
        good = good && read.ec == std::errc{} && read.ptr == number.data() + number.size();
        values.push_back(static_cast<float>(value));
    });
    return good && !values.empty();
}

struct Vector {
    std::string_view index, embedding, data;
};

}  // namespace

Result<std::string> embeddings_body(const sdk::Request& request, const ChatStyle& style, Dropped& dropped) {
    const std::string_view input = request.member("input");
    if (input.empty() || input == "[]" || input == "null") {
        return Error{Errc::invalid_request, "input is empty; give at least one text to embed"};
    }
    sdk::JsonWriter json;
    json.begin_object().field("model", request.model()).key("input").raw(input);
    if (!style.refuses("encoding_format")) {
        json.field("encoding_format", "float");
    }
    for (const aihub_json_member& member : request.members()) {
        const std::string_view name = sdk::view(member.name);
        if (name == "input") {
            continue;
        }
        if (name == "dimensions" && !style.refuses(name)) {
            json.key(name).raw(sdk::view(member.value));
            continue;
        }
        dropped.say(name);
    }
    json.end_object();
    return std::move(json).text();
}

bool tell_embeddings(std::string_view reply, sdk::Call& call) {
    static constexpr std::array<Field<Vector>, 3> kFields = {
        {{"index", &Vector::index}, {"embedding", &Vector::embedding}, {"data", &Vector::data}}};
    Vector whole;
    if (!scan_fields(reply, kFields, whole)) {
        return false;
    }
    bool good = true;
    std::uint32_t position = 0;
    std::vector<float> values;
    scan_elements(whole.data, [&](std::string_view raw) {
        Vector vector;
        values.clear();
        good = good && scan_fields(raw, kFields, vector) && !vector.embedding.empty() &&
               (vector.embedding.front() == '"' ? read_base64(vector.embedding, values)
                                                : read_numbers(vector.embedding, values));
        if (!good) {
            return;
        }
        std::uint32_t index = position++;
        std::from_chars(vector.index.data(), vector.index.data() + vector.index.size(), index);
        call.embedding(values, index);
    });
    return good && position > 0;
}

}  // namespace aihub::provider_openai
