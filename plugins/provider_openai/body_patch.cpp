#include "body_patch.hpp"

#include <aihub/json_read.hpp>
#include <aihub/json_write.hpp>

#include <algorithm>
#include <utility>

namespace aihub::provider_openai {
namespace {

std::size_t offset_of(std::string_view body, std::string_view part) {
    return static_cast<std::size_t>(part.data() - body.data());
}

// A patch that adds members right behind the opening brace of an object.
BodyPatch insertion(std::string_view body, std::string_view object, std::string members) {
    const std::size_t brace = object.find('{');
    const std::size_t inside = object.find_first_not_of(" \t\r\n", brace + 1);
    if (inside != std::string_view::npos && object[inside] != '}') {
        members += ',';
    }
    return {offset_of(body, object) + brace + 1, 0, std::move(members)};
}

// Changes stream_options where they stand, or adds the member to `new_members`.
void ask_usage(const sdk::Request& request, std::vector<BodyPatch>& patches, std::string& new_members) {
    const std::string_view options = request.member("stream_options");
    const std::string_view body = request.body();
    if (options.empty()) {
        new_members = R"("stream_options":{"include_usage":true})";
        return;
    }
    const auto read = sdk::JsonDocument::parse(options);
    if (!read || read->root().is(sdk::JsonKind::null)) {
        patches.push_back({offset_of(body, options), options.size(), R"({"include_usage":true})"});
        return;
    }
    if (!read->root().is(sdk::JsonKind::object)) {
        return;  // The provider says what is wrong with it.
    }
    bool replaced = false;
    for (const sdk::JsonValue member : read->root()) {
        if (member.key() == "include_usage") {
            patches.push_back({offset_of(body, member.raw()), member.raw().size(), "true"});
            replaced = true;
        }
    }
    if (!replaced) {
        patches.push_back(insertion(body, options, R"("include_usage":true)"));
    }
}

}  // namespace

std::vector<BodyPatch> body_patches(const sdk::Request& request, AskUsage ask) {
    std::vector<BodyPatch> patches;
    const std::string_view body = request.body();
    const std::string_view old_model = request.member("model");
    std::string model = sdk::json_string(request.model());
    std::string new_members;
    if (ask == AskUsage::yes) {
        ask_usage(request, patches, new_members);
    }
    if (old_model.empty()) {
        new_members = "\"model\":" + model + (new_members.empty() ? "" : ",") + new_members;
    } else if (old_model != model) {
        patches.push_back({offset_of(body, old_model), old_model.size(), std::move(model)});
    }
    if (!new_members.empty()) {
        patches.push_back(insertion(body, body, std::move(new_members)));
    }
    std::ranges::sort(patches, {}, &BodyPatch::offset);
    return patches;
}

void add_body(sdk::HttpRequest& http, std::string_view body, std::vector<BodyPatch> patches) {
    std::size_t done = 0;
    for (BodyPatch& patch : patches) {
        http.add_borrowed(body.substr(done, patch.offset - done));
        http.add_owned(std::move(patch.text));
        done = patch.offset + patch.length;
    }
    http.add_borrowed(body.substr(done));
}

}  // namespace aihub::provider_openai
