#include "fuzz_check.hpp"
#include "gateway/json_depth.hpp"
#include "gateway/json_peek.hpp"

#include <boost/json.hpp>

#include <string>

namespace {

using aihub::fuzz::check;
namespace json = boost::json;

constexpr std::size_t kDepthMax = 128;

// As another parser reads it; null when it does not.
json::value read_by_another(std::string_view text) {
    json::parse_options options;
    options.max_depth = kDepthMax;
    json::error_code error;
    auto value = json::parse(text, error, {}, options);
    return error ? json::value() : value;
}

// Whether the host refuses what is JSON.
bool is_ours(const aihub::Error& error) {
    return error.reason == "duplicate_field" || error.reason == "too_many_fields" || error.reason == "invalid_type" ||
           error.reason == "missing_required_parameter" || error.message.find("escapes") != std::string::npos ||
           error.message.find("must be a JSON object") != std::string::npos;
}

void compare(const aihub::gateway::Peek& seen, const json::object& object) {
    check(seen.members.size() == object.size(), "other members than another parser sees");
    for (const auto& [name, raw] : seen.members) {
        const auto* const value = object.if_contains(name);
        check(value != nullptr, "a member that another parser does not see");
        check(json::serialize(read_by_another(raw)) == json::serialize(*value), "a member has another value");
    }
    const auto* const model = object.if_contains("model");
    check(
        model == nullptr || (model->is_string() && seen.model == std::string_view(model->as_string())), "another model"
    );
    const auto* const stream = object.if_contains("stream");
    check(seen.stream == (stream != nullptr && stream->is_bool() && stream->as_bool()), "another stream flag");
}

}  // namespace

// What is peeked is what another parser reads; nothing outside the body is pointed at; what both take is not refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = aihub::fuzz::text(data, size);
    if (!aihub::gateway::check_json_depth(text, kDepthMax)) {
        return 0;
    }
    std::string body;
    aihub::gateway::reserve_for_peek(body, text.size());
    body.append(text);
    std::vector<aihub::capability::JsonMember> members;
    std::string model;
    aihub::gateway::Peek seen{members, model};
    const auto done = aihub::gateway::peek(body, seen);
    check(body == text, "the body was changed");
    const auto other = read_by_another(text);
    if (!done) {
        check(!done.error().message.empty(), "refused without a word");
        check(other.is_null() || is_ours(done.error()), "JSON that another parser takes is refused");
        return 0;
    }
    check(!model.empty(), "taken without a model");
    for (const auto& [name, raw] : members) {
        check(name.data() >= body.data() && name.data() + name.size() <= body.data() + body.size(), "a name elsewhere");
        check(raw.data() >= body.data() && raw.data() + raw.size() <= body.data() + body.size(), "a value elsewhere");
    }
    if (other.is_object()) {
        compare(seen, other.get_object());
    }
    return 0;
}
