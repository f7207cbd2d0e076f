#include "policy/facts_file.hpp"

#include "policy/fact_fields.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

namespace aihub::policy {

namespace {

namespace json = boost::json;
using Texts = std::deque<std::string>;

// Reads the members of one object; the first problem is kept.
class ObjectReader {
public:
    ObjectReader(const json::object& object, std::string where, Texts& texts, std::string& problem)
        : object_(object), where_(std::move(where)), texts_(texts), problem_(problem) {}

    // A visitor for the functions of fact_fields.hpp.
    auto visitor() {
        return [this](int, const char* name, auto& member) {
            if (const auto* value = take(name)) {
                read(name, *value, member);
            }
        };
    }
    // nullptr: the object does not have it.
    const json::value* take(std::string_view name) {
        known_.emplace(name);
        return object_.if_contains(name);
    }
    // A member that is an object, or a list; nullptr: there is none.
    const json::object* object(std::string_view name) {
        const auto* value = take(name);
        return value == nullptr ? nullptr : typed(name, value->if_object(), "an object");
    }
    const json::array* list(std::string_view name) {
        const auto* value = take(name);
        return value == nullptr ? nullptr : typed(name, value->if_array(), "a list");
    }
    void pairs(std::string_view name, std::vector<TextPair>& all) {
        const auto* members = object(name);
        if (members == nullptr) {
            return;
        }
        for (const auto& member : *members) {
            if (const auto* text = member.value().if_string()) {
                all.emplace_back(keep(member.key()), keep(*text));
            } else {
                complain(std::string(name) + "." + std::string(member.key()) + " has to be a string");
            }
        }
    }
    // Whatever was not asked for is misspelt.
    void finish() {
        for (const auto& member : object_) {
            if (!known_.contains(std::string(member.key()))) {
                complain(std::string(member.key()) + " is not known; docs/policies/README.md lists what is");
            }
        }
    }
    void complain(const std::string& text) {
        if (problem_.empty()) {
            problem_ = where_ + text;
        }
    }
    std::string_view keep(std::string_view text) { return texts_.emplace_back(text); }

private:
    template <class Part>
    const Part* typed(std::string_view name, const Part* part, const char* what) {
        if (part == nullptr) {
            complain(std::string(name) + " has to be " + what);
        }
        return part;
    }
    void read(const std::string& name, const json::value& value, std::string_view& to) {
        if (const auto* text = typed(name, value.if_string(), "a string")) {
            to = keep(*text);
        }
    }
    void read(const std::string& name, const json::value& value, bool& to) {
        if (const auto* flag = typed(name, value.if_bool(), "true or false")) {
            to = *flag;
        }
    }
    void read(const std::string& name, const json::value& value, std::int64_t& to) {
        if (const auto* number = typed(name, value.if_int64(), "a whole number")) {
            to = *number;
        }
    }
    void read(const std::string& name, const json::value& value, double& to) {
        if (const auto* whole = value.if_int64()) {
            to = static_cast<double>(*whole);
        } else if (const auto* number = typed(name, value.if_double(), "a number")) {
            to = *number;
        }
    }
    void read(const std::string& name, const json::value& value, WallTime& to) {
        constexpr double kSecondsMax = 1e10;
        double seconds = 0;
        read(name, value, seconds);
        if (seconds < 0 || seconds > kSecondsMax) {
            complain(name + " has to be seconds since 1970");
            return;
        }
        to = WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::duration<double>(seconds)));
    }

    const json::object& object_;
    const std::string where_;
    Texts& texts_;
    std::string& problem_;
    std::set<std::string, std::less<>> known_;
};

void read_candidates(ObjectReader& call, Texts& texts, std::string& problem, SpecFacts& facts) {
    const auto* list = call.list("candidates");
    if (list == nullptr) {
        return;
    }
    for (const auto& item : *list) {
        const auto* object = item.if_object();
        if (object == nullptr) {
            call.complain("candidates has to be a list of objects");
            return;
        }
        ObjectReader reader(*object, "candidates: ", texts, problem);
        visit_candidate(facts.candidates.emplace_back(), reader.visitor());
        reader.finish();
    }
}

void read_providers(ObjectReader& call, Texts& texts, std::string& problem, SpecFacts& facts) {
    const auto* all = call.object("providers");
    if (all == nullptr) {
        return;
    }
    for (const auto& member : *all) {
        const auto* object = member.value().if_object();
        if (object == nullptr) {
            call.complain("providers has to hold objects by names");
            return;
        }
        ObjectReader reader(*object, "providers." + std::string(member.key()) + ": ", texts, problem);
        auto& provider = facts.providers.emplace_back();
        visit_provider(provider, reader.visitor());
        provider.name = call.keep(member.key());
        reader.finish();
    }
}

// A part of its own, which asks a hook, too.
template <class Read>
void read_part(
    ObjectReader& call, const char* name, Hook hook, Texts& texts, std::string& problem, FactsFile& file, Read read
) {
    if (const auto* object = call.object(name)) {
        ObjectReader reader(*object, std::string(name) + ": ", texts, problem);
        read(reader);
        reader.finish();
        file.hooks.push_back(hook);
    }
}

void read_parts(ObjectReader& call, Texts& texts, std::string& problem, FactsFile& file) {
    auto& facts = file.facts;
    file.hooks = {Hook::admit, Hook::experiment, Hook::route};
    read_part(call, "failed", Hook::fallback, texts, problem, file, [&](ObjectReader& reader) {
        visit_attempt(facts.attempt, reader.visitor());
    });
    read_part(call, "outcome", Hook::label, texts, problem, file, [&](ObjectReader& reader) {
        visit_outcome(facts.outcome, reader.visitor());
    });
    facts.price.quote.currency = "USD";
    read_part(call, "usage", Hook::price, texts, problem, file, [&](ObjectReader& reader) {
        visit_usage(facts.price.usage, reader.visitor());
    });
    if (const auto* object = call.object("quote")) {
        ObjectReader reader(*object, "quote: ", texts, problem);
        visit_quote(facts.price.quote, reader.visitor());
        reader.finish();
    }
}

}  // namespace

Result<FactsFile> read_facts(const json::object& object) {
    FactsFile file;
    std::string problem;
    auto& facts = file.facts;
    ObjectReader call(object, "", *file.texts, problem);
    visit_call(facts.call, call.visitor());
    call.pairs("headers", facts.headers);
    call.pairs("tags", facts.tags);
    call.pairs("assignments", facts.assignments);
    call.pairs("kv", facts.values);
    std::ranges::sort(facts.values);
    read_candidates(call, *file.texts, problem, facts);
    read_providers(call, *file.texts, problem, facts);
    read_parts(call, *file.texts, problem, file);
    call.finish();
    if (!problem.empty()) {
        return Error{Errc::invalid_request, problem};
    }
    facts.call.headers = facts.headers;
    facts.call.tags = facts.tags;
    facts.call.assignments = facts.assignments;
    facts.call.values = facts.values;
    facts.call.candidates = facts.candidates;
    facts.call.providers = facts.providers;
    facts.price.quote.tags = facts.tags;
    facts.price.quote.assignments = facts.assignments;
    return file;
}

Result<FactsFile> parse_facts(std::string_view text) {
    json::error_code failed;
    const auto value = json::parse(text, failed);
    const auto* object = failed ? nullptr : value.if_object();
    if (object == nullptr) {
        return Error{
            Errc::invalid_request,
            failed ? "not JSON: " + failed.message() : std::string("the facts of a call have to be an object")};
    }
    return read_facts(*object);
}

}  // namespace aihub::policy
