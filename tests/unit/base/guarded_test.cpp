#include "base/guarded.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace aihub {
namespace {

TEST(Guarded, gives_what_the_function_gives) {
    Guarded<std::string> guarded("text");
    guarded.with([](std::string& text) { text += "!"; });
    const auto& constant = guarded;
    EXPECT_EQ(constant.with([](const std::string& text) { return text.size(); }), 5U);
}

TEST(Guarded, keeps_threads_apart) {
    Guarded<int> count(0);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&count] {
                for (int j = 0; j < 10000; ++j) {
                    count.with([](int& value) { ++value; });
                }
            });
        }
    }
    EXPECT_EQ(count.with([](int value) { return value; }), 40000);
}

}  // namespace
}  // namespace aihub
