#include "policy/explanation.hpp"

#include "policy/ask_again.hpp"
#include "support/decision_fixture.hpp"
#include "support/fake_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

using ::testing::HasSubstr;
using BundlePtr = std::shared_ptr<const Bundle>;

BundlePtr bundle_of(std::vector<SourceFile> files) {
    return std::make_shared<const Bundle>(*Bundle::make("eu", std::move(files)));
}

// Refuses calls of more than `tokens`.
BundlePtr admit_over(const std::string& tokens) {
    return bundle_of(
        {{"admit.lua",
          "return function(ctx)\n  if ctx.input_tokens > " + tokens +
              " then\n    return { allow = false, code = 'long', message = 'm' }  \n  end\n  return { allow = true "
              "}\nend"}}
    );
}

std::vector<int> lines_of(const ExplainedHook& hook) {
    std::vector<int> lines;
    for (const auto& line : hook.lines) {
        lines.push_back(line.line);
    }
    return lines;
}

class ExplanationTest : public ::testing::Test {
protected:
    // What the gateway writes when `bundle` decides about a call of 1200 tokens.
    void record(const BundlePtr& bundle, DecidedAs part) {
        auto call = testing::full_facts();
        call.request_id = "r1";
        const auto state = PolicyState::open(bundle, StateOptions());
        ASSERT_TRUE(state) << state.error().message;
        std::string frames;
        const AskedHook asked{Hook::admit, part, bundle->name(), bundle->hash(), call};
        append_record(frames, asked, (*state)->admit(call));
        seal_frames(frames);
        ASSERT_TRUE(writer.append(frames, {}));
    }
    [[nodiscard]] ExplainOptions options() {
        ExplainOptions options;
        options.find_bundle = [this](const std::string& hash) -> Result<BundlePtr> {
            ++looked_for;
            for (const auto& bundle : stored) {
                if (bundle->hash() == hash) {
                    return bundle;
                }
            }
            return Error{Errc::not_found, "no bundle " + hash};
        };
        return options;
    }

    testing::DecisionFolder folder;
    testing::FakeClock clock;
    DecisionFileWriter writer{folder.path(), 1U << 20U, clock};
    std::vector<BundlePtr> stored;
    int looked_for = 0;
};

TEST_F(ExplanationTest, ARecordedCallIsShownHookByHook) {
    stored = {admit_over("1000"), admit_over("2000")};
    record(stored[0], DecidedAs::active);
    record(stored[0], DecidedAs::active);
    record(stored[1], DecidedAs::shadow);
    const auto explained = explain_request(folder.path(), "r1", options());
    ASSERT_TRUE(explained) << explained.error().message;
    EXPECT_EQ(explained->request_id, "r1");
    EXPECT_EQ(explained->at, testing::full_facts().now);
    ASSERT_EQ(explained->hooks.size(), 3U);
    EXPECT_EQ(looked_for, 2);
    const auto& first = explained->hooks[0];
    EXPECT_EQ(first.part, DecidedAs::active);
    EXPECT_EQ(first.bundle_hash, stored[0]->hash());
    EXPECT_EQ(text_of(*first.said), "refused: long (m)");
    EXPECT_FALSE(first.now);
    EXPECT_EQ(lines_of(first), (std::vector{2, 3}));
    EXPECT_EQ(first.lines.back().text, "return { allow = false, code = 'long', message = 'm' }");
    EXPECT_THAT(first.inputs, ::testing::Contains(NamedText("input_tokens", "1200")));
    EXPECT_GT(first.steps, 0U);
    EXPECT_EQ(explained->hooks[2].part, DecidedAs::shadow);
    EXPECT_EQ(lines_of(explained->hooks[2]), (std::vector{2, 5}));
}

TEST_F(ExplanationTest, AnotherBundleSaysWhatItWouldSay) {
    record(admit_over("1000"), DecidedAs::active);
    auto asked = options();
    asked.bundle = admit_over("2000");
    const auto explained = explain_request(folder.path(), "r1", asked);
    ASSERT_TRUE(explained) << explained.error().message;
    const auto& hook = explained->hooks.at(0);
    EXPECT_EQ(text_of(*hook.said), "refused: long (m)");
    ASSERT_TRUE(hook.now);
    EXPECT_EQ(text_of(*hook.now), "allowed");
    EXPECT_EQ(hook.now_by, asked.bundle->label());
    EXPECT_EQ(looked_for, 0);
}

TEST_F(ExplanationTest, WithoutTheBundleOrTheTimeThereAreNoLines) {
    record(admit_over("1000"), DecidedAs::active);
    const auto unknown = explain_request(folder.path(), "r1", options());
    ASSERT_TRUE(unknown) << unknown.error().message;
    EXPECT_THAT(unknown->hooks.at(0).lines_unknown, HasSubstr("no bundle"));
    EXPECT_TRUE(unknown->hooks.at(0).lines.empty());

    auto asked = options();
    asked.stop = [] { return true; };
    const auto stopped = explain_request(folder.path(), "r1", asked);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, Errc::upstream_timeout);
}

TEST_F(ExplanationTest, ACallThatWasNotMadeIsAskedOfWhatTheBundleHas) {
    const auto call = parse_facts(R"({"request_id":"r9","input_tokens":5,"now":1769860800})");
    ASSERT_TRUE(call) << call.error().message;
    auto asked = options();
    asked.bundle = bundle_of({{"admit.lua", "return function(ctx)\n  error('no ' .. ctx.request_id)\nend"}});
    const auto& bundle = *asked.bundle;
    const auto who = "\"bundle\":\"eu\",\"hash\":\"" + bundle.hash() + "\",\"part\":null,";
    EXPECT_EQ(
        json_explanation(explain_facts(*call, asked)),
        R"x({"request_id":"r9","at":"2026-01-31T12:00:00Z","hooks":[{"hook":"admit",)x" + who +
            R"x("inputs":[{"name":"request_id","value":"r9"},{"name":"now","value":"2026-01-31T12:00:00Z"},)x"
            R"x({"name":"input_tokens","value":"5"},{"name":"attempt","value":"1"}],"said":null,"now":{"text":"error in admit.lua:2: no r9",)x"
            R"x("failure":{"fault":"error","file":"admit.lua","line":2,"message":"no r9"}},"now_by":")x" +
            bundle.label() +
            R"x(","duration_us":0,"steps":0,"lines":[{"file":"admit.lua","line":2,)x"
            R"x("text":"error('no ' .. ctx.request_id)"}],"lines_cut":false,"lines_unknown":null}]})x"
            "\n"
    );
}

TEST_F(ExplanationTest, LongLinesAreCut) {
    const auto call = parse_facts("{}");
    auto asked = options();
    asked.bundle = bundle_of(
        {{"admit.lua", "return function()\n  return { allow = true, message = '" + std::string(500, 'x') + "' }\nend"}}
    );
    const auto explained = explain_facts(*call, asked);
    EXPECT_EQ(explained.hooks.at(0).lines.at(0).text.size(), kExplainedTextBytesMax);
    EXPECT_THAT(json_explanation(explained), HasSubstr("\"at\":null"));
}

}  // namespace
}  // namespace aihub::policy
