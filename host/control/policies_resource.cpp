#include "control/policies_resource.hpp"

#include "base/json_text.hpp"
#include "control/paging.hpp"
#include "control/policy_json.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace aihub::control {

namespace {

using identity::Permission;
using policy::BundleStore;

constexpr std::uint32_t kCanaryBuckets = 1000;
constexpr double kBucketsInPercent = 100;
constexpr std::string_view kActivationShape =
    R"({"version","hash","name","stage","share","actor","comment","reason","at"})";

Error wrong(std::string message, std::string field) {
    return {Errc::invalid_request, std::move(message), "invalid_body", std::move(field)};
}

// Who did it, for the history.
std::string actor_of(const Request& request) {
    return "key " + request.principal->key_id.text() + " (" + request.principal->key_name + ")";
}

Result<void> check_source(const PolicyFolder& folder) {
    if (const auto name = folder(); !name.empty()) {
        return Error{
            Errc::conflict,
            "policies come from the folder " + name + " (policies.folder); change them there, or remove that key",
            "policies_from_folder",
            {}};
    }
    return {};
}

// A hash, or null for none.
Result<std::string> hash_or_none(const boost::json::value& value, std::string_view name) {
    if (value.is_null()) {
        return std::string();
    }
    if (!value.is_string()) {
        return wrong("\"" + std::string(name) + "\" must be a hash, or null for no policies", std::string(name));
    }
    return std::string(std::string_view(value.get_string()));
}

Result<policy::Stage> stage_of(const std::string& name) {
    for (const auto stage : {policy::Stage::shadow, policy::Stage::canary, policy::Stage::full}) {
        if (name == policy::stage_name(stage)) {
            return stage;
        }
    }
    return wrong("\"stage\" must be shadow, canary or full", "stage");
}

// Percent of the callers.
Result<std::uint32_t> buckets_of(const boost::json::value& value) {
    boost::json::error_code error;
    const auto buckets = value.is_number() ? value.to_number<double>(error) * kBucketsInPercent : 0.0;
    const bool whole = std::abs(buckets - std::round(buckets)) < 1e-6;
    if (error || !whole || buckets < 1 || buckets > policy::kBucketsMax) {
        return wrong("\"share\" must be percent of the callers, 0.01 to 100, with at most two places", "share");
    }
    return static_cast<std::uint32_t>(std::lround(buckets));
}

// What may not have changed since the caller looked: `expected` (a hash), or the version in If-Match.
Result<void> read_expected(JsonBody& body, const Request& request, policy::NewActivation& wanted) {
    if (const auto* expected = body.any("expected")) {
        wanted.expected_bundle = AIHUB_TRY(hash_or_none(*expected, "expected"));
    }
    if (request.if_match.empty()) {
        return {};
    }
    std::string_view tag = request.if_match;
    const bool quoted = tag.size() > 2 && tag.starts_with('"') && tag.ends_with('"');
    tag = quoted ? tag.substr(1, tag.size() - 2) : std::string_view();
    std::uint64_t version = 0;
    const auto read = std::from_chars(tag.data(), tag.data() + tag.size(), version);
    if (tag.empty() || read.ec != std::errc() || read.ptr != tag.data() + tag.size()) {
        return Error{
            Errc::invalid_request,
            "If-Match must be the ETag that GET /v1/policies gave, as in \"12\"",
            "invalid_header",
            "if-match"};
    }
    wanted.expected_version = version;
    return {};
}

Answer answer_with(const policy::Activation& activation) {
    Answer answer;
    append_activation(answer.body, activation);
    answer.fields.emplace_back("ETag", "\"" + std::to_string(activation.version) + "\"");
    return answer;
}

Result<Answer> status(BundleStore& store, const PolicyFolder& folder) {
    const auto current = AIHUB_TRY(store.current());
    Answer answer;
    answer.body = "{\"version\":" + std::to_string(current.version) + ",\"folder\":";
    const auto name = folder();
    if (name.empty()) {
        answer.body += "null";
    } else {
        append_json_string(answer.body, name);
    }
    for (const auto& [member, activation] : {std::pair("active", &current.active), {"candidate", &current.candidate}}) {
        answer.body += std::string(",\"") + member + "\":";
        if (*activation) {
            append_activation(answer.body, **activation);
        } else {
            answer.body += "null";
        }
    }
    answer.body += "}";
    answer.fields.emplace_back("ETag", "\"" + std::to_string(current.version) + "\"");
    return answer;
}

// The bundle by its whole hash, when it may run.
Result<std::string> usable_bundle(
    BundleStore& store, const std::string& which, std::optional<Answer>& refusal, const Request& request
) {
    const auto stored = AIHUB_TRY(store.get(which));
    const auto check = policy::check_bundle(stored.bundle);
    if (!check.good()) {
        refusal = refused(check, request.request_id);
    }
    return stored.info.hash;
}

Result<Answer> activate(BundleStore& store, const PolicyFolder& folder, const Request& request) {
    AIHUB_CHECK(check_source(folder));
    auto body = AIHUB_TRY(JsonBody::parse(request.body));
    const auto* hash = body.any("hash");
    if (hash == nullptr) {
        return wrong("\"hash\" is missing: that of a bundle, or null for no policies", "hash");
    }
    policy::NewActivation wanted;
    const auto which = AIHUB_TRY(hash_or_none(*hash, "hash"));
    const auto stage = AIHUB_TRY(body.text_or("stage", "full"));
    wanted.stage = AIHUB_TRY(stage_of(stage));
    const auto* share = body.any("share");
    if (share != nullptr && wanted.stage != policy::Stage::canary) {
        return wrong("\"share\" is of a canary only", "share");
    }
    if (wanted.stage == policy::Stage::canary) {
        wanted.canary_buckets = share == nullptr ? kCanaryBuckets : AIHUB_TRY(buckets_of(*share));
    }
    AIHUB_CHECK(read_expected(body, request, wanted));
    wanted.comment = AIHUB_TRY(body.text_or("comment", ""));
    AIHUB_CHECK(body.finish());
    wanted.actor = actor_of(request);
    std::optional<Answer> refusal;
    if (!which.empty()) {
        wanted.bundle = AIHUB_TRY(usable_bundle(store, which, refusal, request));
    }
    if (refusal) {
        return *std::move(refusal);
    }
    return answer_with(AIHUB_TRY(store.activate(wanted)));
}

Result<Answer> roll_back(BundleStore& store, const PolicyFolder& folder, const Request& request) {
    AIHUB_CHECK(check_source(folder));
    auto body = AIHUB_TRY(JsonBody::parse(request.body));
    policy::NewActivation about;
    AIHUB_CHECK(read_expected(body, request, about));
    about.comment = AIHUB_TRY(body.text_or("comment", ""));
    AIHUB_CHECK(body.finish());
    about.actor = actor_of(request);
    return answer_with(AIHUB_TRY(store.roll_back(about)));
}

Result<Answer> history(BundleStore& store, const Request& request) {
    const auto all = AIHUB_TRY(store.history(policy::kHistoryMax));
    const auto page = AIHUB_TRY(page_of(request.query));
    return list_page(
        all,
        page,
        [](const policy::Activation& one) { return std::to_string(one.version); },
        [](std::string& out, const policy::Activation& one) { append_activation(out, one); }
    );
}

}  // namespace

void add_policies(RouteTable& table, BundleStore& store, PolicyFolder folder) {
    table.add(Route(
        "GET",
        "/v1/policies",
        Permission::policies_read,
        {"Shows which bundle is active and which is a candidate; the ETag is the version of the last change.",
         {},
         R"({"version","folder","active":{}|null,"candidate":{}|null})"},
        [&store, folder](const Request&) { return status(store, folder); }
    ));
    table.add(Route(
        "POST",
        "/v1/policies/activate",
        Permission::policies_write,
        {"Makes a stored bundle run, after it was linted and its specs were run; hash null takes all policies away.",
         R"({"hash","stage"?:"shadow"|"canary"|"full","share"?:percent,"expected"?:hash,"comment"?})",
         kActivationShape},
        [&store, folder](const Request& request) { return activate(store, folder, request); }
    ));
    table.add(Route(
        "POST",
        "/v1/policies/rollback",
        Permission::policies_write,
        {"Takes back the candidate, or else the active bundle for the one before it.",
         R"({"expected"?:hash,"comment"?})",
         kActivationShape},
        [&store, folder](const Request& request) { return roll_back(store, folder, request); }
    ));
    table.add(Route(
        "GET",
        "/v1/policies/history",
        Permission::policies_read,
        {"Lists what was activated and taken back, newest first.", {}, R"({"data":[{}],"next_cursor"})"},
        [&store](const Request& request) { return history(store, request); }
    ));
}

}  // namespace aihub::control
