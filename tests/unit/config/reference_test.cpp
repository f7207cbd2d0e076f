#include "config/reference.hpp"

#include "config/load.hpp"
#include "config/schema.hpp"
#include "support/config_presets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace aihub::config {
namespace {

std::string text_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

// AIHUB_UPDATE_DOCS=1 writes the page.
TEST(Reference, ThePageIsMadeFromTheSchema) {
    const auto file = std::filesystem::path(AIHUB_SOURCE_DIR) / "docs/configuration.md";
    if (std::getenv("AIHUB_UPDATE_DOCS") != nullptr) {
        std::ofstream(file) << reference_markdown();
    }
    EXPECT_EQ(text_of(file), reference_markdown()) << "run this test with AIHUB_UPDATE_DOCS=1";
}

TEST(Reference, EveryKeyIsToldOnceAndHasASentence) {
    const std::string page = reference_markdown();
    for (const Key& key : schema()) {
        EXPECT_TRUE(key.text.ends_with('.')) << key.path;
        EXPECT_EQ(find_key(key.path), &key) << key.path << " stands twice in the schema";
        if (key.type != Type::block) {
            EXPECT_FALSE(default_text(key).empty()) << key.path;
            EXPECT_THAT(page, ::testing::HasSubstr("| `" + std::string(key.path) + "`"));
        }
    }
}

TEST(ExampleFile, LoadsAsTheDefaults) {
    const std::string text = text_of(std::filesystem::path(AIHUB_SOURCE_DIR) / "config/aihub.yaml");
    const auto loaded = load_text(text, "config/aihub.yaml", test::fake_sources({}, {}), [](const Plugins&) {
        std::vector<Preset> presets = test::fake_presets();
        presets[3].name = "simulator";
        return presets;
    });
    ASSERT_NE(loaded.snapshot, nullptr) << loaded.problems.front().text();
    Snapshot written = *loaded.snapshot;
    Snapshot fresh;
    for (const Key& key : schema()) {
        std::visit(
            [&](auto find) {
                if constexpr (!std::is_same_v<decltype(find), std::monostate>) {
                    EXPECT_EQ(find(written), find(fresh)) << key.path << " is not the default";
                }
            },
            key.slot
        );
    }
}

// Commented-out examples count, too.
TEST(ExampleFile, MentionsEveryKey) {
    const std::string text = text_of(std::filesystem::path(AIHUB_SOURCE_DIR) / "config/aihub.yaml");
    for (const Key& key : schema()) {
        const std::string name(key.path.substr(key.path.rfind('.') + 1));
        if (!name.starts_with('<')) {
            const bool told = text.find(" " + name + ":") != std::string::npos ||
                              text.find("\n" + name + ":") != std::string::npos ||
                              text.find("{" + name + ":") != std::string::npos;
            EXPECT_TRUE(told) << key.path;
        }
    }
}

// Taking the comment signs away gives a file that is right, too.
TEST(ExampleFile, ItsExamplesLoad) {
    std::istringstream lines(text_of(std::filesystem::path(AIHUB_SOURCE_DIR) / "config/aihub.yaml"));
    std::string text;
    for (std::string line; std::getline(lines, line);) {
        const std::size_t at = line.find("#~ ");
        text += (at == std::string::npos ? line : line.erase(at, 3)) + "\n";
    }
    const auto source = [](const Plugins&) {
        std::vector<Preset> presets;
        for (const char* name : {"openai", "openrouter", "ollama", "azure", "simulator", "vertex-service-account"}) {
            Preset& preset = presets.emplace_back();
            preset.plugin = "test.provider";
            preset.name = name;
            preset.base_url = "https://api.test/v1";
        }
        return presets;
    };
    const auto environment = std::map<std::string, std::string>{
        {"OPENAI_API_KEY", "k"}, {"OPENROUTER_API_KEY", "k"}, {"AZURE_OPENAI_API_KEY", "k"}};
    const auto files = std::map<std::string, std::string>{
        {"/run/secrets/acme_key", "k\n"},
        {"/run/secrets/vertex.json", "{}\n"},
        {"/etc/aihub/models.yaml", "models: {acme: {names: [acme-*]}}\n"}};
    const auto loaded = load_text(text, "config/aihub.yaml", test::fake_sources(environment, files), source);
    std::string problems;
    for (const Problem& problem : loaded.problems) {
        problems += problem.text() + "\n";
    }
    ASSERT_NE(loaded.snapshot, nullptr) << problems;
    EXPECT_EQ(loaded.snapshot->providers.size(), 7U);
    EXPECT_EQ(loaded.snapshot->models.size(), 3U);
}

}  // namespace
}  // namespace aihub::config
