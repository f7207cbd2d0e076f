#include "config/schema.hpp"

#include <gtest/gtest.h>

namespace aihub::config {
namespace {

TEST(SchemaText, SaysTypeRangeAndDefaultForPeople) {
    const Key& wait = *find_key("timeouts.header");
    EXPECT_EQ(type_text(wait), "duration");
    EXPECT_EQ(range_text(wait), "1ms to 1h");
    EXPECT_EQ(default_text(wait), "15s");
    const Key& size = *find_key("limits.header_bytes_max");
    EXPECT_EQ(range_text(size), "1KiB to 1MiB");
    EXPECT_EQ(default_text(size), "64KiB");
    const Key& word = *find_key("log.format");
    EXPECT_EQ(type_text(word), "one of `console`, `json`");
    EXPECT_EQ(range_text(word), "");
    EXPECT_EQ(default_text(*find_key("providers.<name>.enabled")), "true");
    EXPECT_EQ(default_text(*find_key("providers.<name>.ca_file")), "the certificates of the system");
}

}  // namespace
}  // namespace aihub::config
