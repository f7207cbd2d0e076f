#include "policy/explanation.hpp"

#include "policy/ask_again.hpp"
#include "policy/record_search.hpp"
#include "policy/report_json.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace aihub::policy {

namespace {

using BundlePtr = std::shared_ptr<const Bundle>;

// The lines of the files of a bundle, each file cut up once.
class SourceLines {
public:
    explicit SourceLines(const Bundle& bundle) : bundle_(bundle) {}

    std::string text_of(const RunLine& at) {
        auto found = files_.find(at.file);
        if (found == files_.end()) {
            const auto* file = bundle_.find(at.file);
            found = files_.emplace(at.file, file == nullptr ? Lines() : cut(file->text)).first;
        }
        const auto& lines = found->second;
        const auto index = static_cast<std::size_t>(at.line) - 1;
        auto line = index < lines.size() ? lines[index] : std::string_view();
        const auto begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos) {
            return {};
        }
        line = line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
        return std::string(line.substr(0, kExplainedTextBytesMax));
    }

private:
    using Lines = std::vector<std::string_view>;

    static Lines cut(std::string_view text) {
        Lines lines;
        while (!text.empty()) {
            const auto end = std::min(text.find('\n'), text.size());
            lines.push_back(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return lines;
    }

    const Bundle& bundle_;
    std::map<std::string, Lines> files_;
};

class Explainer {
public:
    explicit Explainer(const ExplainOptions& options) : options_(options) {}

    ExplainedHook explain_record(const HeldRecord& held) {
        const auto& record = held.record;
        auto hook = begin(record);
        hook.part = record.part;
        hook.said = decode_result(record);
        hook.duration = record.duration;
        hook.steps = record.steps;
        if (!held.has_values) {
            hook.lines_unknown = "what aihub.kv had then is not among the records";
            return hook;
        }
        const auto bundle = bundle_of(record);
        if (!bundle) {
            hook.lines_unknown = bundle.error().message;
            return hook;
        }
        trace(*bundle, record, hook);
        return hook;
    }

    ExplainedHook explain_new(const DecisionRecord& record) {
        auto hook = begin(record);
        trace(options_.bundle, record, hook);
        return hook;
    }

private:
    static ExplainedHook begin(const DecisionRecord& record) {
        ExplainedHook hook;
        hook.hook = record.hook;
        hook.bundle_name = record.bundle_name;
        hook.bundle_hash = record.bundle_hash;
        hook.inputs = inputs_of(record);
        return hook;
    }

    Result<BundlePtr> bundle_of(const DecisionRecord& record) {
        if (options_.bundle != nullptr) {
            return options_.bundle;
        }
        auto& known = bundles_[record.bundle_hash];
        if (known == nullptr) {
            known = AIHUB_TRY(options_.find_bundle(record.bundle_hash));
        }
        return known;
    }

    void trace(const BundlePtr& bundle, const DecisionRecord& record, ExplainedHook& hook) {
        if (lines_ >= kExplainedLinesMax || (options_.stop && options_.stop())) {
            hook.lines_unknown = "there are too many hooks to ask all of them again";
            return;
        }
        const auto run = trace_again(bundle, options_.state, record);
        if (!run) {
            hook.lines_unknown = run.error().message;
            return;
        }
        if (run->result != record.result) {
            hook.now = decode_result(run->result, record.hook, bundle->label());
            hook.now_by = bundle->label();
        }
        SourceLines source(*bundle);
        for (std::size_t i = 0; i < run->lines.size(); ++i) {
            const auto& at = run->lines[i];
            // A loop says the same line again and again.
            if (i + 1 == run->lines.size() || run->lines[i + 1] != at) {
                hook.lines.push_back({at.file, at.line, source.text_of(at)});
            }
        }
        hook.lines_cut = run->cut;
        lines_ += hook.lines.size();
    }

    const ExplainOptions& options_;
    std::map<std::string, BundlePtr> bundles_;
    std::size_t lines_ = 0;
};

void add_said(ReportJson& json, std::string_view name, const std::optional<Said>& said) {
    if (!said) {
        json.null(name);
        return;
    }
    json.open(name, '{');
    json.member("text", text_of(*said));
    if (const auto* failure = std::get_if<Failure>(&*said)) {
        json.open("failure", '{');
        json.member("fault", fault_name(failure->fault));
        json.member("file", failure->file);
        json.member("line", static_cast<std::uint64_t>(std::max(0, failure->line)));
        json.member("message", failure->message);
        json.close('}');
    } else {
        json.null("failure");
    }
    json.close('}');
}

void add_inputs(ReportJson& json, const ExplainedHook& hook) {
    json.open("inputs", '[');
    for (const auto& [name, value] : hook.inputs) {
        json.open({}, '{');
        json.member("name", name);
        json.member("value", value);
        json.close('}');
    }
    json.close(']');
}

void add_lines(ReportJson& json, const ExplainedHook& hook) {
    json.open("lines", '[');
    for (const auto& line : hook.lines) {
        json.open({}, '{');
        json.member("file", line.file);
        json.member("line", static_cast<std::uint64_t>(std::max(0, line.line)));
        json.member("text", line.text);
        json.close('}');
    }
    json.close(']');
    json.member("lines_cut", hook.lines_cut);
    if (hook.lines_unknown.empty()) {
        json.null("lines_unknown");
    } else {
        json.member("lines_unknown", hook.lines_unknown);
    }
}

void add_hook(ReportJson& json, const ExplainedHook& hook) {
    json.open({}, '{');
    json.member("hook", hook_name(hook.hook));
    json.member("bundle", hook.bundle_name);
    json.member("hash", hook.bundle_hash);
    if (hook.part) {
        json.member("part", decided_as_name(*hook.part));
    } else {
        json.null("part");
    }
    add_inputs(json, hook);
    add_said(json, "said", hook.said);
    add_said(json, "now", hook.now);
    json.member("now_by", hook.now_by);
    json.member("duration_us", static_cast<std::uint64_t>(std::max<std::int64_t>(0, hook.duration.count() / 1000)));
    json.member("steps", hook.steps);
    add_lines(json, hook);
    json.close('}');
}

}  // namespace

Result<Explanation> explain_request(
    const std::string& directory, const std::string& request_id, const ExplainOptions& options
) {
    const auto found = AIHUB_TRY(find_records(directory, request_id, options.stop));
    Explanation explanation{request_id, found.front().record.facts.call.now, {}};
    Explainer explainer(options);
    for (const auto& held : found) {
        explanation.hooks.push_back(explainer.explain_record(held));
    }
    return explanation;
}

Explanation explain_facts(const FactsFile& call, const ExplainOptions& options) {
    DecisionRecord record;
    record.bundle_name = options.bundle->name();
    record.bundle_hash = options.bundle->hash();
    record.facts = call.facts;
    Explanation explanation{std::string(call.facts.call.request_id), call.facts.call.now, {}};
    Explainer explainer(options);
    for (const auto hook : call.hooks) {
        if (options.bundle->find(std::string(hook_name(hook)) + ".lua") != nullptr) {
            record.hook = hook;
            explanation.hooks.push_back(explainer.explain_new(record));
        }
    }
    return explanation;
}

std::string json_explanation(const Explanation& explanation) {
    ReportJson json;
    json.open({}, '{');
    json.member("request_id", explanation.request_id);
    if (explanation.at == WallTime()) {
        json.null("at");
    } else {
        json.member("at", time_text(explanation.at));
    }
    json.open("hooks", '[');
    for (const auto& hook : explanation.hooks) {
        add_hook(json, hook);
    }
    json.close(']');
    json.close('}');
    return json.take();
}

}  // namespace aihub::policy
