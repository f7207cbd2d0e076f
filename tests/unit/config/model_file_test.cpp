#include "config/model_file.hpp"

#include "support/config_presets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace aihub::config {
namespace {

using ::testing::HasSubstr;

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

Sources no_sources() {
    return test::fake_sources({{"MODEL", "acme-env"}}, {});
}

std::string problems_text(Problems problems) {
    std::string out;
    for (const Problem& problem : std::move(problems).take()) {
        out += problem.text() + "\n";
    }
    return out;
}

ModelTable builtin() {
    Problems problems("models.yaml");
    ModelTable table = read_models(builtin_models(), no_sources(), problems);
    EXPECT_EQ(problems_text(std::move(problems)), "");
    return table;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) {
        out += (out.empty() ? "" : " ") + word;
    }
    return out;
}

std::string dump(const ModelTable& table) {
    std::string out;
    for (const auto& facts : table.entries()) {
        out += facts.name + ": names " + joined(facts.names) + "; in " + joined(facts.input) + "; out " +
               joined(facts.output) + "; tokenizer " + std::string(model::tokenizer_name(facts.tokenizer)) + "; " +
               to_json(facts) + "\n";
    }
    return out;
}

// AIHUB_UPDATE_GOLDEN=1 writes what is the case now; read the difference before keeping it.
TEST(ModelFile, GivesWhatTheCasesExpect) {
    std::size_t cases = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(AIHUB_TESTS_DIR) / "golden/models")) {
        if (entry.path().extension() != ".yaml") {
            continue;
        }
        ++cases;
        Problems problems("models.yaml");
        const ModelTable table = read_models(text_of(entry.path()), no_sources(), problems);
        const std::string result = problems_text(std::move(problems)) + dump(table);
        const auto expected = fs::path(entry.path()).replace_extension(".expected");
        if (std::getenv("AIHUB_UPDATE_GOLDEN") != nullptr) {
            std::ofstream(expected) << result;
        }
        EXPECT_EQ(result, text_of(expected)) << entry.path().filename();
    }
    EXPECT_GE(cases, 4U);
}

TEST(ModelFile, TheOneThatIsBuiltInIsTheOneOfTheTree) {
    EXPECT_EQ(builtin_models(), text_of(fs::path(AIHUB_SOURCE_DIR) / "config/models.yaml"));
    EXPECT_GE(builtin().entries().size(), 40U);
}

TEST(ModelFile, NoNameOfItStandsTwiceAndEveryEntryIsReached) {
    const ModelTable table = builtin();
    for (const auto& facts : table.entries()) {
        EXPECT_FALSE(facts.input.empty()) << facts.name;
        EXPECT_FALSE(facts.output.empty()) << facts.name;
        for (std::string name : facts.names) {
            if (name.ends_with('*')) {
                name.pop_back();
            }
            const auto* found = table.find(name);
            ASSERT_NE(found, nullptr) << name;
            // "x" may be a name and "x*" a pattern of another entry.
            const bool exact_of_other = found->name != facts.name && table.find(name + "-0") == &facts;
            EXPECT_TRUE(found->name == facts.name || exact_of_other) << name << " leads to " << found->name;
        }
    }
}

// docs/models.md explains every flag that is known.
TEST(ModelFile, ThePageTellsEveryWord) {
    const std::string page = text_of(fs::path(AIHUB_SOURCE_DIR) / "docs/models.md");
    Problems problems("m");
    (void)read_models(
        "models: {a: {names: [a], flags: [x], input: [x], output: [x], reasoning: x, tokenizer: x}}",
        no_sources(),
        problems
    );
    std::size_t told = 0;
    for (const Problem& problem : std::move(problems).take()) {
        const auto list = problem.message.find("one of ");
        ASSERT_NE(list, std::string::npos) << problem.message;
        std::istringstream words(problem.message.substr(list + 7));
        for (std::string word; words >> word; ++told) {
            word = word.substr(0, word.find(','));
            EXPECT_THAT(page, HasSubstr("`" + word + "`"));
        }
    }
    EXPECT_GE(told, 30U);
}

TEST(ModelFile, TooManyEntriesAreRefused) {
    std::string text = "models:\n";
    for (std::size_t index = 0; index <= kModelEntriesMax; ++index) {
        text += "  m" + std::to_string(index) + ": {names: [m]}\n";
    }
    Problems problems("m");
    EXPECT_TRUE(read_models(text, no_sources(), problems).entries().empty());
    EXPECT_THAT(problems_text(std::move(problems)), HasSubstr("more than 1000 entries"));
    std::string names = "models: {a: {names: [";
    for (std::size_t index = 0; index <= kModelNamesMax; ++index) {
        names += "n" + std::to_string(index) + ",";
    }
    Problems many("m");
    EXPECT_TRUE(read_models(names + "]}}", no_sources(), many).entries().empty());
    EXPECT_THAT(problems_text(std::move(many)), HasSubstr("not a list of 1 to 64 names"));
}

TEST(ModelFile, EntriesOfTheFileGoFirst) {
    const auto load = [](const std::string& models) {
        const auto sources = test::fake_sources({}, {{"/etc/models.yaml", models}});
        return load_text("models_file: /etc/models.yaml\n", "hub.yaml", sources, [](const Plugins&) {
            return std::vector<Preset>();
        });
    };
    const auto loaded = load("models: {mine: {names: [gpt-4*, prod], context_tokens: 1000}}\n");
    ASSERT_NE(loaded.snapshot, nullptr) << loaded.problems.front().text();
    const ModelTable& table = loaded.snapshot->model_table;
    EXPECT_EQ(table.find("gpt-4o")->name, "mine")
        << "a short pattern of the file is before a long one that is built in";
    EXPECT_EQ(table.find("prod")->name, "mine");
    EXPECT_EQ(table.find("o3")->name, "o3-and-o4-mini");
    const auto copy = *loaded.snapshot;
    EXPECT_EQ(copy.model_table.find("o3")->name, "o3-and-o4-mini");
    EXPECT_NE(loaded.snapshot->models_file_hash, load("models: {}\n").snapshot->models_file_hash);
}

TEST(ModelFile, AFileWithMistakesIsNotTaken) {
    const auto load = [](std::map<std::string, std::string> files) {
        const auto loaded = load_text(
            "loops: x\nmodels_file: m.yaml\n",
            "hub.yaml",
            test::fake_sources({}, std::move(files)),
            [](const Plugins&) { return std::vector<Preset>(); }
        );
        EXPECT_EQ(loaded.snapshot, nullptr);
        std::string out;
        for (const Problem& problem : loaded.problems) {
            out += problem.text() + "\n";
        }
        return out;
    };
    EXPECT_EQ(
        load({{"m.yaml", "models:\n  a:\n    names: [a]\n    contxt_tokens: 5\n"}}),
        "hub.yaml:1:8: loops: not a whole number, write digits only, for example 256\n"
        "m.yaml:4:5: models.a.contxt_tokens: unknown key, did you mean context_tokens?\n"
    );
    EXPECT_THAT(
        load({}), HasSubstr("m.yaml: the file cannot be read (No such file or directory), make it readable or correct")
    );
}

TEST(ModelFile, IsThereInAStartWithoutAFile) {
    const auto loaded = load_defaults(test::fake_sources({}, {}), [](const Plugins&) { return std::vector<Preset>(); });
    ASSERT_NE(loaded.snapshot, nullptr);
    EXPECT_EQ(loaded.snapshot->model_table.find("gpt-4o")->name, "gpt-4o");
}

}  // namespace
}  // namespace aihub::config
