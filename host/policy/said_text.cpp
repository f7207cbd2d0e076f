#include "policy/said_text.hpp"

#include "policy/fact_fields.hpp"

#include <array>
#include <charconv>
#include <ctime>
#include <type_traits>

namespace aihub::policy {

std::string time_text(WallTime time) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

namespace {

std::string number_text(double value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return {digits.data(), end};
}

std::string value_text(std::string_view value) {
    return std::string(value);
}
std::string value_text(bool value) {
    return value ? "true" : "";
}
std::string value_text(std::int64_t value) {
    return value == 0 ? std::string() : std::to_string(value);
}
std::string value_text(double value) {
    return value == 0 ? std::string() : number_text(value);
}
std::string value_text(WallTime value) {
    return value == WallTime() ? std::string() : time_text(value);
}

// A visitor that keeps what has a value.
auto naming(std::vector<NamedText>& all, std::string before) {
    return [&all, before = std::move(before)](int, const char* name, const auto& member) {
        if (auto text = value_text(member); !text.empty()) {
            all.emplace_back(before + name, std::move(text));
        }
    };
}

std::string pairs_text(const std::vector<TextPair>& pairs) {
    std::string out;
    for (const auto& [name, value] : pairs) {
        out += out.empty() ? "" : ", ";
        out.append(name).append("=").append(value);
    }
    return out;
}

std::string candidate_text(const Candidate& candidate) {
    std::string out = candidate.provider + "/" + candidate.model;
    if (candidate.weight != 1) {
        out += " weight " + number_text(candidate.weight);
    }
    if (candidate.timeout) {
        out += " timeout " + std::to_string(candidate.timeout->count()) + " ms";
    }
    if (candidate.retries) {
        out += " retries " + std::to_string(*candidate.retries);
    }
    return out;
}

template <class List, class Show>
std::string joined(const List& list, Show show, const std::string& none) {
    std::string out;
    for (const auto& item : list) {
        out += (out.empty() ? "" : ", ") + show(item);
    }
    return out.empty() ? none : out;
}

struct DecisionText {
    std::string operator()(const AdmitDecision& decision) const {
        if (decision.allow) {
            return decision.limit_class.empty() ? "allowed" : "allowed, class " + decision.limit_class;
        }
        return "refused: " + decision.code + (decision.message.empty() ? "" : " (" + decision.message + ")");
    }
    std::string operator()(const ExperimentDecision& decision) const {
        const auto show = [](const ExperimentChoice& choice) {
            const std::string arm = choice.arm.empty() ? (choice.eligible ? "takes part" : "does not") : choice.arm;
            return choice.experiment + ": " + arm;
        };
        return joined(decision.choices, show, "no experiment");
    }
    std::string operator()(const RouteDecision& decision) const {
        auto out = joined(decision.candidates, candidate_text, "no candidate");
        out += decision.weighted ? "; drawn by weight" : "";
        if (!decision.transforms.empty()) {
            out += "; with " + joined(
                                   decision.transforms, [](const std::string& name) { return name; }, ""
                               );
        }
        return out;
    }
    std::string operator()(const FallbackDecision& decision) const {
        return decision.next ? candidate_text(*decision.next) : "stop";
    }
    std::string operator()(const PriceDecision& decision) const {
        const auto show = [](const PriceLine& line) { return line.kind + " " + line.amount.text(); };
        const auto total = decision.total.text() + " " + decision.currency;
        return decision.lines.empty() ? total : total + ": " + joined(decision.lines, show, "");
    }
    std::string operator()(const LabelDecision& decision) const {
        return joined(
            decision.labels, [](const auto& label) { return label.first + "=" + label.second; }, "no labels"
        );
    }
};

}  // namespace

std::string text_of(const Said& said) {
    if (const auto* decision = std::get_if<AnyDecision>(&said)) {
        return std::visit(DecisionText(), *decision);
    }
    const auto& failure = std::get<Failure>(said);
    std::string out(fault_name(failure.fault));
    if (!failure.file.empty()) {
        out += " in " + failure.file + ":" + std::to_string(failure.line);
    }
    return out + ": " + failure.message;
}

std::vector<NamedText> inputs_of(const DecisionRecord& record) {
    std::vector<NamedText> all;
    const auto& facts = record.facts;
    if (record.hook == Hook::price) {
        visit_usage(facts.price.usage, naming(all, "usage."));
        visit_quote(facts.price.quote, naming(all, "quote."));
    } else {
        visit_call(facts.call, naming(all, ""));
    }
    const auto add = [&all](const char* name, std::string text) {
        if (!text.empty()) {
            all.emplace_back(name, std::move(text));
        }
    };
    add("headers", pairs_text(facts.headers));
    add("tags", pairs_text(facts.tags));
    add("assignments", pairs_text(facts.assignments));
    const auto candidate = [](const CandidateFacts& one) {
        std::string text(one.provider);
        text.append("/").append(one.model);
        return one.region.empty() ? text : text.append(" in ").append(one.region);
    };
    add("candidates", joined(facts.candidates, candidate, ""));
    for (const auto& provider : facts.providers) {
        std::vector<NamedText> members;
        visit_provider(provider, naming(members, ""));
        std::string text = provider.healthy ? "" : "not healthy";
        for (const auto& [name, value] : members) {
            if (name != "name" && name != "healthy") {
                text += (text.empty() ? "" : ", ") + name + " " + value;
            }
        }
        all.emplace_back("provider " + std::string(provider.name), text.empty() ? "healthy" : text);
    }
    if (record.hook == Hook::fallback) {
        visit_attempt(facts.attempt, naming(all, "failed."));
    } else if (record.hook == Hook::label) {
        visit_outcome(facts.outcome, naming(all, "outcome."));
    }
    if (record.values_version != 0) {
        add("values", "version " + std::to_string(record.values_version));
    }
    return all;
}

}  // namespace aihub::policy
