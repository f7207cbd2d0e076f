#include "dialect/token_estimate.hpp"

#include "dialect/token_counter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace aihub::dialect {
namespace {

namespace fs = std::filesystem;
using model::TokenizerFamily;

const fs::path kFolder = fs::path(AIHUB_TESTS_DIR) / "golden/tokens";

std::string text_of(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

// A text, and its tokens by the real tokenizer of each family behind TokenizerFamily::other.
struct Counted {
    std::string name;
    std::string text;
    std::array<std::uint64_t, model::kTokenizerNames.size() - 1> tokens{};
};

std::vector<Counted> counted_texts() {
    std::ifstream lines(kFolder / "counts.tsv");
    std::string line;
    std::getline(lines, line);
    std::string names = "name\tbytes";
    for (std::size_t family = 1; family < model::kTokenizerNames.size(); ++family) {
        names.append("\t").append(model::kTokenizerNames[family]);
    }
    EXPECT_EQ(line, names);
    std::vector<Counted> texts;
    while (std::getline(lines, line)) {
        std::istringstream fields(line);
        Counted& one = texts.emplace_back();
        std::size_t bytes = 0;
        fields >> one.name >> bytes;
        for (auto& count : one.tokens) {
            fields >> count;
        }
        one.text = text_of(kFolder / "texts" / (one.name + ".txt"));
        EXPECT_EQ(one.text.size(), bytes) << one.name << ": run count.mjs again";
    }
    return texts;
}

double off_by(std::uint64_t estimate, std::uint64_t truth) {
    return static_cast<double>(estimate) / static_cast<double>(truth) - 1;
}

struct Errors {
    double total = 0;  // of all texts together
    double worst = 0;  // of the text that is furthest off
    double mean = 0;   // of the sizes of the errors of the texts
    std::string worst_name;
};

Errors errors_of(const std::vector<Counted>& texts, TokenizerFamily family, bool unseen) {
    Errors errors;
    std::uint64_t guessed = 0;
    std::uint64_t truth = 0;
    std::size_t count = 0;
    for (const auto& one : texts) {
        if (one.name.starts_with("unseen_") != unseen) {
            continue;
        }
        const auto tokens = one.tokens[static_cast<std::size_t>(family) - 1];
        const auto estimate = estimate_tokens(one.text, family);
        const double off = off_by(estimate, tokens);
        guessed += estimate;
        truth += tokens;
        errors.mean += std::abs(off);
        ++count;
        if (std::abs(off) > std::abs(errors.worst)) {
            errors.worst = off;
            errors.worst_name = one.name;
        }
    }
    errors.total = off_by(guessed, truth);
    errors.mean /= static_cast<double>(count);
    return errors;
}

// The bounds that docs/models.md states. Prints its table.
TEST(TokenEstimate, IsAsGoodAsStatedForEachFamily) {
    const auto texts = counted_texts();
    ASSERT_GE(texts.size(), 60U);
    for (std::size_t family = 1; family < model::kTokenizerNames.size(); ++family) {
        for (const bool unseen : {false, true}) {
            const auto errors = errors_of(texts, static_cast<TokenizerFamily>(family), unseen);
            const std::string name(model::kTokenizerNames[family]);
            std::printf(
                "| %-7s | %-6s | %+5.1f %% | %4.1f %% | %+5.1f %% %s |\n",
                name.c_str(),
                unseen ? "unseen" : "fitted",
                100 * errors.total,
                100 * errors.mean,
                100 * errors.worst,
                errors.worst_name.c_str()
            );
            EXPECT_LE(std::abs(errors.total), 0.03) << name;
            EXPECT_LE(errors.mean, 0.13) << name;
            EXPECT_LE(std::abs(errors.worst), 0.35) << name << ": " << errors.worst_name;
        }
    }
}

// For fit.mjs.
TEST(TokenEstimate, TellsTheTraitsOfTheTexts) {
    std::ostringstream lines;
    for (const auto& one : counted_texts()) {
        TokenCounter counter;
        counter.add(one.text);
        lines << one.name;
        for (const auto count : counter.traits()) {
            lines << '\t' << count;
        }
        lines << '\n';
    }
    if (const char* file = std::getenv("AIHUB_TOKEN_TRAITS"); file != nullptr) {
        std::ofstream(file) << lines.str();
    }
}

TEST(TokenEstimate, AModelThatIsNotKnownCountsAsTheirMean) {
    const std::string text = text_of(kFolder / "texts/english_prose.txt");
    std::uint64_t low = ~0ULL;
    std::uint64_t high = 0;
    for (std::size_t family = 1; family < model::kTokenizerNames.size(); ++family) {
        const auto tokens = estimate_tokens(text, static_cast<TokenizerFamily>(family));
        low = std::min(low, tokens);
        high = std::max(high, tokens);
    }
    const auto other = estimate_tokens(text, TokenizerFamily::other);
    EXPECT_GE(other, low);
    EXPECT_LE(other, high);
    EXPECT_EQ(estimate_tokens("", TokenizerFamily::other), 0U);
}

TEST(TokenEstimate, TakesAnyBytes) {
    std::string bytes;
    for (int value = 0; value < 65536; ++value) {
        bytes += static_cast<char>(value & 0xFF);
        bytes += static_cast<char>(value >> 8);
    }
    for (const auto family : {TokenizerFamily::o200k, TokenizerFamily::mistral}) {
        EXPECT_GT(estimate_tokens(bytes, family), bytes.size() / 16);
        EXPECT_LT(estimate_tokens(bytes, family), bytes.size() * 4);
        EXPECT_GT(estimate_tokens("\xF0\x9F\x98", family), 0U) << "a character that is cut off";
        EXPECT_GT(estimate_tokens("\xED\xA0\x80\xC0\x80\xFF", family), 0U);
    }
}

// Only a step of a hundred is looked for: the machine may be busy, and the build is not optimised.
TEST(TokenEstimate, IsLinear) {
    const std::string text = text_of(kFolder / "texts/markdown_table.txt");
    std::string large;
    while (large.size() < 4UL * 1024 * 1024) {
        large += text;
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto tokens = estimate_tokens(large, TokenizerFamily::cl100k);
    const auto time = std::chrono::steady_clock::now() - begin;
    EXPECT_NEAR(off_by(tokens, estimate_tokens(text, TokenizerFamily::cl100k) * (large.size() / text.size())), 0, 0.05);
    EXPECT_LT(time, std::chrono::seconds(4));
}

std::uint64_t request(std::string_view json) {
    return estimate_request(json, TokenizerFamily::o200k);
}

std::uint64_t text(std::string_view plain) {
    return estimate_tokens(plain, TokenizerFamily::o200k);
}

std::string chat_with(std::string_view block) {
    return R"({"messages":[{"role":"user","content":[)" + std::string(block) + "]}]}";
}

TEST(TokenEstimate, ARequestIsItsTextsAndAFixedPart) {
    EXPECT_EQ(request(R"({"messages":[]})"), 3U);
    EXPECT_EQ(request(R"({"messages":[{"role":"user","content":[]}]})"), 7U);
    EXPECT_EQ(
        request(chat_with(R"({"type":"text","text":"Good morning, everybody"})")), 7 + text("Good morning, everybody")
    );
    EXPECT_EQ(
        request(R"({"instructions":[{"type":"text","text":"Be brief."}],"messages":[],"temperature":1})"),
        7 + text("Be brief.")
    );
    EXPECT_EQ(
        request(R"({"messages":[],"tools":[{"name":"f","parameters":{"type":"object"}}]})"),
        11 + text(R"({"name":"f","parameters":{"type":"object"}})")
    );
}

TEST(TokenEstimate, EscapesCountAsWhatTheyStandFor) {
    const auto both = [](std::string_view escaped, std::string_view plain) {
        EXPECT_EQ(request(chat_with(R"({"type":"text","text":")" + std::string(escaped) + "\"}")), 7 + text(plain))
            << escaped;
    };
    both(R"(one\ntwo\n\n\tthree)", "one\ntwo\n\n\tthree");
    both(R"(\"quoted\" \\ \/)", "\"quoted\" \\ /");
    both(R"(caf\u00e9 \u4f60\u597d)", "café 你好");
    both(R"(\ud83d\ude00\uD83D\uDE00)", "😀😀");
    both(R"(\ud83d)", "\xEF\xBF\xBD");
    both(R"(a\u0041b)", "aAb");
}

TEST(TokenEstimate, MediaCountByTheirRules) {
    EXPECT_EQ(request(chat_with(R"({"type":"image","url":"https://a.example/1.png"})")), 7U + 1100);
    EXPECT_EQ(request(chat_with(R"({"type":"image","data":"AAAA","detail":"low"})")), 7U + 85);
    const std::string data(40000, 'A');
    EXPECT_EQ(request(chat_with(R"({"type":"audio","data":")" + data + "\"}")), 7U + 30);
    EXPECT_EQ(request(chat_with(R"({"type":"document","data":")" + data + "\"}")), 7U + 937);
    EXPECT_EQ(request(chat_with(R"({"type":"document","file_id":"f"})")), 7U + 1500);
    EXPECT_EQ(request(chat_with(R"({"type":"reasoning","redacted":")" + data + "\"}")), 7U + 5000);
    EXPECT_EQ(request(chat_with(R"({"type":"reasoning","text":"","signature":"AAAA"})")), 7U);
    EXPECT_EQ(
        request(chat_with(R"({"type":"tool_result","id":"x","content":[{"type":"text","text":"rain"}]})")),
        15 + text("rain")
    );
    EXPECT_EQ(
        request(chat_with(R"({"type":"tool_call","id":"x","name":"f","arguments":{"city":"Bern"}})")),
        15 + text("f {\"city\":\"Bern\"}")
    );
}

TEST(TokenEstimate, WhatIsNoJsonCountsAsText) {
    EXPECT_EQ(request("good morning"), text("good morning"));
    EXPECT_EQ(request(""), 0U);
    std::string deep;
    for (int level = 0; level < 1000; ++level) {
        deep += R"({"type":"tool_result","content":[)";
    }
    EXPECT_GT(request(chat_with(deep)), 1000U);
}

}  // namespace
}  // namespace aihub::dialect
