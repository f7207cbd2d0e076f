#include "policy/decision_files.hpp"

#include "support/decision_fixture.hpp"
#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace aihub::policy {
namespace {

using testing::DecisionFolder;
using testing::FakeClock;
using testing::next_piece;

std::string frame(std::uint64_t version) {
    std::string out;
    append_values(out, version, {{"name", "value"}});
    seal_frames(out);
    return out;
}

std::vector<std::uint64_t> versions(const DecisionFolder& folder) {
    std::vector<std::uint64_t> all;
    for (const auto& payload : folder.payloads()) {
        ValuesRecord values;
        EXPECT_TRUE(decode_values(payload, values));
        all.push_back(values.version);
    }
    return all;
}

TEST(DecisionFiles, WhatWasAppendedIsReadInOrder) {
    const DecisionFolder folder;
    FakeClock clock;
    DecisionFileWriter writer(folder.path() + "/a/b", 1U << 20U, clock);
    for (std::uint64_t i = 1; i <= 300; ++i) {
        ASSERT_TRUE(writer.append(frame(i), {}));
    }
    const auto files = list_decision_files(folder.path() + "/a/b");
    ASSERT_TRUE(files);
    ASSERT_EQ(files->size(), 1U);
    auto reader = DecisionFileReader::open(files->front().path);
    ASSERT_TRUE(reader);
    std::uint64_t next = 1;
    // Pieces that are smaller than a frame, too.
    for (std::string piece; next_piece(*reader, piece, 7);) {
        for (std::string_view rest = piece; const auto cut = cut_frame(rest);) {
            ValuesRecord values;
            ASSERT_TRUE(cut->sound && decode_values(cut->payload, values));
            EXPECT_EQ(values.version, next++);
        }
    }
    EXPECT_EQ(next, 301U);
    EXPECT_EQ(reader->lost_bytes(), 0U);
}

TEST(DecisionFiles, ANewFileBeginsWhenOneIsFullOrOld) {
    const DecisionFolder folder;
    FakeClock clock;
    DecisionFileWriter writer(folder.path(), kDecisionFileHead.size() + 2 * frame(1).size(), clock);
    ASSERT_TRUE(writer.append(frame(1), {}));
    ASSERT_TRUE(writer.append(frame(2), frame(90)));
    ASSERT_TRUE(writer.append(frame(3), frame(91)));
    EXPECT_EQ(versions(folder), (std::vector<std::uint64_t>{1, 2, 91, 3}));
    clock.advance(std::chrono::hours(2));
    writer.tick();
    EXPECT_EQ(writer.path(), "");
    ASSERT_TRUE(writer.append(frame(4), {}));
    EXPECT_EQ(list_decision_files(folder.path())->size(), 3U);
    EXPECT_EQ(versions(folder), (std::vector<std::uint64_t>{1, 2, 91, 3, 4}));
}

TEST(DecisionFiles, TwoWritersOfOneSecondHaveFilesOfTheirOwn) {
    const DecisionFolder folder;
    FakeClock clock;
    DecisionFileWriter first(folder.path(), 1U << 20U, clock);
    DecisionFileWriter second(folder.path(), 1U << 20U, clock);
    for (std::uint64_t i = 1; i <= 3; ++i) {
        ASSERT_TRUE(first.append(frame(i), {}));
        ASSERT_TRUE(second.append(frame(i + 10), {}));
    }
    EXPECT_NE(first.path(), second.path());
    EXPECT_EQ(versions(folder), (std::vector<std::uint64_t>{1, 2, 3, 11, 12, 13}));
}

TEST(DecisionFiles, ATornEndIsPassedOver) {
    const DecisionFolder folder;
    FakeClock clock;
    std::string path;
    {
        DecisionFileWriter writer(folder.path(), 1U << 20U, clock);
        ASSERT_TRUE(writer.append(frame(1) + frame(2), {}));
        path = writer.path();
    }
    const auto whole = std::filesystem::file_size(path);
    for (std::size_t cut = 1; cut <= frame(2).size(); ++cut) {
        std::filesystem::resize_file(path, whole - cut);
        auto reader = DecisionFileReader::open(path);
        ASSERT_TRUE(reader);
        std::string all;
        for (std::string piece; next_piece(*reader, piece, 4096);) {
            all += piece;
        }
        EXPECT_EQ(all, frame(1)) << cut;
        EXPECT_EQ(reader->lost_bytes(), frame(2).size() - cut);
    }
    std::filesystem::resize_file(path, 5);
    EXPECT_EQ(DecisionFileReader::open(path)->lost_bytes(), 5U);
}

TEST(DecisionFiles, WhatIsNoLengthEndsAFile) {
    const DecisionFolder folder;
    FakeClock clock;
    DecisionFileWriter writer(folder.path(), 1U << 20U, clock);
    const std::string wrong(20, '\xff');
    ASSERT_TRUE(writer.append(frame(1) + wrong + frame(2), {}));
    auto reader = DecisionFileReader::open(writer.path());
    ASSERT_TRUE(reader);
    std::string all;
    for (std::string piece; next_piece(*reader, piece, 64);) {
        all += piece;
    }
    EXPECT_EQ(all, frame(1));
    EXPECT_EQ(reader->lost_bytes(), wrong.size() + frame(2).size());
}

TEST(DecisionFiles, OtherFilesAreNoDecisions) {
    const DecisionFolder folder;
    std::ofstream(folder.path() + "/decisions-20260131T120000Z-0.log") << "something that is quite another file";
    std::ofstream(folder.path() + "/decisions-of-mine.log") << "x";
    std::ofstream(folder.path() + "/notes.txt") << "x";
    const auto files = list_decision_files(folder.path());
    ASSERT_TRUE(files);
    ASSERT_EQ(files->size(), 1U);
    const auto opened = DecisionFileReader::open(files->front().path);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("is no file of decisions"), std::string::npos);
    EXPECT_FALSE(list_decision_files(folder.path() + "/nowhere"));
}

TEST(DecisionFiles, TheOldestGoFirst) {
    const DecisionFolder folder;
    FakeClock clock;
    std::string last;
    std::uint64_t bytes = 0;
    for (std::uint64_t i = 1; i <= 4; ++i) {
        DecisionFileWriter writer(folder.path(), 1U << 20U, clock);
        ASSERT_TRUE(writer.append(frame(i), {}));
        last = writer.path();
        bytes = std::filesystem::file_size(last);
        clock.advance(std::chrono::seconds(1));
    }
    const WallTime long_ago{};
    EXPECT_EQ(*remove_old_files(folder.path(), 4 * bytes, long_ago, last), 0U);
    EXPECT_EQ(*remove_old_files(folder.path(), 2 * bytes, long_ago, last), 2U);
    EXPECT_EQ(versions(folder), (std::vector<std::uint64_t>{3, 4}));
    // All are too old; the one that is open stays.
    const auto later = std::filesystem::file_time_type::clock::now() + std::chrono::hours(1);
    const auto later_wall = std::chrono::file_clock::to_sys(later);
    const auto oldest = std::chrono::time_point_cast<WallTime::duration>(later_wall);
    EXPECT_EQ(*remove_old_files(folder.path(), 4 * bytes, oldest, last), 1U);
    EXPECT_EQ(versions(folder), (std::vector<std::uint64_t>{4}));
}

}  // namespace
}  // namespace aihub::policy
