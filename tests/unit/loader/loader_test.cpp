#include "loader/loader.hpp"

#include "test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace aihub::loader::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

PluginInfo load(TestHost& host, const std::string& name) {
    host.loader.load_file(plugin_file(name));
    return host.loader.list().back();
}

TEST(Loader, LoadsAGoodPluginAndSaysWhatItIs) {
    TestHost host;
    const PluginInfo info = load(host, "codec");
    EXPECT_EQ(info.state, PluginInfo::State::loaded) << info.reason;
    EXPECT_EQ(info.id, "com.example.codec");
    EXPECT_EQ(info.version, "1.2.3");
    EXPECT_EQ(info.abi, "1.3");
    EXPECT_EQ(info.families, std::vector<std::string>{"provider-codec"});
    EXPECT_EQ(info.formats, std::vector<std::string>{"openai.chat"});
    EXPECT_THAT(info.warnings, IsEmpty());
}

struct Refusal {
    const char* plugin;
    std::vector<const char*> says;
};

TEST(Loader, RefusesEachBadPluginWithItsReasonAndTheRemedy) {
    const Refusal refusals[] = {
        {"wrong_major", {"ABI major 9", "this host has 1", "update the host or use an older version"}},
        {"newer_minor", {"needs plugin ABI 1.7", "this host has 1.3", "update the host"}},
        {"other_flavour", {"flavour \"globex\"", "no flavour", "vendor"}},
        {"draft", {"draft extensions", "plugins.allow_draft"}},
        {"no_entry", {"does not export aihub_plugin_entry"}},
        {"null_entry", {"entry function returned nothing"}},
        {"undefined_symbol", {"aihub_internal_function", "-Wl,-z,defs"}},
        {"missing_library_symbol", {"cannot be loaded: undefined symbol: nobody_defines_this"}},
        {"null_functions", {"aihub.provider-codec/1 lacks one of build, on_head, on_frame"}},
        {"short_struct", {"32 bytes", "needs"}},
        {"short_family", {"aihub.provider-codec/1 struct is 16 bytes"}},
        {"init_fails", {"init failed: no licence file"}},
        {"bad_manifest", {"manifest: is not valid JSON"}},
        {"family_missing", {"does not answer aihub.provider-codec/1"}},
    };
    TestHost host;
    for (const Refusal& refusal : refusals) {
        const PluginInfo info = load(host, refusal.plugin);
        EXPECT_EQ(info.state, PluginInfo::State::refused) << refusal.plugin;
        for (const char* part : refusal.says) {
            EXPECT_THAT(info.reason, HasSubstr(part)) << refusal.plugin;
        }
    }
}

TEST(Loader, AllowsDraftsWhereTheOperatorDoes) {
    LoaderOptions options;
    options.host.allow_draft = true;
    TestHost host(options);
    EXPECT_EQ(load(host, "draft").state, PluginInfo::State::loaded);
}

TEST(Loader, WarnsOfExtraExportsButLoads) {
    TestHost host;
    const PluginInfo info = load(host, "extra_exports");
    EXPECT_EQ(info.state, PluginInfo::State::loaded) << info.reason;
    ASSERT_EQ(info.warnings.size(), 1u);
    EXPECT_THAT(info.warnings.front(), HasSubstr("a_second_export"));
}

TEST(Loader, LoadsTheGoodOnesOfADirectoryWithBadOnes) {
    TestHost host;
    host.loader.load_directories({std::filesystem::path(plugin_file("x")).parent_path(), "/nonexistent-plugins"});
    std::vector<std::string> loaded;
    for (const PluginInfo& info : host.loader.list()) {
        if (info.state == PluginInfo::State::loaded) {
            loaded.push_back(info.id);
        }
    }
    // "undescribed" shares the id of other hostile ones, but is the only one of them that is taken.
    EXPECT_EQ(
        loaded,
        (std::vector<std::string>{
            "com.example.codec",
            "com.example.create-fails",
            "com.example.extra",
            "com.example.stream",
            "com.example.hostile"})
    );
    EXPECT_THAT(host.loader.list().back().reason, HasSubstr("cannot read the plugin directory"));

    const std::size_t before = host.loader.list().size();
    host.loader.load_directories({std::filesystem::path(plugin_file("x")).parent_path()});
    EXPECT_EQ(host.loader.list().size(), before);
}

TEST(Loader, RefusesASecondPluginOfTheSameId) {
    const std::filesystem::path copy = std::filesystem::path(::testing::TempDir()) / "codec_again.so";
    std::filesystem::copy_file(plugin_file("codec"), copy, std::filesystem::copy_options::overwrite_existing);
    TestHost host;
    load(host, "codec");
    host.loader.load_file(copy);
    EXPECT_THAT(
        host.loader.list().back().reason, AllOf(HasSubstr("already loaded from"), HasSubstr(plugin_file("codec")))
    );
    std::filesystem::remove(copy);
}

TEST(Loader, RefusesFilesThatAreNoLibraries) {
    const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "text.so";
    std::ofstream(file) << "hello";
    TestHost host;
    host.loader.load_file(file);
    EXPECT_THAT(host.loader.list().back().reason, HasSubstr("not an ELF shared object"));
    host.loader.load_file("/nonexistent.so");
    EXPECT_THAT(host.loader.list().back().reason, HasSubstr("cannot open /nonexistent.so"));
    std::filesystem::remove(file);
}

TEST(Loader, OffersThePresetsOfItsPlugins) {
    TestHost host;
    load(host, "codec");
    const std::vector<config::Preset> presets = host.loader.presets();
    ASSERT_EQ(presets.size(), 1u);
    EXPECT_EQ(presets[0].plugin, "com.example.codec");
    EXPECT_EQ(presets[0].name, "acme");
    EXPECT_EQ(presets[0].base_url_suffix, "/v1");
    EXPECT_EQ(presets[0].secret_envs.at("api_key"), "ACME_KEY");
    EXPECT_TRUE(presets[0].secret_required);
}

TEST(Loader, ExplainsAProviderThatCannotBeMade) {
    TestHost host;
    load(host, "codec");
    load(host, "create_fails");
    config::Provider config;
    config.name = "acme";
    config.plugin = "com.example.nothing";
    EXPECT_THAT(
        host.loader.create_provider(config).error().message,
        AllOf(HasSubstr("providers.acme"), HasSubstr("com.example.nothing"), HasSubstr("com.example.codec"))
    );
    config.plugin = "com.example.codec";
    EXPECT_THAT(host.loader.create_provider(config).error().message, HasSubstr("base_url is missing"));
    config.base_url = "https://api.example.com";
    config.settings_json = R"({"mood":"x"})";
    config.source = "aihub.yaml:3";
    EXPECT_THAT(
        host.loader.create_provider(config).error().message,
        AllOf(HasSubstr("providers.acme (aihub.yaml:3): settings.mood"), HasSubstr("did you mean mode?"))
    );
    config.settings_json = "{}";
    config.plugin = "com.example.create-fails";
    EXPECT_THAT(host.loader.create_provider(config).error().message, HasSubstr("use eu or us"));
}

TEST(Loader, DrainsAnInstanceOnItsControlThread) {
    TestHost host;
    std::shared_ptr<capability::Provider> provider = host.provider("codec");
    ASSERT_NE(provider, nullptr);
    RecordingSink sink;
    auto call = *provider->build(chat_request(), sink);
    provider.reset();
    host.loader.flush();
    EXPECT_EQ(host.count("codec", "destroy_instance"), 0u);
    // The old instance still serves its call.
    ASSERT_TRUE(call->on_head(200, {}));
    ASSERT_TRUE(call->on_frame({}, "[DONE]"));
    call.reset();
    host.loader.flush();
    EXPECT_EQ(host.count("codec", "destroy_instance"), 1u);
}

TEST(Loader, ManyInstancesComeAndGo) {
    TestHost host;
    for (int i = 0; i < 1000; ++i) {
        RecordingSink sink;
        const std::shared_ptr<capability::Provider> provider = host.provider("codec");
        ASSERT_NE(provider, nullptr);
        const auto call = *provider->build(chat_request(), sink);
        ASSERT_TRUE(call->on_head(200, {}));
    }
    host.loader.flush();
    EXPECT_EQ(host.count("codec", "destroy_instance"), 1000u);
    EXPECT_EQ(host.count("codec", "destroy"), 1000u);
}

}  // namespace
}  // namespace aihub::loader::testing
