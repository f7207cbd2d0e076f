#include "gateway/feedback.hpp"

#include "experiment/feedback_writer.hpp"
#include "gateway/worker.hpp"

#include <aihub/json_value.hpp>

#include <charconv>
#include <cmath>
#include <utility>

namespace aihub::gateway {

namespace {

constexpr std::size_t kRequestIdMax = 256;
constexpr std::size_t kNameShownMax = 100;

Error wrong(std::string_view param, std::string message) {
    return {Errc::invalid_request, std::move(message), "invalid_feedback", std::string(param)};
}

Result<std::string> read_text(const capability::JsonMember& member, std::size_t bytes_max) {
    const std::string name(member.name);
    const auto raw = member.value;
    if (raw.size() < 2 || raw.front() != '"') {
        return wrong(name, "\"" + name + "\" must be a string");
    }
    auto text = sdk::json_unescape(raw.substr(1, raw.size() - 2));
    if (text.size() > bytes_max) {
        return wrong(name, "\"" + name + "\" has more than " + std::to_string(bytes_max) + " bytes, make it shorter");
    }
    // Not every database takes it.
    std::erase(text, '\0');
    return text;
}

Result<double> read_score(std::string_view raw) {
    double score = 0;
    const auto parsed = std::from_chars(raw.data(), raw.data() + raw.size(), score);
    if (parsed.ec != std::errc() || parsed.ptr != raw.data() + raw.size() || !(std::abs(score) <= 1)) {
        return wrong("score", "\"score\" must be a number from -1 (bad) to 1 (good)");
    }
    return score;
}

}  // namespace

Result<experiment::Feedback> read_feedback(std::span<const capability::JsonMember> members, bool store_comments) {
    experiment::Feedback feedback;
    bool scored = false;
    for (const auto& member : members) {
        if (member.name == "request_id") {
            feedback.request_id = AIHUB_TRY(read_text(member, kRequestIdMax));
        } else if (member.name == "score") {
            feedback.score = AIHUB_TRY(read_score(member.value));
            scored = true;
        } else if (member.name == "comment") {
            auto comment = AIHUB_TRY(read_text(member, experiment::kCommentMax));
            feedback.comment = store_comments ? std::move(comment) : std::string();
        } else {
            const auto name = member.name.substr(0, kNameShownMax);
            return wrong(name, "feedback has request_id, score and comment, not \"" + std::string(name) + "\"");
        }
    }
    if (feedback.request_id.empty()) {
        return wrong("request_id", "\"request_id\" is missing: the x-request-id of the answer");
    }
    if (!scored) {
        return wrong("score", "\"score\" is missing: a number from -1 (bad) to 1 (good)");
    }
    return feedback;
}

Result<Answer> take_feedback(const Services& services, const Call& call, const model::Principal& principal) {
    auto feedback = AIHUB_TRY(read_feedback(call.members, call.state->shared->config->feedback.store_comments));
    feedback.key_id = principal.key_id.text();
    feedback.given_at = services.clock.wall_now();
    if (services.feedback == nullptr || !services.feedback->add(std::move(feedback))) {
        return Error{Errc::unavailable, "feedback cannot be taken now; try again later", "feedback_full", {}};
    }
    Answer answer;
    answer.status = 202;
    answer.body = R"({"status":"accepted"})";
    return answer;
}

}  // namespace aihub::gateway
