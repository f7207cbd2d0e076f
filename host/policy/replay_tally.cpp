#include "policy/replay_tally.hpp"

#include "policy/said_text.hpp"

#include <algorithm>
#include <utility>

namespace aihub::policy {

namespace {

constexpr double kTokensPriced = 1e6;

using Shares = std::map<std::string, ShareReplay>;

template <class Value>
Value& place_of(std::map<std::string, Value>& all, std::string_view name) {
    // Looked for by a string whose room is kept: this runs for each record.
    thread_local std::string wanted;
    wanted = name;
    const auto found = all.find(wanted);
    if (found != all.end()) {
        return found->second;
    }
    return all.size() < kReplayNamesMax ? all[wanted] : all[std::string(kOtherNames)];
}

void merge_shares(Shares& into, const Shares& other) {
    for (const auto& [name, share] : other) {
        auto& place = place_of(into, name);
        place.compared += share.compared;
        place.changed += share.changed;
    }
}

void add_amount(PriceReplay& price, Amount& sum, const Amount& amount) {
    const auto added = sum.plus(amount);
    price.too_large = price.too_large || !added;
    sum = added ? *added : sum;
}

const ProviderFacts* provider_of(const DecisionRecord& record, std::string_view name) {
    const auto& all = record.facts.providers;
    const auto found = std::ranges::find(all, name, &ProviderFacts::name);
    return found == all.end() ? nullptr : &*found;
}

// The provider that is asked first. Without a decision that is the first of the configuration.
const ProviderFacts* first_provider(const DecisionRecord& record, const Said* said) {
    const auto* decision = said == nullptr ? nullptr : std::get_if<AnyDecision>(said);
    const auto* route = decision == nullptr ? nullptr : std::get_if<RouteDecision>(decision);
    if (route != nullptr && !route->candidates.empty()) {
        return provider_of(record, route->candidates.front().provider);
    }
    return record.facts.candidates.empty() ? nullptr : provider_of(record, record.facts.candidates.front().provider);
}

double cost_at(const ProviderFacts& provider, const CallFacts& call) {
    return (provider.price_input * static_cast<double>(call.input_tokens) +
            provider.price_output * static_cast<double>(call.output_tokens_max)) /
           kTokensPriced;
}

bool has_price(const ProviderFacts& provider) {
    return provider.price_input > 0 || provider.price_output > 0;
}

}  // namespace

void HookReplay::add(const HookReplay& other) {
    compared += other.compared;
    changed += other.changed;
    errors += other.errors;
    stops += other.stops;
    failed_before += other.failed_before;
    gone += other.gone;
    steps_most = std::max(steps_most, other.steps_most);
}

void RouteEstimate::add(const RouteEstimate& other) {
    priced += other.priced;
    cost_before += other.cost_before;
    cost_after += other.cost_after;
    timed += other.timed;
    latency_before_ms += other.latency_before_ms;
    latency_after_ms += other.latency_after_ms;
}

std::uint64_t ReplayReport::compared() const {
    std::uint64_t sum = 0;
    for (const auto& hook : hooks) {
        sum += hook.compared;
    }
    return sum;
}

std::uint64_t ReplayReport::changed() const {
    std::uint64_t sum = 0;
    for (const auto& hook : hooks) {
        sum += hook.changed;
    }
    return sum;
}

void ReplayTally::count(const DecisionRecord& record, std::string_view after, std::uint64_t steps, bool changed) {
    auto& hook = report_.hooks[static_cast<std::size_t>(record.hook)];
    ++hook.compared;
    hook.steps_most = std::max(hook.steps_most, steps);
    hook.failed_before += fault_of_result(record.result) ? 1U : 0U;
    if (const auto fault = fault_of_result(after)) {
        const bool stopped = *fault == Fault::steps || *fault == Fault::time || *fault == Fault::memory;
        ++(stopped ? hook.stops : hook.errors);
    }
    count_shares(record, changed);
    const bool estimated = report_.mode == ReplayMode::candidate;
    if (changed) {
        ++hook.changed;
        count_change(record, after);
    } else if (estimated && (record.hook == Hook::route || record.hook == Hook::price)) {
        const auto said = decode_result(record);
        if (said && record.hook == Hook::route) {
            estimate_route(record, *said, &*said);
        } else if (said) {
            add_price(record, *said, *said);
        }
    }
}

void ReplayTally::count_gone(const DecisionRecord& record) {
    ++report_.hooks[static_cast<std::size_t>(record.hook)].gone;
    if (record.hook == Hook::route) {
        if (const auto before = decode_result(record)) {
            estimate_route(record, *before, nullptr);
        }
    }
}

void ReplayTally::count_shares(const DecisionRecord& record, bool changed) {
    const auto& call = record.facts.call;
    const auto add = [changed](Shares& shares, std::string_view name) {
        auto& share = place_of(shares, name);
        ++share.compared;
        share.changed += changed ? 1U : 0U;
    };
    add(report_.organizations, call.organization);
    add(report_.keys, call.key);
    add(report_.models, call.model);
}

void ReplayTally::count_change(const DecisionRecord& record, std::string_view after) {
    const auto before = decode_result(record);
    auto now = record;
    now.result = after;
    const auto said = decode_result(now);
    if (!before || !said) {
        return;
    }
    if (report_.mode == ReplayMode::candidate && record.hook == Hook::route) {
        estimate_route(record, *before, &*said);
    } else if (report_.mode == ReplayMode::candidate && record.hook == Hook::price) {
        add_price(record, *before, *said);
    }
    const auto& call = record.facts.call;
    ReplayChange change{
        record.hook,
        text_of(*before),
        text_of(*said),
        1,
        std::string(call.request_id),
        std::string(call.organization),
        std::string(call.key),
        std::string(call.model),
        call.now};
    if (change.before == change.after) {
        // Different bytes that look the same to people, such as two weights.
        change.after += " (in other bytes)";
    }
    ChangeKey key{change.hook, change.before, change.after};
    keep_change(std::move(key), std::move(change));
}

void ReplayTally::keep_change(ChangeKey key, ReplayChange change) {
    const auto found = changes_.find(key);
    if (found == changes_.end()) {
        if (changes_.size() >= kReplayChangesMax) {
            untold_ += change.count;
            return;
        }
        changes_.emplace(std::move(key), std::move(change));
        return;
    }
    // The earliest is shown, so that the report does not depend on the threads.
    const auto count = found->second.count + change.count;
    if (std::tie(change.at, change.request_id) < std::tie(found->second.at, found->second.request_id)) {
        found->second = std::move(change);
    }
    found->second.count = count;
}

void ReplayTally::estimate_route(const DecisionRecord& record, const Said& before, const Said* after) {
    const auto* first_before = first_provider(record, &before);
    const auto* first_after = first_provider(record, after);
    if (first_before == nullptr || first_after == nullptr) {
        return;
    }
    auto& route = report_.route;
    const auto& call = record.facts.call;
    if (has_price(*first_before) && has_price(*first_after)) {
        ++route.priced;
        route.cost_before += cost_at(*first_before, call);
        route.cost_after += cost_at(*first_after, call);
    }
    if (first_before->latency_ms > 0 && first_after->latency_ms > 0) {
        ++route.timed;
        route.latency_before_ms += first_before->latency_ms;
        route.latency_after_ms += first_after->latency_ms;
    }
}

void ReplayTally::add_price(const DecisionRecord& record, const Said& before, const Said& after) {
    const auto* any_before = std::get_if<AnyDecision>(&before);
    const auto* any_after = std::get_if<AnyDecision>(&after);
    if (any_before == nullptr || any_after == nullptr) {
        return;
    }
    const auto& old = std::get<PriceDecision>(*any_before);
    const auto& fresh = std::get<PriceDecision>(*any_after);
    if (old.currency != fresh.currency) {
        return;
    }
    auto& price = place_of(report_.prices, std::string(record.facts.call.organization) + " " + old.currency);
    ++price.compared;
    add_amount(price, price.before, old.total);
    add_amount(price, price.after, fresh.total);
}

void ReplayTally::merge(ReplayTally&& other) {
    auto& from = other.report_;
    report_.records += from.records;
    report_.damaged += from.damaged;
    report_.unread_bytes += from.unread_bytes;
    report_.newer += from.newer;
    report_.not_chosen += from.not_chosen;
    report_.other_bundle += from.other_bundle;
    report_.not_comparable += from.not_comparable;
    report_.watched += from.watched;
    for (std::size_t i = 0; i < report_.hooks.size(); ++i) {
        report_.hooks[i].add(from.hooks[i]);
    }
    merge_shares(report_.organizations, from.organizations);
    merge_shares(report_.keys, from.keys);
    merge_shares(report_.models, from.models);
    report_.route.add(from.route);
    for (const auto& [name, price] : from.prices) {
        auto& place = place_of(report_.prices, name);
        place.compared += price.compared;
        place.too_large = place.too_large || price.too_large;
        add_amount(place, place.before, price.before);
        add_amount(place, place.after, price.after);
    }
    for (auto& [key, change] : other.changes_) {
        keep_change(key, std::move(change));
    }
    untold_ += other.untold_;
}

ReplayReport ReplayTally::finish(std::size_t changes_max) {
    auto& told = report_.changes;
    told.clear();
    for (const auto& [key, change] : changes_) {
        told.push_back(change);
    }
    std::ranges::stable_sort(told, std::greater<>(), &ReplayChange::count);
    report_.changes_untold = untold_;
    for (std::size_t i = changes_max; i < told.size(); ++i) {
        report_.changes_untold += told[i].count;
    }
    told.resize(std::min(told.size(), changes_max));
    return std::move(report_);
}

}  // namespace aihub::policy
