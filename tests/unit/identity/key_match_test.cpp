#include "identity/key_match.hpp"

#include <gtest/gtest.h>

namespace aihub::identity {
namespace {

KeyRecord key(const std::string& id, const std::string& name, KeyStatus status = KeyStatus::active) {
    KeyRecord record;
    record.id = KeyId(id);
    record.name = name;
    record.status = status;
    return record;
}

const std::vector<KeyRecord> kKeys{
    key("ak_aaa1", "web-shop"),
    key("ak_aab2", "nightly"),
    key("ak_bbb3", "nightly", KeyStatus::revoked),
    key("ak_ccc4", "twin"),
    key("ak_ccd5", "twin"),
    key("ak_ddd6", "old", KeyStatus::revoked),
};

std::string matched(std::string_view which) {
    const auto found = match_key(kKeys, which);
    return found ? (*found)->id.text() : found.error().message;
}

TEST(KeyMatch, takes_ids_unique_beginnings_and_names) {
    EXPECT_EQ(matched("ak_bbb3"), "ak_bbb3");
    EXPECT_EQ(matched("ak_b"), "ak_bbb3");
    EXPECT_EQ(matched("ak_aab"), "ak_aab2");
    EXPECT_EQ(matched("web-shop"), "ak_aaa1");
    EXPECT_EQ(matched("nightly"), "ak_aab2");  // the active one
    EXPECT_EQ(matched("old"), "ak_ddd6");
}

TEST(KeyMatch, says_which_when_several_fit) {
    EXPECT_EQ(matched("twin"), "several keys fit, give the id of one: twin (ak_ccc4), twin (ak_ccd5)");
    EXPECT_EQ(matched("ak_aa"), "several keys fit, give the id of one: web-shop (ak_aaa1), nightly (ak_aab2)");
    EXPECT_EQ(match_key(kKeys, "twin").error().code, Errc::conflict);
}

TEST(KeyMatch, names_what_looks_alike) {
    EXPECT_EQ(matched("web-shpo"), "no key has this id or name, did you mean web-shop (ak_aaa1)?");
    EXPECT_EQ(matched("shop"), "no key has this id or name, did you mean web-shop (ak_aaa1)?");
    EXPECT_EQ(matched("something"), "no key has this id or name, list the keys to see what there is");
    EXPECT_EQ(matched(""), "no key has this id or name, list the keys to see what there is");
    EXPECT_EQ(matched("ak_"), "no key has this id or name, list the keys to see what there is");
    EXPECT_EQ(match_key(kKeys, "x").error().code, Errc::not_found);
}

}  // namespace
}  // namespace aihub::identity
