// Facts with everything in them, and a folder of decision records, for the tests of records and replay.
#pragma once

#include "policy/decision_files.hpp"
#include "policy/decision_record.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::testing {

// Whether there was another piece.
inline bool next_piece(policy::DecisionFileReader& reader, std::string& piece, std::size_t bytes) {
    const auto more = reader.next(piece, bytes);
    EXPECT_TRUE(more) << more.error().message;
    return more && *more;
}

class DecisionFolder {
public:
    DecisionFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "aihub_decisions_XXXXXX").string();
        path_ = ::mkdtemp(name.data()) == nullptr ? std::string() : name;
    }
    ~DecisionFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    DecisionFolder(const DecisionFolder&) = delete;
    DecisionFolder& operator=(const DecisionFolder&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    // All payloads of all files, in order; damaged ones are left out.
    [[nodiscard]] std::vector<std::string> payloads() const {
        std::vector<std::string> all;
        const auto files = policy::list_decision_files(path_);
        EXPECT_TRUE(files) << files.error().message;
        for (const auto& file : *files) {
            auto reader = policy::DecisionFileReader::open(file.path);
            EXPECT_TRUE(reader) << reader.error().message;
            for (std::string piece; reader && next_piece(*reader, piece, 4096);) {
                for (std::string_view rest = piece; const auto cut = policy::cut_frame(rest);) {
                    EXPECT_TRUE(cut->sound);
                    all.emplace_back(cut->payload);
                }
            }
        }
        return all;
    }

private:
    std::string path_;
};

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
