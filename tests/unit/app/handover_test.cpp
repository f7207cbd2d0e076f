#include "app/handover.hpp"

#include "net/listener.hpp"
#include "support/posix.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <string>

namespace aihub::app {
namespace {

using ::testing::HasSubstr;

config::Sources environment(std::map<std::string, std::string> variables) {
    config::Sources sources;
    sources.environment = [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    return sources;
}

// Puts a listening socket where a parent would leave it, and what was there back again.
class AtThree {
public:
    AtThree() : saved_(::fcntl(3, F_DUPFD_CLOEXEC, 100)) {
        testing::Descriptor socket = testing::listen_local();
        port_ = testing::local_port(socket);
        // The number 3 may have been free, and be this socket's.
        const testing::Descriptor copy(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 100));
        socket.close();
        ::dup2(copy.get(), 3);
    }
    ~AtThree() {
        ::close(3);
        if (saved_ >= 0) {
            ::dup2(saved_, 3);
            ::close(saved_);
        }
    }
    AtThree(const AtThree&) = delete;
    AtThree& operator=(const AtThree&) = delete;
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    int saved_;
    std::uint16_t port_ = 0;
};

TEST(Inheritance, NothingIsThereAsARule) {
    auto nothing = Inheritance::take(environment({}));
    ASSERT_TRUE(nothing);
    EXPECT_TRUE(nothing->sockets.close_rest().empty());
    nothing->say_ready();
}

TEST(Inheritance, TakesTheServiceManagersSockets) {
    const AtThree three;
    auto ours = Inheritance::take(environment({{"LISTEN_PID", std::to_string(::getpid())}, {"LISTEN_FDS", "1"}}));
    ASSERT_TRUE(ours) << ours.error().message;
    EXPECT_EQ(ours->sockets.close_rest(), std::vector<std::string>{"127.0.0.1:" + std::to_string(three.port())});
}

TEST(Inheritance, LeavesThoseOfAnotherProcess) {
    const AtThree three;
    auto theirs = Inheritance::take(environment({{"LISTEN_PID", "1"}, {"LISTEN_FDS", "1"}}));
    ASSERT_TRUE(theirs);
    EXPECT_TRUE(theirs->sockets.close_rest().empty());
}

TEST(Inheritance, RefusesNonsense) {
    for (const auto* count : {"", "x", "-1", "1x", "99999999999"}) {
        const auto refused = Inheritance::take(environment({{"AIHUB_LISTEN_FDS", count}}));
        ASSERT_FALSE(refused) << count;
        EXPECT_THAT(refused.error().message, HasSubstr("AIHUB_LISTEN_FDS"));
    }
}

}  // namespace
}  // namespace aihub::app
