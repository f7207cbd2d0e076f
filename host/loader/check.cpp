#include "loader/check.hpp"

#include "loader/check_child.hpp"
#include "loader/check_codec.hpp"
#include "loader/check_host.hpp"
#include "loader/check_stream.hpp"
#include "loader/elf_image.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace aihub::loader {
namespace {

namespace json = boost::json;

Error wrong(const std::string& message) {
    return Error{Errc::invalid_request, message};
}

// Collects the results of a run.
class Run {
public:
    Run(const CheckOptions& options, CheckReport& report) : options_(options), report_(report) {}

    // Tests that get a loaded plugin. They share a child, a fork is not cheap; a failed one has it to itself.
    void tests(std::span<const CheckCase> cases) {
        std::vector<ChildBody> bodies;
        bodies.reserve(cases.size());
        for (const CheckCase& each : cases) {
            bodies.emplace_back([this, &body = each.second]() -> Result<std::string> {
                CheckHost host(options_.host);
                AIHUB_TRY(host.load(options_.file));
                return body(host);
            });
        }
        for (std::size_t done = 0; done < cases.size();) {
            const auto answers = run_in_child(options_.test_time_max, std::span(bodies).subspan(done));
            for (const ChildAnswer& answer : answers) {
                add(cases[done++].first, answer);
            }
        }
    }

    ChildAnswer isolated(const std::string& name, const ChildBody& body) {
        ChildAnswer answer = std::move(run_in_child(options_.test_time_max, std::span(&body, 1)).front());
        add(name, answer);
        return answer;
    }

    void skip(const std::string& name, const std::string& why) {
        report_.results.push_back({name, CheckResult::Outcome::skipped, why, {}});
    }
    void fail(const std::string& name, const std::string& why) {
        report_.results.push_back({name, CheckResult::Outcome::failed, why, {}});
    }

private:
    void add(const std::string& name, const ChildAnswer& answer) {
        const auto outcome = answer.passed ? CheckResult::Outcome::passed : CheckResult::Outcome::failed;
        report_.results.push_back({name, outcome, answer.passed ? std::string() : answer.text, answer.took});
    }

    const CheckOptions& options_;
    CheckReport& report_;
};

// The file without running it. What the loader only warns of is refused here.
Result<std::string> check_image(const std::string& file) {
    const ElfImage image = AIHUB_TRY(read_elf(file));
    std::vector<std::string> warnings;
    AIHUB_CHECK(inspect(image, warnings));
    if (!warnings.empty()) {
        return wrong(warnings.front());
    }
    return std::string();
}

// A model that the plugin itself says it has; one of no meaning when it names none.
std::string a_model(const Manifest& manifest) {
    for (const config::Preset& preset : manifest.presets) {
        if (!preset.models.empty()) {
            return preset.models.front();
        }
    }
    return "check";
}

Result<std::string> introduce(CheckHost& host, const std::string& file) {
    const Plugin& plugin = *AIHUB_TRY(host.load(file));
    const Introduction& introduction = plugin.introduction();
    return json::serialize(json::object{
        {"id", introduction.id},
        {"version", introduction.version},
        {"abi", introduction.abi},
        {"built_with", introduction.built_with},
        {"codec", plugin.codec() != nullptr},
        {"stream", plugin.stream() != nullptr},
        {"model", a_model(introduction.manifest)}});
}

Result<std::string> check_schema(CheckHost& host) {
    const SettingsSchema& schema = host.plugin().manifest().config_schema;
    for (const std::string& name : schema.undescribed()) {
        return wrong("config_schema.properties." + name + " has no description: say what the setting is for");
    }
    const Result<std::shared_ptr<Instance>> instance = host.make_instance(schema.example_json());
    if (!instance) {
        return wrong("its own default settings " + schema.example_json() + " are refused: " + instance.error().message);
    }
    return std::string();
}

// Two instances at a time, so that a plugin with one hidden global state shows it.
Result<std::string> check_lifecycle(CheckHost& host) {
    constexpr int kTimes = 50;
    const std::string settings = host.plugin().manifest().config_schema.example_json();
    std::shared_ptr<Instance> before;
    for (int i = 0; i < kTimes; ++i) {
        std::shared_ptr<Instance> instance = AIHUB_TRY(host.make_instance(settings));
        instance->quiesce();
        before = std::move(instance);
    }
    before.reset();
    AIHUB_CHECK(host.no_faults());
    return std::string();
}

// How many of the first tests are those of one fixture: their names differ behind the last slash only.
std::size_t of_one_fixture(std::span<const CheckCase> cases) {
    const auto fixture_of = [](const CheckCase& one) { return one.first.substr(0, one.first.rfind('/')); };
    const auto first = fixture_of(cases.front());
    const auto other =
        std::find_if(cases.begin(), cases.end(), [&](const auto& one) { return fixture_of(one) != first; });
    return static_cast<std::size_t>(other - cases.begin());
}

}  // namespace

CheckReport check_plugin(const CheckOptions& options) {
    CheckReport report;
    report.file = options.file;
    Run run(options, report);
    run.isolated("file", [&options] { return check_image(options.file); });
    const ChildAnswer introduced = run.isolated("load", [&options]() -> Result<std::string> {
        CheckHost host(options.host);
        return introduce(host, options.file);
    });
    if (!introduced.passed) {
        return report;
    }
    const json::object facts = json::parse(introduced.text).as_object();
    report.id = facts.at("id").as_string();
    report.version = facts.at("version").as_string();
    report.abi = facts.at("abi").as_string();
    report.built_with = facts.at("built_with").as_string();
    const bool codec = facts.at("codec").as_bool();

    run.tests(std::array{
        CheckCase{"settings", [](CheckHost& host) { return check_schema(host); }},
        CheckCase{"lifecycle", [](CheckHost& host) { return check_lifecycle(host); }}});
    std::vector<Fixture> fixtures;
    if (!options.fixtures.empty()) {
        Result<std::vector<Fixture>> read = read_fixtures(options.fixtures);
        if (!read) {
            run.fail("fixtures", read.error().message);
            return report;
        }
        fixtures = *std::move(read);
    }
    if (codec && fixtures.empty()) {
        run.skip("codec", "there is no recorded exchange: give --fixtures a directory with at least one");
    }
    if (!codec && !facts.at("stream").as_bool()) {
        return report;
    }
    const std::vector<CheckCase> cases = codec ? codec_cases(fixtures, options.make_framer)
                                               : stream_cases(fixtures, std::string(facts.at("model").as_string()));
    for (std::span<const CheckCase> rest = cases; !rest.empty();) {
        const auto count = of_one_fixture(rest);
        run.tests(rest.first(count));
        rest = rest.subspan(count);
    }
    return report;
}

}  // namespace aihub::loader
