#include "chat_thinking.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace aihub::provider_anthropic {
namespace {

using sdk::BlockKind;
using sdk::ReasoningMode;

constexpr std::uint64_t kBudgetMin = 1024;  // the API's

std::optional<std::uint64_t> positive(sdk::JsonText number) {
    double value = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
    constexpr double kMax = 1e9;
    const bool good = !number.empty() && read.ec == std::errc{} && value >= 1 && value <= kMax;
    return good ? std::optional(static_cast<std::uint64_t>(value)) : std::nullopt;
}

std::uint64_t budget_for(std::string_view effort) {
    struct Budget {
        std::string_view effort;
        std::uint64_t tokens;
    };
    constexpr Budget kBudgets[] = {{"low", 2048}, {"medium", 8192}, {"high", 16384}, {"xhigh", 24576}, {"max", 32000}};
    for (const Budget& budget : kBudgets) {
        if (budget.effort == effort) {
            return budget.tokens;
        }
    }
    return 8192;
}

bool says_off(const sdk::ChatReasoning& reasoning, std::string_view effort) {
    return reasoning.mode == ReasoningMode::off || effort == "none" || effort == "minimal" ||
           (!reasoning.budget_tokens.empty() && is_number(reasoning.budget_tokens, 0));
}

bool says_nothing(const sdk::ChatReasoning& reasoning) {
    return reasoning.mode == ReasoningMode::unset && reasoning.effort.empty() && reasoning.budget_tokens.empty();
}

// With a budget the API wants the thoughts of an answer whose tools are still at work; clients of other formats seldom
// send them back.
bool lacks_thoughts(const sdk::ChatRequest& chat) {
    const auto is = [](BlockKind kind) { return [kind](const sdk::ChatBlock& block) { return block.kind == kind; }; };
    if (chat.messages.size() < 2 || std::ranges::none_of(chat.messages.back().content, is(BlockKind::tool_result))) {
        return false;
    }
    const auto& before = chat.messages[chat.messages.size() - 2].content;
    return std::ranges::none_of(before, [](const sdk::ChatBlock& block) {
        const bool signed_block = !block.signature.empty() || !block.redacted.empty();
        return block.kind == BlockKind::reasoning && signed_block && (block.origin.empty() || is_own(block.origin));
    });
}

class Plan {
public:
    Plan(const sdk::ChatRequest& chat, const Settings& settings, const ModelWays& ways, Dropped& dropped)
        : reasoning_(chat.reasoning),
          settings_(settings),
          ways_(ways),
          dropped_(dropped),
          effort_(plain(chat.reasoning.effort)),
          limit_(positive(chat.max_output_tokens)),
          most_(positive(chat.model_facts.output_tokens_max)) {
        if (!limit_ && !chat.max_output_tokens.empty()) {
            dropped.add("max_output_tokens");
        }
        if (limit_ && most_ && *limit_ > *most_) {
            dropped.add("max_output_tokens");
            limit_ = most_;
        }
        // The API wants a limit; a client that names none wants what the model can do.
        made_.max_tokens = std::to_string(limit_.value_or(most_.value_or(settings.max_tokens_default)));
    }

    Thinking make(const sdk::ChatRequest& chat, bool forced_tool) {
        if (says_nothing(reasoning_)) {
            return made_;
        }
        const bool off = says_off(reasoning_, effort_);
        const bool never = ways_.reasoning == ReasoningWay::none;
        if ((never && !off) || (off && ways_.always_reasons)) {
            dropped_.add("reasoning");
            return made_;
        }
        if (never) {
            return made_;
        }
        if (off) {
            made_.member = R"({"type":"disabled"})";
            return made_;
        }
        const bool budget =
            ways_.reasoning == ReasoningWay::budget || (ways_.reasoning == ReasoningWay::effort && effort_.empty());
        const bool thinks = budget || ways_.reasoning == ReasoningWay::adaptive;
        if (thinks && (forced_tool || (budget && lacks_thoughts(chat)))) {
            dropped_.add("reasoning");
            return made_;
        }
        budget ? think_with_budget() : think_with_effort();
        return made_;
    }

private:
    void think_with_effort() {
        if (!effort_.empty() && ways_.effort) {
            made_.effort = reasoning_.effort;
        } else if (!effort_.empty()) {
            dropped_.add("reasoning.effort");
        }
        if (!reasoning_.budget_tokens.empty()) {
            dropped_.add("reasoning.budget_tokens");
        }
        made_.on = ways_.reasoning == ReasoningWay::adaptive;
        made_.member = made_.on ? R"({"type":"adaptive"})" : "";
    }

    // The limit of the answer counts the thoughts, too: they get half of it at most, unless the client says how much.
    void think_with_budget() {
        const auto asked = positive(reasoning_.budget_tokens);
        std::uint64_t budget = std::max(asked.value_or(budget_for(effort_)), kBudgetMin);
        if (limit_ && *limit_ <= kBudgetMin) {
            dropped_.add("reasoning");
            return;
        }
        if (limit_ && (!asked || budget >= *limit_)) {
            budget = std::min(budget, std::max(*limit_ / 2, kBudgetMin));
        }
        if (asked && *asked != budget) {
            dropped_.add("reasoning.budget_tokens");
        }
        if (!limit_) {
            made_.max_tokens = std::to_string(most_.value_or(budget + settings_.max_tokens_default));
        }
        made_.member = R"({"type":"enabled","budget_tokens":)" + std::to_string(budget) + "}";
        made_.on = true;
    }

    const sdk::ChatReasoning& reasoning_;
    const Settings& settings_;
    const ModelWays& ways_;
    Dropped& dropped_;
    std::string effort_;
    std::optional<std::uint64_t> limit_;
    std::optional<std::uint64_t> most_;
    Thinking made_;
};

}  // namespace

Thinking plan_thinking(
    const sdk::ChatRequest& chat, const Settings& settings, const ModelWays& ways, bool forced_tool, Dropped& dropped
) {
    return Plan(chat, settings, ways, dropped).make(chat, forced_tool);
}

}  // namespace aihub::provider_anthropic
