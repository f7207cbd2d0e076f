#include "base/thread_kind.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace aihub {
namespace {

TEST(ThreadKind, belongs_to_the_thread_that_set_it) {
    EXPECT_EQ(current_thread_kind(), ThreadKind::any);
    ThreadKind there = ThreadKind::any;
    std::jthread([&] {
        set_thread_kind(ThreadKind::loop);
        there = current_thread_kind();
    }).join();
    EXPECT_EQ(there, ThreadKind::loop);
    EXPECT_EQ(current_thread_kind(), ThreadKind::any);
}

}  // namespace
}  // namespace aihub
