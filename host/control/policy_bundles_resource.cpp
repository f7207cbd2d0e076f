#include "control/policy_bundles_resource.hpp"

#include "base/json_text.hpp"
#include "control/paging.hpp"
#include "control/policy_json.hpp"
#include "policy/lint.hpp"
#include "policy/spec_run.hpp"

#include <utility>

namespace aihub::control {

namespace {

using identity::Permission;
using policy::BundleStore;
using BundlePtr = std::shared_ptr<const policy::Bundle>;

constexpr int kCreated = 201;
constexpr std::string_view kBundleBody = R"({"name","files":[{"name","text"}]})";

Result<Answer> list(BundleStore& store, const Request& request) {
    const auto all = AIHUB_TRY(store.list());
    const auto page = AIHUB_TRY(page_of(request.query));
    return list_page(
        all,
        page,
        [](const policy::BundleInfo& one) { return one.hash; },
        [](std::string& out, const policy::BundleInfo& one) {
            append_bundle(out, one);
            out += "}";
        }
    );
}

Result<Answer> upload(BundleStore& store, const Request& request) {
    auto body = AIHUB_TRY(JsonBody::parse(request.body));
    const auto bundle = AIHUB_TRY(read_bundle(body));
    policy::NewBundle about;
    about.comment = AIHUB_TRY(body.text_or("comment", ""));
    AIHUB_CHECK(body.finish());
    about.author = "key " + request.principal->key_id.text() + " (" + request.principal->key_name + ")";
    const auto check = policy::check_bundle(bundle);
    if (!check.good()) {
        return refused(check, request.request_id);
    }
    const auto current = AIHUB_TRY(store.current());
    about.parent = current.active ? current.active->bundle : std::string();
    const auto info = AIHUB_TRY(store.put(*bundle, about));
    Answer answer{kCreated, {}};
    append_bundle(answer.body, info);
    answer.body += ",\"specs\":" + std::to_string(check.specs) + "}";
    answer.fields.emplace_back("Location", "/v1/policies/bundles/" + info.hash);
    return answer;
}

Result<Answer> show(BundleStore& store, const Request& request) {
    const auto stored = AIHUB_TRY(store.get(request.places.find("hash")->second));
    Answer answer;
    append_bundle(answer.body, stored.info);
    answer.body += ",\"files\":[";
    for (const auto& file : stored.bundle->files()) {
        answer.body += answer.body.back() == '[' ? "{\"name\":" : ",{\"name\":";
        append_json_string(answer.body, file.name);
        answer.body += ",\"text\":";
        append_json_string(answer.body, file.text);
        answer.body += "}";
    }
    answer.body += "]}";
    return answer;
}

// The bundle of a body that holds nothing else.
Result<BundlePtr> only_bundle(const Request& request) {
    auto body = AIHUB_TRY(JsonBody::parse(request.body));
    auto bundle = AIHUB_TRY(read_bundle(body));
    AIHUB_CHECK(body.finish());
    return bundle;
}

Result<Answer> lint(const Request& request) {
    const auto bundle = AIHUB_TRY(only_bundle(request));
    std::vector<std::string> findings;
    for (const auto& finding : policy::lint(bundle)) {
        findings.push_back(finding.text());
    }
    Answer answer;
    answer.body = "{\"hash\":\"" + bundle->hash() + "\",\"findings\":";
    append_findings(answer.body, findings);
    answer.body += "}";
    return answer;
}

void append_results(std::string& out, const policy::SpecReport& report) {
    out += "\"results\":[";
    for (const auto& result : report.results) {
        out += out.back() == '[' ? "{\"file\":" : ",{\"file\":";
        append_json_string(out, result.file);
        out += ",\"name\":";
        append_json_string(out, result.name);
        out += ",\"failure\":";
        append_json_string(out, result.failure);
        out += "}";
    }
    out += "]";
}

void append_coverage(std::string& out, const policy::SpecReport& report) {
    out += "\"coverage\":[";
    for (const auto& file : report.coverage) {
        out += out.back() == '[' ? "{\"file\":" : ",{\"file\":";
        append_json_string(out, file.file);
        out += ",\"lines\":" + std::to_string(file.lines) + ",\"never_run\":[";
        for (const auto line : file.never_run) {
            out += (out.back() == '[' ? "" : ",") + std::to_string(line);
        }
        out += "]}";
    }
    out += "]";
}

Result<Answer> test(const Request& request) {
    const auto bundle = AIHUB_TRY(only_bundle(request));
    const auto report = AIHUB_TRY(policy::run_specs(bundle));
    Answer answer;
    answer.body = "{\"hash\":\"" + bundle->hash() + "\",\"passed\":" + (report.passed() ? "true," : "false,");
    append_results(answer.body, report);
    answer.body += ",";
    append_coverage(answer.body, report);
    answer.body += "}";
    return answer;
}

}  // namespace

void add_policy_bundles(RouteTable& table, BundleStore& store) {
    table.add(Route(
        "GET",
        "/v1/policies/bundles",
        Permission::policies_read,
        {"Lists the stored bundles, newest first.", {}, R"({"data":[{}],"next_cursor"})"},
        [&store](const Request& request) { return list(store, request); }
    ));
    table.add(Route(
        "PUT",
        "/v1/policies/bundles",
        Permission::policies_write,
        {"Stores a bundle after it was linted and its specs were run; it does not run yet. The same one again is fine.",
         R"({"name","files":[{"name","text"}],"comment"?})",
         R"({"hash","name","author","comment","parent","created_at","bytes","specs"})"},
        [&store](const Request& request) { return upload(store, request); }
    ));
    table.add(Route(
        "GET",
        "/v1/policies/bundles/{hash}",
        Permission::policies_read,
        {"Shows a bundle with its files, by its hash or the beginning of it.",
         {},
         R"({"hash","name","author","comment","parent","created_at","bytes","files":[{"name","text"}]})"},
        [&store](const Request& request) { return show(store, request); }
    ));
    table.add(Route(
        "POST",
        "/v1/policies/lint",
        Permission::policies_read,
        {"Says what is wrong with a bundle, without running its specs or storing it.",
         kBundleBody,
         R"({"hash","findings":[{"file","line","message"}]})"},
        [](const Request& request) { return lint(request); }
    ));
    table.add(Route(
        "POST",
        "/v1/policies/test",
        Permission::policies_read,
        {"Runs the specs of a bundle, without storing it.",
         kBundleBody,
         R"({"hash","passed","results":[{"file","name","failure"}],"coverage":[{"file","lines","never_run":[]}]})"},
        [](const Request& request) { return test(request); }
    ));
}

}  // namespace aihub::control
