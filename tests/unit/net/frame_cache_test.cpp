#include "net/frame_cache.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace aihub::net {
namespace {

TEST(FrameCache, BlocksOfEverySizeAreApartAndUsable) {
    std::vector<std::pair<unsigned char*, std::size_t>> blocks;
    for (std::size_t bytes = 1; bytes <= 4096; bytes += 61) {
        auto* block = static_cast<unsigned char*>(take_frame(bytes));
        ASSERT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0U);
        std::memset(block, static_cast<int>(bytes % 251), bytes);
        blocks.emplace_back(block, bytes);
    }
    for (const auto& [block, bytes] : blocks) {
        for (std::size_t i = 0; i < bytes; ++i) {
            ASSERT_EQ(block[i], bytes % 251) << "a block of " << bytes << " bytes was written by another";
        }
        give_frame(block, bytes);
    }
}

TEST(FrameCache, MoreFramesThanItKeepsAreGivenBack) {
    std::vector<void*> frames;
    for (int i = 0; i < 1000; ++i) {
        frames.push_back(take_frame(200));
    }
    EXPECT_EQ(std::set(frames.begin(), frames.end()).size(), frames.size());
    for (void* frame : frames) {
        give_frame(frame, 200);
    }
    // The leak checker of the sanitizer build sees whether the rest was freed.
}

TEST(FrameCache, AFrameMayBeFreedByAnotherThread) {
    void* frame = take_frame(300);
    std::jthread([frame] { give_frame(frame, 300); }).join();
    void* again = take_frame(300);
    ASSERT_NE(again, nullptr);
    give_frame(again, 300);
}

}  // namespace
}  // namespace aihub::net
