#include "policy/price_check.hpp"

#include <algorithm>
#include <cstdint>

namespace aihub::policy {

namespace {

constexpr int kRounds = 100;
constexpr std::array<std::string_view, 6> kProperties{
    "a price for any counts",
    "the same price for the same call",
    "one currency for a call, whatever was used",
    "nothing used costs nothing",
    "more tokens do not cost less",
    "a call in parts does not cost less",
};

struct Count {
    std::string_view name;
    std::int64_t UsageFacts::*member;
};
constexpr std::array kCounts{
    Count{"requests", &UsageFacts::requests},
    Count{"input_tokens", &UsageFacts::input_tokens},
    Count{"output_tokens", &UsageFacts::output_tokens},
    Count{"cache_read_tokens", &UsageFacts::cache_read_tokens},
    Count{"cache_write_tokens", &UsageFacts::cache_write_tokens},
    Count{"cache_write_1h_tokens", &UsageFacts::cache_write_1h_tokens},
    Count{"reasoning_tokens", &UsageFacts::reasoning_tokens},
    Count{"audio_tokens", &UsageFacts::audio_tokens},
    Count{"audio_ms", &UsageFacts::audio_ms},
    Count{"images", &UsageFacts::images},
};

// "{ model = "m", input_tokens = 5 }", to be put into a spec.
std::string text_of(const UsageFacts& usage) {
    std::string text = "{ model = \"" + std::string(usage.model) + "\"";
    for (const auto& count : kCounts) {
        if (usage.*count.member != 0) {
            text += ", " + std::string(count.name) + " = " + std::to_string(usage.*count.member);
        }
    }
    return text + " }";
}

// The part at `place` of `count` parts, whose counts add up to those of `usage` and fit together as they do.
UsageFacts part_of(const UsageFacts& usage, std::int64_t place, std::int64_t count) {
    const auto share = [&](std::int64_t whole) { return whole / count + (place < whole % count ? 1 : 0); };
    UsageFacts part = usage;
    for (const auto& one : kCounts) {
        part.*one.member = share(usage.*one.member);
    }
    part.requests = 1;
    // These are parts of others: dealing each by itself could give a part more of them than there is.
    const auto fresh = usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens;
    part.cache_write_tokens =
        share(usage.cache_write_tokens - usage.cache_write_1h_tokens) + part.cache_write_1h_tokens;
    part.input_tokens = share(fresh) + part.cache_read_tokens + part.cache_write_tokens;
    part.output_tokens = share(usage.output_tokens - usage.reasoning_tokens) + part.reasoning_tokens;
    return part;
}

}  // namespace

void PriceCheck::note(Property property, const std::string& failure) {
    if (failures_[property].empty()) {
        failures_[property] = failure;
    }
}

std::int64_t PriceCheck::random_count() {
    constexpr std::size_t kDigitsMax = 7;
    std::size_t below = 1;
    for (std::size_t digits = random_.below(kDigitsMax); digits > 0; --digits) {
        below *= 10;
    }
    return static_cast<std::int64_t>(random_.below(below));
}

UsageFacts PriceCheck::random_usage(const UsageFacts& like) {
    UsageFacts usage = like;
    const auto part_of = [this](std::int64_t whole) {
        return static_cast<std::int64_t>(random_.below(static_cast<std::size_t>(whole) + 1));
    };
    usage.requests = 1;
    usage.input_tokens = random_count();
    usage.output_tokens = random_count();
    usage.cache_read_tokens = part_of(usage.input_tokens);
    usage.cache_write_tokens = part_of(usage.input_tokens - usage.cache_read_tokens);
    usage.cache_write_1h_tokens = part_of(usage.cache_write_tokens);
    usage.reasoning_tokens = part_of(usage.output_tokens);
    for (const auto member : {&UsageFacts::audio_tokens, &UsageFacts::audio_ms, &UsageFacts::images}) {
        usage.*member = like.*member > 0 ? random_count() : 0;
    }
    return usage;
}

std::optional<PriceDecision> PriceCheck::price(const PriceFacts& facts) {
    auto answer = policy_.price(facts);
    if (!answer.decision) {
        note(any_counts, text_of(facts.usage) + ": " + answer.failure->text());
    }
    return std::move(answer.decision);
}

void PriceCheck::vary(const PriceFacts& facts) {
    if (!facts.usage.known || ++calls_ > kCallsMax) {
        return;
    }
    const auto given = price(facts);
    if (!given) {
        return;
    }
    PriceFacts none = facts;
    for (const auto& count : kCounts) {
        none.usage.*count.member = 0;
    }
    if (const auto cost = price(none); cost && cost->total != Amount()) {
        note(nothing, text_of(none.usage) + " costs " + cost->total.text() + ", with requests = 0 as well");
    }
    PriceFacts other = facts;
    for (int round = 0; round < kRounds; ++round) {
        other.usage = random_usage(facts.usage);
        try_counts(other, given->currency);
    }
}

void PriceCheck::try_counts(const PriceFacts& facts, const std::string& currency) {
    const auto cost = price(facts);
    if (!cost) {
        return;
    }
    if (cost->currency != currency) {
        note(one_currency, text_of(facts.usage) + " costs " + cost->currency + ", and other counts " + currency);
    }
    if (const auto again = price(facts); again && again != cost) {
        note(
            same_again,
            text_of(facts.usage) + " costs " + cost->total.text() + ", and asked again " + again->total.text() +
                "; keep nothing between calls"
        );
    }
    try_more(facts, *cost);
    if (splitting_) {
        try_parts(facts, *cost);
    }
}

void PriceCheck::try_more(const PriceFacts& facts, const PriceDecision& cost) {
    PriceFacts larger = facts;
    const auto member = random_.below(2) == 0 ? &UsageFacts::input_tokens : &UsageFacts::output_tokens;
    larger.usage.*member += 1 + random_count();
    const auto other = price(larger);
    if (other && other->total < cost.total) {
        note(
            more,
            text_of(facts.usage) + " costs " + cost.total.text() + ", and " + text_of(larger.usage) + " " +
                other->total.text()
        );
    }
}

void PriceCheck::try_parts(const PriceFacts& facts, const PriceDecision& cost) {
    constexpr std::size_t kMorePartsMax = 3;
    const auto count = static_cast<std::int64_t>(2 + random_.below(kMorePartsMax));
    Amount sum;
    // Each line may have been rounded, in each of the parts and in the whole.
    auto roundings = static_cast<std::int64_t>(cost.lines.size());
    for (std::int64_t i = 0; i < count; ++i) {
        PriceFacts part = facts;
        part.usage = part_of(facts.usage, i, count);
        const auto part_cost = price(part);
        const auto so_far = part_cost ? sum.plus(part_cost->total) : Result<Amount>(Amount());
        if (!part_cost || !so_far) {
            return;
        }
        sum = *so_far;
        roundings += static_cast<std::int64_t>(part_cost->lines.size());
    }
    const auto allowed = Amount::of_units(roundings);
    const auto most = allowed ? sum.plus(*allowed) : allowed;
    if (most && *most < cost.total) {
        note(
            parts,
            text_of(facts.usage) + " costs " + cost.total.text() + ", and in " + std::to_string(count) + " parts " +
                sum.text() + "; write \"check_splitting\": false into bundle.json if that is meant"
        );
    }
}

std::vector<PriceCheck::Finding> PriceCheck::findings() const {
    if (calls_ == 0) {
        return {
            {"prices are asked for",
             "no spec asks aihub.test.price for a call with a price; what holds for every price is tried on these"}};
    }
    std::vector<Finding> found;
    for (std::size_t i = 0; i < property_count; ++i) {
        if (i != parts || splitting_) {
            found.push_back({kProperties[i], failures_[i]});
        }
    }
    return found;
}

}  // namespace aihub::policy
