#include "policy/self_check.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace aihub::policy {
namespace {

// Sanitizers make everything slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::chrono::milliseconds kLateHere = kLate * 20;
#else
constexpr std::chrono::milliseconds kLateHere = kLate;
#endif

std::vector<AdversarialCase> corpus() {
    std::vector<AdversarialCase> cases;
    for (const auto& entry : std::filesystem::directory_iterator(AIHUB_TESTS_DIR "/policy/adversarial")) {
        std::ifstream stream(entry.path());
        std::string source((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
        auto made = AdversarialCase::parse(entry.path().stem(), source);
        EXPECT_TRUE(made) << entry.path();
        if (made) {
            cases.push_back(*std::move(made));
        }
    }
    return cases;
}

class Adversary : public testing::TestWithParam<AdversarialCase> {};

TEST_P(Adversary, IsHeld) {
    const auto wrong = run_case(GetParam(), kLateHere);
    EXPECT_FALSE(wrong) << *wrong;
}

INSTANTIATE_TEST_SUITE_P(Corpus, Adversary, testing::ValuesIn(corpus()), [](const auto& tested) {
    return tested.param.name;
});

TEST(SelfCheck, TheProgramHasTheWholeCorpus) {
    std::map<std::string, std::string> in_program;
    for (const auto& one : built_in_cases()) {
        in_program[one.name] = one.source;
    }
    std::map<std::string, std::string> in_files;
    for (const auto& one : corpus()) {
        in_files[one.name] = one.source;
    }
    EXPECT_EQ(in_program, in_files);
}

TEST(SelfCheck, PassesInAProcessOfItsOwn) {
    const SystemClock clock;
    const auto checked = self_check(built_in_cases(), clock, std::chrono::seconds(60), kLateHere);
    EXPECT_TRUE(checked) << checked.error().message;
}

TEST(SelfCheck, NamesTheCaseThatFailed) {
    const SystemClock clock;
    const std::vector cases{
        *AdversarialCase::parse("fine", "-- expect: error\nreturn function() error('x') end\n"),
        *AdversarialCase::parse("escaped", "-- expect: error\nreturn function() while true do end end\n")};
    const auto checked = self_check(cases, clock, std::chrono::seconds(30));
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().message.find("\"escaped\" failed: expected error, and it gave"), std::string::npos)
        << checked.error().message;
}

// Patience is over at once, as it would be for a script that nothing stops.
TEST(SelfCheck, EndsAProcessThatDoesNotEnd) {
    const SystemClock clock;
    const std::vector cases{*AdversarialCase::parse("slow", "-- expect: stopped\nreturn function() end\n")};
    const auto checked = self_check(cases, clock, std::chrono::milliseconds(0));
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().message.find("was not stopped"), std::string::npos) << checked.error().message;
}

TEST(SelfCheck, RefusesACaseWithoutExpectation) {
    const auto made = AdversarialCase::parse("lost", "return 1\n");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().message, "lost.lua does not begin with \"-- expect: \" and a known word");
}

}  // namespace
}  // namespace aihub::policy
