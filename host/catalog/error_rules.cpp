#include "catalog/error_rules.hpp"

#include "catalog/policy.hpp"

#include <algorithm>

namespace aihub::catalog {

namespace {

using Then = ErrorVerdict::Then;

Then then_of(std::string_view word) {
    if (word == "retry") {
        return Then::retry;
    }
    if (word == "fallback") {
        return Then::fallback;
    }
    return word == "fail" ? Then::fail : Then::as_its_kind;
}

bool is_success(int status) {
    return status >= 200 && status < 300;
}

}  // namespace

ErrorRules::ErrorRules(const std::vector<config::ErrorRule>& first, const std::vector<config::ErrorRule>& then) {
    rules_.reserve(first.size() + then.size());
    for (const auto* list : {&first, &then}) {
        std::for_each(list->begin(), list->end(), [this](const config::ErrorRule& rule) { add(rule); });
    }
}

void ErrorRules::add(const config::ErrorRule& rule) {
    Rule made;
    made.type = rule.type;
    made.code = rule.code;
    made.body = rule.body;
    made.verdict.then = then_of(rule.then);
    made.verdict.kind = kind_named(rule.as);
    for (const auto& word : rule.statuses) {
        const std::size_t hundreds = static_cast<std::size_t>(word[0] - '0') * 100;
        const bool all = word.substr(1) == "xx";
        const std::size_t begin = all ? hundreds : hundreds + static_cast<std::size_t>(std::stoi(word.substr(1)));
        for (std::size_t status = begin; status < begin + (all ? 100 : 1); ++status) {
            made.statuses.set(status);
            looks_at_success_ = looks_at_success_ || is_success(static_cast<int>(status));
        }
    }
    rules_.push_back(std::move(made));
}

const ErrorVerdict* ErrorRules::match(const ErrorFacts& facts) const {
    const auto matches = [&](const Rule& rule) {
        const auto index = static_cast<std::size_t>(std::clamp(facts.status, 0, 599));
        const bool status = rule.statuses.none() ? facts.failed : rule.statuses.test(index);
        return status && (rule.type.empty() || rule.type == facts.type) &&
               (rule.code.empty() || rule.code == facts.code) &&
               (rule.body.empty() || facts.body.substr(0, kBodyBytes).find(rule.body) != std::string_view::npos);
    };
    const auto found = std::find_if(rules_.begin(), rules_.end(), matches);
    return found == rules_.end() ? nullptr : &found->verdict;
}

}  // namespace aihub::catalog
