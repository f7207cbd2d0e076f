#include "loader/scaffold.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace aihub::loader {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ScaffoldTest : public ::testing::Test {
protected:
    void SetUp() override {
        fs::remove_all(root);
        fs::create_directories(root / "template/src");
        std::ofstream(root / "template/CMakeLists.txt") << "project(@NAME@)\n# @TITLE@ @NAME@\n";
        std::ofstream(root / "template/src/@NAME@.cpp") << "AIHUB_PLUGIN(\"@ID@\")";
        options.template_directory = root / "template";
        options.name = "acme-echo";
        options.directory = root / "made/";
    }
    void TearDown() override { fs::remove_all(root); }
    static std::string text(const fs::path& path) {
        std::ifstream in(path);
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }

    // Several of these tests may run at once.
    const fs::path root =
        fs::path(::testing::TempDir()) /
        (std::string("scaffold_test_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    ScaffoldOptions options;
};

TEST_F(ScaffoldTest, CopiesAndReplaces) {
    const auto made = make_plugin(options);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_THAT(made->files, ElementsAre("CMakeLists.txt", "src/acme_echo.cpp"));
    EXPECT_EQ(text(root / "made/CMakeLists.txt"), "project(acme_echo)\n# acme-echo acme_echo\n");
    EXPECT_EQ(text(root / "made/src/acme_echo.cpp"), "AIHUB_PLUGIN(\"com.example.acme-echo\")");
    EXPECT_FALSE(fs::exists(root / "made.new"));
}

TEST_F(ScaffoldTest, KeepsWhatIsThere) {
    fs::create_directories(root / "made");
    std::ofstream(root / "made/mine.txt") << "precious";
    const auto made = make_plugin(options);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::conflict);
    EXPECT_THAT(made.error().message, HasSubstr("exists already"));
    EXPECT_EQ(text(root / "made/mine.txt"), "precious");
}

TEST_F(ScaffoldTest, RefusesBadNames) {
    for (const char* name : {"", "Acme", "9lives", "a b", "../up", "a/b", "a-", "a--b", "@NAME@"}) {
        options.name = name;
        const auto made = make_plugin(options);
        ASSERT_FALSE(made) << name;
        EXPECT_THAT(made.error().message, HasSubstr("as in acme-echo"));
    }
    options.name = "acme";
    options.id = "nodots";
    EXPECT_THAT(make_plugin(options).error().message, HasSubstr("reverse domain name"));
}

TEST_F(ScaffoldTest, SaysThatThereIsNoTemplate) {
    options.kind = "billing";
    EXPECT_THAT(make_plugin(options).error().message, HasSubstr("no template for a billing"));
    options.kind = "provider";
    options.template_directory = root / "nowhere";
    EXPECT_EQ(make_plugin(options).error().code, Errc::not_found);
    EXPECT_FALSE(fs::exists(root / "made"));
}

}  // namespace
}  // namespace aihub::loader
