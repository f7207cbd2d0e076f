#include "control/policy_reviews_resource.hpp"

#include "base/api_error.hpp"
#include "control/json_body.hpp"
#include "policy/explanation.hpp"
#include "policy/facts_file.hpp"
#include "policy/replay.hpp"
#include "policy/replay_choice.hpp"
#include "policy/replay_report.hpp"

#include <boost/json.hpp>

#include <mutex>
#include <utility>

namespace aihub::control {

namespace {

using identity::Permission;

constexpr int kUnprocessable = 422;

Error wrong(const std::string& member, const std::string& what) {
    return {Errc::invalid_request, "\"" + member + "\" " + what, "invalid_body", member};
}

Error busy(const std::string& what) {
    return {
        Errc::rate_limited, "another " + what + " is running, and one may run at a time; try again later", "busy", {}};
}

// Reports end with a line feed, answers do not.
Answer answer_with(std::string report) {
    report.pop_back();
    return {200, std::move(report)};
}

Result<policy::ReplayMode> mode_of(JsonBody& body) {
    const auto name = AIHUB_TRY(body.text("mode"));
    if (name == "verify") {
        return policy::ReplayMode::verify;
    }
    if (name == "candidate") {
        return policy::ReplayMode::candidate;
    }
    return wrong("mode", "must be verify or candidate");
}

// Which records: the members since, sample, key and records_max.
Result<void> read_choice(JsonBody& body, const Clock& clock, policy::ReplayOptions& options) {
    if (body.any("since") != nullptr) {
        const auto text = AIHUB_TRY(body.text("since"));
        const auto span = policy::time_span(text);
        if (!span) {
            return wrong("since", "is not a time: " + span.error().message);
        }
        options.since = clock.wall_now() - *span;
    }
    if (const auto* sample = body.any("sample")) {
        boost::json::error_code error;
        const auto percent = sample->is_number() ? sample->to_number<double>(error) : 0.0;
        const auto share = policy::sample_share(percent);
        if (error || !share) {
            return wrong("sample", "must be a number of percent, from 0.01 to 100");
        }
        options.sample = *share;
    }
    options.key = AIHUB_TRY(body.text_or("key", ""));
    const auto records = AIHUB_TRY(body.number("records_max"));
    options.compared_max = records.value_or(kReplayRecordsUsual);
    if (options.compared_max < 1 || options.compared_max > kReplayRecordsMax) {
        return wrong("records_max", "must be a number from 1 to " + std::to_string(kReplayRecordsMax));
    }
    return {};
}

class Reviews {
public:
    explicit Reviews(PolicyReviews parts) : parts_(std::move(parts)) {}

    Result<Answer> replay(const Request& request) {
        auto body = AIHUB_TRY(JsonBody::parse(request.body));
        policy::ReplayOptions options;
        const auto which = AIHUB_TRY(body.text("bundle"));
        const auto mode = AIHUB_TRY(mode_of(body));
        AIHUB_CHECK(read_choice(body, parts_.clock, options));
        AIHUB_CHECK(body.finish());
        const std::unique_lock turn(replaying_, std::try_to_lock);
        if (!turn) {
            return busy("replay");
        }
        const auto settings = parts_.settings();
        const auto bundle = AIHUB_TRY(parts_.find_bundle(which));
        options.state = settings.state;
        options.workers = 1;
        options.gives_way = true;
        options.stop = stop();
        return answer_with(policy::json_report(AIHUB_TRY(policy::replay(settings.directory, bundle, mode, options))));
    }

    Result<Answer> explain(const Request& request) {
        auto body = AIHUB_TRY(JsonBody::parse(request.body));
        const auto* facts = body.any("facts");
        const bool of_request = body.any("request_id") != nullptr;
        if (of_request == (facts != nullptr)) {
            return wrong(of_request ? "facts" : "request_id", R"(: send either "request_id" or "facts")");
        }
        const auto request_id = AIHUB_TRY(body.text_or("request_id", ""));
        const auto which = AIHUB_TRY(body.text_or("bundle", ""));
        AIHUB_CHECK(body.finish());
        if (of_request && request_id.empty()) {
            return wrong("request_id", "is empty");
        }
        if (!of_request && which.empty()) {
            return wrong("bundle", "is missing: the hash of the bundle that is asked");
        }
        const std::unique_lock turn(explaining_, std::try_to_lock);
        if (!turn) {
            return busy("explanation");
        }
        const auto settings = parts_.settings();
        policy::ExplainOptions options;
        options.state = settings.state;
        options.find_bundle = parts_.find_bundle;
        options.stop = stop();
        if (!which.empty()) {
            options.bundle = AIHUB_TRY(parts_.find_bundle(which));
        }
        if (!of_request) {
            return explain_call(*facts, options, request);
        }
        const auto explained = AIHUB_TRY(policy::explain_request(settings.directory, request_id, options));
        return answer_with(policy::json_explanation(explained));
    }

private:
    static Result<Answer> explain_call(
        const boost::json::value& facts, const policy::ExplainOptions& options, const Request& request
    ) {
        const auto* object = facts.if_object();
        const auto call = object == nullptr ? Error{Errc::invalid_request, "the facts of a call have to be an object"}
                                            : policy::read_facts(*object);
        if (!call) {
            const Error error{Errc::invalid_request, call.error().message, "invalid_facts", "facts"};
            return Answer{kUnprocessable, api_error_body(error, request.request_id)};
        }
        return answer_with(policy::json_explanation(policy::explain_facts(*call, options)));
    }

    [[nodiscard]] std::function<bool()> stop() const {
        const auto until = parts_.clock.steady_now() + parts_.time_max;
        return [this, until] { return parts_.stopping() || parts_.clock.steady_now() >= until; };
    }

    const PolicyReviews parts_;
    std::mutex replaying_;
    std::mutex explaining_;
};

}  // namespace

void add_policy_reviews(RouteTable& table, PolicyReviews parts) {
    const auto reviews = std::make_shared<Reviews>(std::move(parts));
    table.add(Route(
        "POST",
        "/v1/policies/explain",
        Permission::policies_read,
        {"Shows how policies decided about a recorded call, or would about one that was not made, line by line.",
         R"({"request_id","bundle"?:hash} or {"facts":{},"bundle":hash})",
         R"({"request_id","at","hooks":[{"hook","bundle","hash","part","inputs":[{"name","value"}],)"
         R"("said","now","now_by","duration_us","steps","lines":[{"file","line","text"}],"lines_cut","lines_unknown"}]})"},
        [reviews](const Request& request) { return reviews->explain(request); }
    ));
    table.add(Route(
        "POST",
        "/v1/policies/replay",
        Permission::policies_read,
        {"Asks a bundle what recorded calls asked: whether it decides the same, or what would be otherwise.",
         R"({"bundle":hash,"mode":"verify"|"candidate","since"?:"24h","sample"?:percent,"key"?:id,"records_max"?})",
         R"({"bundle","mode","complete","compared","changed","hooks":{},"changes":[{}],"coverage":[{}], ...})"},
        [reviews](const Request& request) { return reviews->replay(request); }
    ));
}

}  // namespace aihub::control
