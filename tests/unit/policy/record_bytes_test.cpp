#include "policy/record_bytes.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace aihub::policy {
namespace {

TEST(RecordBytes, NumbersComeBack) {
    for (const std::int64_t value :
         {std::int64_t{0},
          std::int64_t{-1},
          std::int64_t{63},
          std::int64_t{64},
          std::int64_t{-12345678901},
          std::numeric_limits<std::int64_t>::min(),
          std::numeric_limits<std::int64_t>::max()}) {
        std::string out;
        ByteWriter(out).put(value);
        ByteReader reader(out);
        std::int64_t read = 0;
        reader.get(read);
        EXPECT_EQ(read, value);
        EXPECT_TRUE(reader.at_end());
    }
}

TEST(RecordBytes, ANumberHasOneForm) {
    for (const std::string_view bytes : {"\x80", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "\xff"}) {
        ByteReader reader(bytes);
        EXPECT_EQ(reader.varint(), 0U);
        EXPECT_FALSE(reader.good());
    }
    ByteReader longer(std::string_view("\x81\x00", 2));
    (void)longer.varint();
    EXPECT_FALSE(longer.good()) << "1 is one byte";
}

TEST(RecordBytes, TextsThatAreLargerThanTheBlockComeBack) {
    std::string out;
    const std::string large(5000, 'x');
    {
        ByteWriter writer(out);
        writer.put(std::string_view("a"));
        writer.put(std::string_view(large));
        writer.put(true);
    }
    ByteReader reader(out);
    EXPECT_EQ(reader.text(), "a");
    EXPECT_EQ(reader.text(), large);
    bool flag = false;
    reader.get(flag);
    EXPECT_TRUE(flag && reader.at_end());
}

TEST(RecordBytes, NothingIsReadBehindTheEnd) {
    ByteReader reader(std::string_view("\x05\x01\x02", 3));
    EXPECT_EQ(reader.text(), "");
    EXPECT_FALSE(reader.good());
    EXPECT_EQ(reader.fixed(), 0U);
    EXPECT_EQ(ByteReader("\x7f").count(), 0U);
}

}  // namespace
}  // namespace aihub::policy
