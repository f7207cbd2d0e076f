#include "base/secret.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <new>
#include <sstream>
#include <string>
#include <type_traits>

namespace aihub {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
    out << value;
};

static_assert(Printable<std::string>);
static_assert(!Printable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret> && std::is_nothrow_move_assignable_v<Secret>);

// Whether the bytes of the object itself hold `text`; short strings live inside it.
bool object_holds(const Secret& secret, std::string_view text) {
    const std::string_view bytes(reinterpret_cast<const char*>(&secret), sizeof secret);
    return bytes.find(text) != std::string_view::npos;
}

TEST(Secret, exposes_what_it_was_given) {
    EXPECT_TRUE(Secret().empty());
    const Secret secret("sk-1");
    EXPECT_FALSE(secret.empty());
    EXPECT_EQ(secret.expose(), "sk-1");
    const Secret copy = secret;
    EXPECT_EQ(copy.expose(), "sk-1");
}

TEST(Secret, compares_by_value) {
    EXPECT_TRUE(Secret("abc") == Secret("abc"));
    EXPECT_TRUE(Secret() == Secret(""));
    EXPECT_FALSE(Secret("abc") == Secret("abd"));
    EXPECT_FALSE(Secret("abc") == Secret("bbc"));
    EXPECT_FALSE(Secret("abc") == Secret("abcd"));
    EXPECT_FALSE(Secret("abc") == Secret());
}

TEST(Secret, leaves_nothing_behind_when_it_is_moved) {
    Secret from("short-key");
    ASSERT_TRUE(object_holds(from, "short-key"));
    const Secret to = std::move(from);
    EXPECT_EQ(to.expose(), "short-key");
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is the point
    EXPECT_FALSE(object_holds(from, "hort-key"));

    Secret other("other-key");
    Secret target("first-val");
    target = std::move(other);
    EXPECT_EQ(target.expose(), "other-key");
    EXPECT_FALSE(object_holds(other, "ther-key"));  // NOLINT(bugprone-use-after-move)
}

TEST(Secret, survives_an_assignment_to_itself) {
    Secret secret("short-key");
    Secret& same = secret;
    secret = std::move(same);
    EXPECT_EQ(secret.expose(), "short-key");
    secret = same;
    EXPECT_EQ(secret.expose(), "short-key");
}

TEST(Secret, wipes_its_bytes_when_it_goes) {
    alignas(Secret) char room[sizeof(Secret)];
    auto* secret = new (room) Secret("short-key");
    ASSERT_TRUE(object_holds(*secret, "short-key"));
    secret->~Secret();
    EXPECT_EQ(std::string_view(room, sizeof room).find("hort-key"), std::string_view::npos);
}

}  // namespace
}  // namespace aihub
