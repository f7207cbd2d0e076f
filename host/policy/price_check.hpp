// What holds for every price, whatever it is made of; tried on the calls that specs ask for, with other counts.
#pragma once

#include "base/random.hpp"
#include "policy/policy_state.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::policy {

class PriceCheck {
public:
    // Later calls are not varied.
    static constexpr int kCallsMax = 8;

    // `policy` outlives it. Without `splitting` a call in parts may cost less.
    PriceCheck(PolicyState& policy, bool splitting) : policy_(policy), splitting_(splitting) {}

    // `facts` have a price.
    void vary(const PriceFacts& facts);

    struct Finding {
        std::string_view property;
        std::string failure;  // the first one; empty: it held
    };
    // For each property; one that says so when nothing was varied.
    [[nodiscard]] std::vector<Finding> findings() const;

private:
    enum Property : std::size_t { any_counts, same_again, one_currency, nothing, more, parts, property_count };

    void try_counts(const PriceFacts& facts, const std::string& currency);
    void try_more(const PriceFacts& facts, const PriceDecision& cost);
    void try_parts(const PriceFacts& facts, const PriceDecision& cost);
    // No price: a failure of `any_counts` was noted.
    [[nodiscard]] std::optional<PriceDecision> price(const PriceFacts& facts);
    [[nodiscard]] UsageFacts random_usage(const UsageFacts& like);
    [[nodiscard]] std::int64_t random_count();
    void note(Property property, const std::string& failure);

    PolicyState& policy_;
    bool splitting_;
    int calls_ = 0;
    Random random_{1};
    std::array<std::string, property_count> failures_;
};

}  // namespace aihub::policy
