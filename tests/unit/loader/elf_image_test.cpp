#include "loader/elf_image.hpp"

#include "test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace aihub::loader::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string bytes_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The error of a file with these bytes, or "" when it is read.
std::string error_of(const std::string& bytes) {
    const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "elf_image_test.so";
    std::ofstream(path, std::ios::binary) << bytes;
    const auto image = read_elf(path);
    std::filesystem::remove(path);
    return image ? "" : image.error().message;
}

TEST(ElfImage, SeesExportsAndNeeds) {
    const auto image = read_elf(plugin_file("stream"));
    ASSERT_TRUE(image);
    EXPECT_TRUE(image->exports_symbol("aihub_plugin_entry"));
    EXPECT_THAT(image->needed, Contains(HasSubstr("libstdc++")));
    EXPECT_THAT(read_elf(plugin_file("undefined_symbol"))->undefined_aihub, ElementsAre("aihub_internal_function"));
    EXPECT_TRUE(read_elf(plugin_file("extra_exports"))->exports_symbol("a_second_export"));
}

TEST(ElfImage, RefusesOtherMachinesAndKinds) {
    const std::string good = bytes_of(plugin_file("codec"));
    std::string other = good;
    other[18] = 0x28;  // e_machine: 32-bit ARM
    EXPECT_THAT(error_of(other), HasSubstr("another machine (ELF number 40)"));
    other = good;
    other[4] = 1;  // EI_CLASS: 32 bits
    EXPECT_THAT(error_of(other), HasSubstr("not a 64-bit"));
    other = good;
    other[16] = 2;  // e_type: executable
    EXPECT_THAT(error_of(other), HasSubstr("not a shared object"));
    EXPECT_THAT(error_of(""), HasSubstr("not an ELF"));
    EXPECT_THAT(error_of(std::string(100, 'x')), HasSubstr("not an ELF"));
}

// Whatever is damaged, reading stays within the file; the sanitizers watch.
TEST(ElfImage, SurvivesDamage) {
    const std::string good = bytes_of(plugin_file("no_entry"));
    for (std::size_t size = 0; size < good.size(); size += 97) {
        EXPECT_NE(error_of(good.substr(0, size)), "") << size;
    }
    for (std::size_t at = 0; at < 64; ++at) {
        std::string damaged = good;
        damaged[at] = static_cast<char>(0xff);
        error_of(damaged);
    }
    for (std::size_t at = good.size() - 2400; at < good.size(); at += 7) {
        std::string damaged = good;
        damaged[at] = static_cast<char>(0xff);
        error_of(damaged);
    }
}

}  // namespace
}  // namespace aihub::loader::testing
