#include "control/policy_json.hpp"

#include "base/api_error.hpp"
#include "base/json_text.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <utility>

namespace aihub::control {

namespace {

constexpr int kUnprocessable = 422;
constexpr std::size_t kBundleNameMax = 64;
constexpr std::uint32_t kBucketsInPercent = 100;

Error wrong_files(std::string message) {
    return {Errc::invalid_request, std::move(message), "invalid_body", "files"};
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
    out += ",\"";
    out.append(name).append("\":");
    append_json_string(out, text);
}

// "route.lua:12: what" in its parts; a text without a file is all message.
struct Finding {
    std::string_view file;
    int line = 0;
    std::string_view message;
};
Finding take_apart(std::string_view text) {
    const auto colon = text.find(": ");
    auto place = text.substr(0, colon);
    if (colon == std::string_view::npos || place.find(' ') != std::string_view::npos) {
        return {{}, 0, text};
    }
    Finding finding{place, 0, text.substr(colon + 2)};
    if (const auto at = place.find(':'); at != std::string_view::npos) {
        std::from_chars(place.data() + at + 1, place.data() + place.size(), finding.line);
        finding.file = place.substr(0, at);
    }
    return finding;
}

// As folders of policies are named: it stands in logs and metrics.
bool is_bundle_name(std::string_view name) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() <= kBundleNameMax && plain(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return plain(c) || c == '_' || c == '-' || c == '.'; });
}

Result<policy::SourceFile> read_file(const boost::json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr || object->size() != 2) {
        return wrong_files(R"("files" holds something else than {"name","text"})");
    }
    const auto* name = object->if_contains("name");
    const auto* text = object->if_contains("text");
    if (name == nullptr || text == nullptr || !name->is_string() || !text->is_string()) {
        return wrong_files(R"("files" holds something else than {"name","text"})");
    }
    return policy::SourceFile{
        std::string(std::string_view(name->get_string())), std::string(std::string_view(text->get_string()))};
}

}  // namespace

void append_time(std::string& out, WallTime time) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    out.append("\"").append(text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts));
    out.append("\"");
}

void append_bundle(std::string& out, const policy::BundleInfo& info) {
    out += "{\"hash\":";
    append_json_string(out, info.hash);
    append_member(out, "name", info.name);
    append_member(out, "author", info.author);
    append_member(out, "comment", info.comment);
    append_member(out, "parent", info.parent);
    out += ",\"created_at\":";
    append_time(out, info.created_at);
    out += ",\"bytes\":" + std::to_string(info.bytes);
}

void append_activation(std::string& out, const policy::Activation& activation) {
    out += "{\"version\":" + std::to_string(activation.version) + ",\"hash\":";
    if (activation.bundle.empty()) {
        out += "null";
    } else {
        append_json_string(out, activation.bundle);
    }
    append_member(out, "name", activation.bundle_name);
    append_member(out, "stage", policy::stage_name(activation.stage));
    const auto whole = activation.canary_buckets / kBucketsInPercent;
    const auto part = activation.canary_buckets % kBucketsInPercent;
    out += ",\"share\":" + std::to_string(whole) + (part < 10 ? ".0" : ".") + std::to_string(part);
    append_member(out, "actor", activation.actor);
    append_member(out, "comment", activation.comment);
    append_member(out, "reason", activation.reason);
    out += ",\"at\":";
    append_time(out, activation.at);
    out += "}";
}

void append_findings(std::string& out, const std::vector<std::string>& findings) {
    out += "[";
    for (const auto& text : findings) {
        const auto finding = take_apart(text);
        out += out.back() == '[' ? "{\"file\":" : ",{\"file\":";
        append_json_string(out, finding.file);
        out += ",\"line\":" + std::to_string(finding.line);
        append_member(out, "message", finding.message);
        out += "}";
    }
    out += "]";
}

Answer refused(const policy::BundleCheck& check, std::string_view request_id) {
    std::string findings = ",\"findings\":";
    append_findings(findings, check.findings);
    const Error error{
        Errc::invalid_request, "the bundle may not run; correct what was found", "bundle_refused", "files"};
    return {kUnprocessable, api_error_body(error, request_id, findings)};
}

Result<std::shared_ptr<const policy::Bundle>> read_bundle(JsonBody& body) {
    auto name = AIHUB_TRY(body.text("name"));
    if (!is_bundle_name(name)) {
        return Error{
            Errc::invalid_request,
            "\"name\" must have 1 to 64 letters, digits, _, - or . and begin with a letter or digit",
            "invalid_body",
            "name"};
    }
    const auto* list = body.any("files");
    if (list == nullptr || !list->is_array()) {
        return wrong_files(R"("files" must be a list of {"name","text"})");
    }
    std::vector<policy::SourceFile> files;
    for (const auto& one : list->get_array()) {
        files.push_back(AIHUB_TRY(read_file(one)));
    }
    return std::make_shared<const policy::Bundle>(AIHUB_TRY(policy::Bundle::make(std::move(name), std::move(files))));
}

}  // namespace aihub::control
