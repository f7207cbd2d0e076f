#include "config/load.hpp"

#include "config/scalar.hpp"
#include "config/schema.hpp"
#include "support/config_presets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <type_traits>

namespace aihub::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace fs = std::filesystem;

Sources sources_of_cases() {
    return test::fake_sources(
        {{"KEY", "sk-from-environment"},
         {"PORT", "9000"},
         {"EMPTY", ""},
         {"HOSTNAME", "upstream.test"},
         {"DOLLAR", "a$"},
         {"LINES", "a\nb"},
         {"URL_WITH_PASSWORD", "https://user:hunter2@h.test"}},
        {{"/run/secrets/key", "sk-from-file\n"}, {"/run/secrets/empty", "\n"}, {"/run/secrets/lines", "a\nb\n"}}
    );
}

Loaded load(std::string_view text, const Sources& sources = sources_of_cases()) {
    return load_text(text, "hub.yaml", sources, [](const Plugins&) { return test::fake_presets(); });
}

std::string text_of(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

template <class Value>
std::string shown(const Value& value) {
    if constexpr (std::is_same_v<Value, std::string>) {
        return value;
    } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
        std::string all;
        for (const auto& one : value) {
            all += (all.empty() ? "" : ", ") + one;
        }
        return "[" + all + "]";
    } else if constexpr (std::is_same_v<Value, Milliseconds>) {
        return std::to_string(value.count()) + "ms";
    } else if constexpr (std::is_same_v<Value, bool>) {
        return value ? "true" : "false";
    } else {
        return std::to_string(value);
    }
}

// The slots of `owner` that differ from those of a fresh one.
template <class Owner>
std::string changed(
    Owner owner, const Slot<Owner> Key::*slot, const std::string& prefix, std::string_view pattern = {}
) {
    std::string out;
    Owner fresh;
    for (const Key& key : schema()) {
        std::visit(
            [&](auto find) {
                if constexpr (!std::is_same_v<decltype(find), std::monostate>) {
                    if (find(owner) != find(fresh)) {
                        out +=
                            prefix + std::string(key.path.substr(pattern.size())) + " = " + shown(find(owner)) + "\n";
                    }
                }
            },
            key.*slot
        );
    }
    return out;
}

std::string rules_text(const std::vector<ErrorRule>& rules, const std::string& prefix) {
    std::string out;
    for (const auto& rule : rules) {
        out += prefix + "error_rules = ";
        for (const auto& status : rule.statuses) {
            out += status + " ";
        }
        out += "type:" + rule.type + " code:" + rule.code + " body:" + rule.body + " then:" + rule.then +
               " as:" + rule.as + "\n";
    }
    return out;
}

std::string experiments_text(const Snapshot& snapshot) {
    std::string out;
    for (const auto& each : snapshot.experiments) {
        out += "experiments." + each.name + " = salt:" + each.salt + " layer:" + each.layer + " " +
               percent_text(each.layer_from) + "-" + percent_text(each.layer_to) + " unit:";
        for (const auto kind : each.unit) {
            out += std::string(unit_kind_name(kind)) + " ";
        }
        out += "models:" + shown(each.models) + " ramp:" + percent_text(each.ramp) + " stopped:" + shown(each.stopped) +
               " source:" + each.source + "\n";
        for (const auto& arm : each.arms) {
            out += "  " + arm.name + " " + percent_text(arm.share) + " " + arm.model + "\n";
        }
    }
    return out;
}

// Values that differ from the defaults, one a line. A secret shows as its length only.
std::string dump(const Snapshot& snapshot) {
    std::string out;
    for (const Listen& listen : snapshot.listen) {
        out += "listen = " + listen.address + " " + std::to_string(listen.port);
        if (listen.tls) {
            const auto& tls = *listen.tls;
            out += " tls " + tls.min_version + " " + tls.certificate_file + " " + tls.key_file;
        }
        for (const auto& network : listen.trusted_proxies) {
            out += " trusts " + network.address.text() + "/" + std::to_string(network.bits);
        }
        out += listen.forwarded_header == "x-forwarded-for" ? "\n" : " " + listen.forwarded_header + "\n";
    }
    out += changed<Snapshot>(snapshot, &Key::slot, "");
    for (const auto& [name, value] : snapshot.policies.values) {
        out += "policies.values." + name + " = " + value + "\n";
    }
    for (const auto& [name, provider] : snapshot.providers) {
        const std::string prefix = "providers." + name + ".";
        out += prefix + "plugin = " + provider.plugin + "\n" + prefix + "preset = " + provider.preset + "\n";
        out += changed<Provider>(provider, &Key::provider_slot, prefix, "providers.<name>.");
        out += rules_text(provider.error_rules, prefix);
        for (const auto& [secret, value] : provider.secrets) {
            out += prefix + "secrets." + secret + " = " + std::to_string(value.expose().size()) + " bytes\n";
        }
        out += prefix + "settings = " + provider.settings_json + "\n" + prefix + "source = " + provider.source + "\n";
    }
    for (const auto& [name, route] : snapshot.models) {
        out += "models." + name + " =";
        for (const auto& candidate : route.candidates) {
            out += " " + candidate.provider + " " + candidate.model;
            out += candidate.weight == 1 ? "" : " weight " + std::to_string(candidate.weight);
            out += candidate.priority == 0 ? "" : " priority " + std::to_string(candidate.priority);
        }
        out += "\n" + changed<Route>(route, &Key::route_slot, "models." + name + ".", "models.<alias>.");
        out += rules_text(route.error_rules, "models." + name + ".");
    }
    out += experiments_text(snapshot);
    return out;
}

std::string result_of(const Loaded& loaded) {
    std::string out;
    for (const Problem& problem : loaded.problems) {
        out += problem.text() + "\n";
    }
    return loaded.snapshot == nullptr ? out : out + dump(*loaded.snapshot);
}

// AIHUB_UPDATE_GOLDEN=1 writes what is the case now; read the difference before keeping it.
TEST(Load, GivesWhatTheCasesExpect) {
    std::size_t cases = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(AIHUB_TESTS_DIR) / "golden/config")) {
        if (entry.path().extension() != ".yaml") {
            continue;
        }
        ++cases;
        const auto expected = fs::path(entry.path()).replace_extension(".expected");
        const std::string result = result_of(load(text_of(entry.path())));
        if (std::getenv("AIHUB_UPDATE_GOLDEN") != nullptr) {
            std::ofstream(expected) << result;
        }
        EXPECT_EQ(result, text_of(expected)) << entry.path().filename();
        EXPECT_THAT(result, ::testing::Not(HasSubstr("hunter2")));
        EXPECT_THAT(result, ::testing::Not(HasSubstr("sk-from")));
    }
    EXPECT_GE(cases, 30U);
}

TEST(Load, SecretsComeFromTextEnvironmentAndFiles) {
    const auto loaded = load(
        "providers:\n"
        "  a: {plugin: p, api_key: plain, secrets: {second: \"${KEY}\"}, secrets_files: {third: /run/secrets/key}}\n"
        "  b: {plugin: p, api_key_file: /run/secrets/key}\n"
    );
    ASSERT_NE(loaded.snapshot, nullptr) << result_of(loaded);
    const auto& secrets = loaded.snapshot->providers.at("a").secrets;
    EXPECT_EQ(secrets.at("api_key").expose(), "plain");
    EXPECT_EQ(secrets.at("second").expose(), "sk-from-environment");
    EXPECT_EQ(secrets.at("third").expose(), "sk-from-file");
    EXPECT_EQ(loaded.snapshot->providers.at("b").secrets.at("api_key").expose(), "sk-from-file");
}

TEST(Load, ASecretThatIsAJsonDocumentIsReadAsOneLine) {
    const auto sources =
        test::fake_sources({{"JSON", "{\n\t\"a\": 1\r\n}\n"}}, {{"/run/key.json", "{\n  \"b\": \"x\\\\ny\"\n}\n"}});
    const auto loaded = load(
        "providers:\n  a: {plugin: p, secrets: {one: \"${JSON}\"}, secrets_files: {two: /run/key.json}}\n", sources
    );
    ASSERT_NE(loaded.snapshot, nullptr) << result_of(loaded);
    const auto& secrets = loaded.snapshot->providers.at("a").secrets;
    EXPECT_EQ(secrets.at("one").expose(), "{  \"a\": 1  } ");
    EXPECT_EQ(secrets.at("two").expose(), "{   \"b\": \"x\\\\ny\" }");
}

TEST(Load, AProxyOfTheFileWinsOverThatOfTheEnvironment) {
    const auto sources = test::fake_sources({{"HTTPS_PROXY", "http://e:1"}, {"NO_PROXY", "a.test"}}, {});
    const auto https = [&](std::string_view text) {
        const auto loaded = load(text, sources);
        return loaded.snapshot ? std::string(loaded.snapshot->proxies.https.expose()) : result_of(loaded);
    };
    EXPECT_EQ(https("loops: 1\n"), "http://e:1");
    EXPECT_EQ(https("proxy: http://f:1\n"), "http://f:1");
    EXPECT_EQ(https("proxy: none\n"), "");
    const auto file = load("proxy: http://f:1\n", sources);
    EXPECT_EQ(file.snapshot->proxies.http.expose(), "http://f:1");
    EXPECT_EQ(file.snapshot->proxies.except, "") << "NO_PROXY is about the environment's";
}

TEST(Load, ThePresetsAreAskedWithThePluginsBlock) {
    Plugins asked;
    const auto source = [&](const Plugins& plugins) {
        asked = plugins;
        return test::fake_presets();
    };
    const std::string text = "providers: {echo: }\nplugins: {directories: [/opt/plugins], allow_draft: true}\n";
    const auto loaded = load_text(text, "hub.yaml", sources_of_cases(), source);
    ASSERT_NE(loaded.snapshot, nullptr) << result_of(loaded);
    EXPECT_THAT(asked.directories, ElementsAre("/opt/plugins"));
    EXPECT_TRUE(asked.allow_draft);
    EXPECT_EQ(loaded.snapshot->providers.at("echo").plugin, "test.provider.echo");
}

TEST(Load, ThePresetTakesItsAddressAndSecretFromTheEnvironment) {
    const auto sources = test::fake_sources(
        {{"ACME_API_KEY", "k1"}, {"ACME_BASE_URL", "https://proxy.test/acme/"}, {"LOCAL_HOST", "10.0.0.5:11434"}}, {}
    );
    const auto loaded =
        load("providers:\n  acme:\n  local:\n  mine: {preset: local, base_url: 'http://b.test'}\n", sources);
    ASSERT_NE(loaded.snapshot, nullptr) << result_of(loaded);
    const auto& providers = loaded.snapshot->providers;
    EXPECT_EQ(providers.at("acme").base_url, "https://proxy.test/acme");
    EXPECT_EQ(providers.at("acme").secrets.at("api_key").expose(), "k1");
    EXPECT_EQ(providers.at("local").base_url, "http://10.0.0.5:11434/v1");
    EXPECT_EQ(providers.at("mine").base_url, "http://b.test");
}

TEST(Load, TooLargeTooDeepAndTooManyAreRefused) {
    EXPECT_THAT(load(std::string(1024 * 1024 + 1, '#')).problems, SizeIs(1));
    const auto deep = load("a: " + std::string(500, '['));
    ASSERT_THAT(deep.problems, SizeIs(1));
    EXPECT_THAT(deep.problems.front().text(), HasSubstr("nested deeper than 32 levels"));
    EXPECT_THAT(load("a: " + std::string(300000, '[')).problems, SizeIs(1));
    std::string many = "models: [";
    for (int i = 0; i < 100001; ++i) {
        many += "a,";
    }
    EXPECT_THAT(load(many + "a]").problems.front().text(), HasSubstr("more than 100000 values"));
    std::string wrong;
    for (int i = 0; i < 500; ++i) {
        wrong += "unknown_" + std::to_string(i) + ": 1\n";
    }
    EXPECT_THAT(load(wrong).problems, SizeIs(101));
}

TEST(LoadFile, AnUnreadableFileIsAProblem) {
    const auto none = [](const Plugins&) { return std::vector<Preset>(); };
    const auto loaded = load_file("/missing.yaml", sources_of_cases(), none);
    EXPECT_EQ(loaded.snapshot, nullptr);
    ASSERT_THAT(loaded.problems, SizeIs(1));
    EXPECT_EQ(
        loaded.problems.front().text(),
        "/missing.yaml: the file cannot be read (No such file or directory), make it readable or correct the path"
    );
    EXPECT_THAT(load_file("/", Sources::process(), none).problems.front().text(), HasSubstr("Is a directory"));
}

TEST(LoadDefaults, TakesWhatIsAlwaysOnAndWhatTheEnvironmentTurnsOn) {
    const auto presets = [](const Plugins&) { return test::fake_presets(); };
    const auto load_with = [&](std::map<std::string, std::string> environment) {
        const auto loaded = load_defaults(test::fake_sources(std::move(environment), {}), presets);
        std::string out = result_of(loaded);
        std::string names;
        for (const auto& [name, provider] : loaded.snapshot->providers) {
            names += name + "(" + provider.source + ") ";
        }
        return names + "default=" + loaded.snapshot->default_provider;
    };
    EXPECT_EQ(load_with({}), "echo(preset echo) default=");
    EXPECT_EQ(load_with({{"ACME_API_KEY", ""}}), "echo(preset echo) default=");
    EXPECT_EQ(load_with({{"ACME_API_KEY", "k"}}), "acme(environment ACME_API_KEY) echo(preset echo) default=acme");
    EXPECT_EQ(load_with({{"ACME_BASE_URL", "http://a.test"}}), "echo(preset echo) default=");
    EXPECT_EQ(load_with({{"TENANT_KEY", "k"}, {"TENANT_CLIENT", "c"}}), "echo(preset echo) default=");
    EXPECT_EQ(
        load_with({{"TENANT_KEY", "k"}, {"TENANT_CLIENT", "c"}, {"TENANT_URL", "http://t.test"}}),
        "echo(preset echo) tenant(environment TENANT_KEY) default=tenant"
    );
    EXPECT_EQ(
        load_with({{"LOCAL_HOST", "h:1"}}),
        "echo(preset echo) local(environment LOCAL_HOST) other-twin(environment LOCAL_HOST) "
        "twin(environment LOCAL_HOST) default="
    );
}

TEST(LoadDefaults, AWrongAddressIsAProblem) {
    const auto loaded = load_defaults(test::fake_sources({{"LOCAL_HOST", "h:99999"}}, {}), [](const Plugins&) {
        return std::vector<Preset>{test::fake_presets()[1]};
    });
    EXPECT_EQ(loaded.snapshot, nullptr);
    ASSERT_THAT(loaded.problems, SizeIs(1));
    EXPECT_THAT(loaded.problems.front().text(), HasSubstr("environment variable LOCAL_HOST"));
}

TEST(RestartNeeded, NamesTheKeysThatCountAfterARestart) {
    Snapshot old;
    old.listen.emplace_back();
    Snapshot now = old;
    EXPECT_THAT(restart_needed(old, now), IsEmpty());
    now.limits.body_bytes_max = 1;
    now.log.level = "debug";
    now.default_provider = "x";
    EXPECT_THAT(restart_needed(old, now), IsEmpty());
    now.listen.front().port = 1;
    now.loops = 3;
    now.storage.url = "sqlite:other.db";
    now.plugins.directories = {"p"};
    EXPECT_THAT(restart_needed(old, now), ElementsAre("listen", "loops", "storage.url", "plugins.directories"));
}

}  // namespace
}  // namespace aihub::config
