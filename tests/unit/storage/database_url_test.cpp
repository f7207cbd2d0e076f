#include "storage/database_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DatabaseUrl, takes_relative_and_absolute_paths) {
    for (const std::string path : {"var/aihub.db", "/var/lib/aihub/a b.db", "aihub.db"}) {
        const auto url = parse_database_url("sqlite:" + path);
        ASSERT_TRUE(url) << url.error().message;
        EXPECT_EQ(url->backend, Backend::sqlite);
        EXPECT_EQ(url->path, path);
    }
}

TEST(DatabaseUrl, refuses_what_it_cannot_use_and_says_why) {
    const struct {
        const char* url;
        const char* says;
    } cases[] = {
        {"", "must start with sqlite:"},
        {"var/aihub.db", "must start with sqlite:"},
        {"mysql:host=db", "its scheme is \"mysql\""},
        {"sqlite:", "names no file"},
        {"sqlite:var/", "names no file"},
        {"sqlite://var/aihub.db", "right after sqlite:"},
        {"sqlite::memory:", "cannot be in memory"},
        {"sqlite:a\"b", "may not hold quotes"},
        {"sqlite:a?mode=ro", "may not hold quotes, ?"},
        {"sqlite:a\nb", "control characters"},
    };
    for (const auto& [url, says] : cases) {
        const auto parsed = parse_database_url(url);
        ASSERT_FALSE(parsed) << url;
        EXPECT_EQ(parsed.error().code, Errc::invalid_request) << url;
        EXPECT_THAT(parsed.error().message, HasSubstr(says)) << url;
    }
    EXPECT_FALSE(parse_database_url("sqlite:" + std::string(2000, 'a')));
}

TEST(DatabaseUrl, does_not_repeat_a_password) {
    const auto parsed = parse_database_url("postgresql://user:pa55word@host/db");
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message, Not(HasSubstr("pa55word")));
}

}  // namespace
}  // namespace aihub::storage
