// Facts of a call with everything in them.
#pragma once

#include "policy/facts.hpp"

#include <array>
#include <chrono>
#include <string_view>

namespace aihub::testing {

inline policy::CallFacts full_facts() {
    static constexpr std::array kHeaders{policy::TextPair{"x-tier", "gold"}};
    static constexpr std::array kTags{policy::TextPair{"residency", "eu"}, policy::TextPair{"team", "search"}};
    static constexpr std::array kArms{policy::TextPair{"prompt_v2", "b"}};
    static constexpr std::array kCandidates{
        policy::CandidateFacts{"east", "m", "eu", 1}, policy::CandidateFacts{"west", "m", "us", 2.5}};
    static constexpr std::array kProviders{
        policy::ProviderFacts{"east", "eu", true, 0.01, 220, 2.5, 10, 3},
        policy::ProviderFacts{"west", "us", false, 0.5, 90, 0.5, 1.5, -1}};
    policy::CallFacts call;
    call.request_id = "req_0123456789";
    call.organization = "acme";
    call.team = "search";
    call.user = "u1";
    call.key = "ak_1";
    call.session = "s1";
    call.model = "fast";
    call.dialect = "openai.chat";
    call.region = "eu-1";
    call.language = "de";
    call.stream = true;
    call.has_images = true;
    call.message_count = 3;
    call.input_tokens = 1200;
    call.output_tokens_max = 256;
    call.longest_text_bytes = 5000;
    call.attempt = 2;
    call.headers = kHeaders;
    call.tags = kTags;
    call.assignments = kArms;
    call.candidates = kCandidates;
    call.providers = kProviders;
    call.now = WallTime(std::chrono::microseconds(1'769'860'800'000'001));
    return call;
}

inline constexpr std::string_view kSomeHash = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

}  // namespace aihub::testing
