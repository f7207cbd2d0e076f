#include "base/thread_task.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace aihub {
namespace {

TEST(ThreadTask, ScopesNestAndEnd) {
    EXPECT_TRUE(current_thread_task().owner.empty());
    {
        const TaskScope outer({"com.acme.one", "build"});
        {
            const TaskScope inner({"com.acme.two", "on_frame"});
            EXPECT_EQ(current_thread_task().owner, "com.acme.two");
            EXPECT_EQ(current_thread_task().name, "on_frame");
        }
        EXPECT_EQ(current_thread_task().owner, "com.acme.one");
        EXPECT_EQ(current_thread_task().name, "build");
    }
    EXPECT_TRUE(current_thread_task().owner.empty());
}

TEST(ThreadTask, EachThreadHasItsOwn) {
    const TaskScope here({"com.acme.one", "build"});
    std::jthread([] { EXPECT_TRUE(current_thread_task().owner.empty()); }).join();
    EXPECT_EQ(current_thread_task().owner, "com.acme.one");
}

}  // namespace
}  // namespace aihub
