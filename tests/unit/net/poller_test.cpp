#include "net/poller.hpp"

#include "support/posix.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <string>

namespace aihub::net {
namespace {

struct Listener final : Pollable {
    std::string heard;
    std::function<void()> then;
    void on_news(News news) override {
        heard += news.readable ? "r" : "";
        heard += news.writable ? "w" : "";
        heard += news.hung_up ? "h" : "";
        heard += ".";
        if (then) {
            then();
        }
    }
};

struct Pair {
    testing::Descriptor ours, theirs;
    Pair() {
        int both[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both), 0);
        ours = testing::Descriptor(both[0]);
        theirs = testing::Descriptor(both[1]);
    }
    void send() const { EXPECT_EQ(::send(theirs.get(), "x", 1, 0), 1); }
};

TEST(Poller, tells_each_edge_once) {
    Poller poller;
    const Pair pair;
    Listener listener;
    ASSERT_TRUE(poller.add(pair.ours.get(), listener));
    poller.dispatch();
    EXPECT_EQ(listener.heard, "w.");  // what was so when it was added
    poller.dispatch();
    EXPECT_EQ(listener.heard, "w.");
    pair.send();
    poller.dispatch();
    poller.dispatch();
    EXPECT_EQ(listener.heard, "w.rw.");
    pair.send();  // more of the same is news, too
    poller.dispatch();
    EXPECT_EQ(listener.heard, "w.rw.rw.");
    EXPECT_EQ(poller.rounds(), 5U);
}

TEST(Poller, tells_the_end) {
    Poller poller;
    Pair pair;
    Listener listener;
    ASSERT_TRUE(poller.add(pair.ours.get(), listener));
    poller.dispatch();
    pair.theirs.close();
    poller.dispatch();
    EXPECT_EQ(listener.heard, "w.rwh.");
}

TEST(Poller, tells_nothing_after_remove) {
    Poller poller;
    const Pair first, second;
    Listener one, two;
    ASSERT_TRUE(poller.add(first.ours.get(), one));
    ASSERT_TRUE(poller.add(second.ours.get(), two));
    // Both have news in one round; whoever is told first removes the other.
    one.then = [&] { poller.remove(second.ours.get(), two); };
    two.then = [&] { poller.remove(first.ours.get(), one); };
    poller.dispatch();
    EXPECT_EQ(one.heard.size() + two.heard.size(), 2U);
}

TEST(Poller, refuses_what_cannot_be_polled) {
    Poller poller;
    Listener listener;
    EXPECT_FALSE(poller.add(-1, listener));
}

}  // namespace
}  // namespace aihub::net
