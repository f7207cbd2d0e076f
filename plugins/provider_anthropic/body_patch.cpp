#include "body_patch.hpp"

#include <aihub/json_write.hpp>

#include <string>
#include <string_view>

namespace aihub::provider_anthropic {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// From its first byte to behind its last.
struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
};

// A whole member, its name included; `value` is the one that stands in `body`.
Range member_range(std::string_view body, std::string_view value) {
    const auto at = static_cast<std::size_t>(value.data() - body.data());
    const std::size_t colon = body.rfind(':', at - 1);
    const std::size_t closing = body.rfind('"', colon);
    return {body.rfind('"', closing - 1), at + value.size()};
}

// With the comma that parts it from its neighbour.
Range with_comma(std::string_view body, Range member) {
    const std::size_t next = body.find_first_not_of(kSpace, member.end);
    if (body[next] == ',') {
        return {member.begin, next + 1};
    }
    const std::size_t before = body.find_last_not_of(kSpace, member.begin - 1);
    return {body[before] == ',' ? before : member.begin, member.end};
}

// Right behind the opening brace.
std::string as_first_member(std::string_view body, std::size_t behind_brace, std::string member) {
    const std::size_t next = body.find_first_not_of(kSpace, behind_brace);
    return next != std::string_view::npos && body[next] != '}' ? member + "," : member;
}

}  // namespace

void add_patched_body(sdk::HttpRequest& http, const sdk::Request& request, const Settings& settings) {
    const std::string_view body = request.body();
    const std::string_view old_model = request.member("model");
    const bool has_version = !request.member("anthropic_version").empty();
    const std::string version = has_version ? std::string() : settings.version_member();
    std::string model = settings.model_in_path(request) ? "" : "\"model\":" + sdk::json_string(request.model());
    if (!version.empty()) {
        model += (model.empty() ? "" : ",") + version;
    }
    if (old_model.empty()) {
        const std::size_t behind_brace = body.find('{') + 1;
        http.add_borrowed(body.substr(0, behind_brace));
        http.add_owned(model.empty() ? model : as_first_member(body, behind_brace, std::move(model)));
        http.add_borrowed(body.substr(behind_brace));
        return;
    }
    Range changed = member_range(body, old_model);
    if (model.empty()) {
        changed = with_comma(body, changed);
    }
    http.add_borrowed(body.substr(0, changed.begin));
    http.add_owned(std::move(model));
    http.add_borrowed(body.substr(changed.end));
}

}  // namespace aihub::provider_anthropic
