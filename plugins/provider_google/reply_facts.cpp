#include "reply_facts.hpp"

#include <aihub/json_scan.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace aihub::provider_google {
namespace {

constexpr std::uint32_t kCandidatesMax = 256;

bool take_candidate(sdk::JsonScan& scan, ReplyFacts& facts) {
    if (scan.next() != '{') {
        return scan.skip();
    }
    CandidateFacts candidate;
    const bool read = scan.members([&](std::string_view name, sdk::JsonScan& value) {
        if (name == "finishReason") {
            return value.take(candidate.finish_reason);
        }
        if (name != "index") {
            return value.skip();
        }
        std::string_view raw;
        const bool taken = value.take(raw);
        std::from_chars(raw.data(), raw.data() + raw.size(), candidate.index);
        return taken;
    });
    if (candidate.index < kCandidatesMax) {
        facts.candidates.push_back(candidate);
    }
    return read;
}

bool take_feedback(sdk::JsonScan& scan, ReplyFacts& facts) {
    if (scan.next() != '{') {
        return scan.skip();
    }
    return scan.members([&](std::string_view name, sdk::JsonScan& value) {
        return name == "blockReason" ? value.take(facts.block_reason) : value.skip();
    });
}

bool is_one_of(std::string_view raw, std::initializer_list<std::string_view> words) {
    return raw.size() > 2 && std::ranges::find(words, raw.substr(1, raw.size() - 2)) != words.end();
}

}  // namespace

bool scan_reply(std::string_view json, ReplyFacts& facts) {
    facts.error = facts.usage = facts.model = facts.id = facts.block_reason = {};
    facts.candidates.clear();
    facts.has_candidates = facts.is_answer = false;
    sdk::JsonScan scan(json);
    const bool read = scan.members([&](std::string_view name, sdk::JsonScan& value) {
        const bool only_answers = name == "candidates" || name == "promptFeedback" || name == "usageMetadata" ||
                                  name == "embedding" || name == "embeddings" || name == "totalTokens";
        facts.is_answer = facts.is_answer || only_answers;
        if (name == "candidates" && value.next() == '[') {
            facts.has_candidates = true;
            return value.elements([&](sdk::JsonScan& one) { return take_candidate(one, facts); });
        }
        if (name == "promptFeedback") {
            return take_feedback(value, facts);
        }
        if (name == "usageMetadata") {
            return value.take(facts.usage);
        }
        if (name == "modelVersion") {
            return value.take(facts.model);
        }
        if (name == "responseId") {
            return value.take(facts.id);
        }
        return name == "error" ? value.take(facts.error) : value.skip();
    });
    if (facts.error == "null") {
        facts.error = {};
    }
    return read && scan.at_end();
}

std::string_view finish_word(std::string_view raw) {
    if (raw.size() <= 2 || raw.front() != '"') {
        return {};
    }
    if (raw == "\"MAX_TOKENS\"") {
        return "length";
    }
    const bool filtered = is_one_of(
        raw,
        {"SAFETY",
         "RECITATION",
         "BLOCKLIST",
         "PROHIBITED_CONTENT",
         "SPII",
         "LANGUAGE",
         "MODEL_ARMOR",
         "IMAGE_SAFETY",
         "IMAGE_PROHIBITED_CONTENT",
         "IMAGE_RECITATION"}
    );
    return filtered ? "content_filter" : "stop";
}

bool is_spoilt(std::string_view raw) {
    return is_one_of(raw, {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"});
}

}  // namespace aihub::provider_google
