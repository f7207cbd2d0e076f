#include "app/service_notice.hpp"

#include "support/posix.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <map>

namespace aihub::app {
namespace {

using namespace std::chrono_literals;

config::Sources sources_of(std::map<std::string, std::string> environment) {
    config::Sources sources;
    sources.environment = [environment = std::move(environment)](const std::string& name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    return sources;
}

// A socket as a service manager has one; `name` as in NOTIFY_SOCKET.
class Manager {
public:
    explicit Manager(std::string name) : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        if (name.front() == '@') {
            name.front() = '\0';
        }
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        name.copy(address.sun_path, name.size());
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        EXPECT_EQ(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    }
    // Empty: nothing is there.
    [[nodiscard]] std::string take() const {
        char text[256];
        const auto size = recv(socket_.get(), text, sizeof text, MSG_DONTWAIT);
        return size < 0 ? std::string() : std::string(text, static_cast<std::size_t>(size));
    }

private:
    testing::Descriptor socket_;
};

TEST(ServiceNotice, WithoutAManagerNothingHappens) {
    const ServiceNotice notice(sources_of({{"WATCHDOG_USEC", "5000000"}}));
    EXPECT_FALSE(notice.wanted());
    EXPECT_EQ(notice.watchdog(), 0us);
    notice.send("READY=1");
}

TEST(ServiceNotice, SendsToAPathAndToAnAbstractName) {
    const testing::TempDir directory;
    for (const auto& name : {directory.file("notify"), "@aihub-test-" + std::to_string(getpid())}) {
        const Manager manager(name);
        const ServiceNotice notice(sources_of({{"NOTIFY_SOCKET", name}}));
        EXPECT_TRUE(notice.wanted());
        notice.send("READY=1\nSTATUS=x");
        EXPECT_EQ(manager.take(), "READY=1\nSTATUS=x");
    }
}

TEST(ServiceNotice, AManagerThatWentAwayDoesNotHoldItUp) {
    const testing::TempDir directory;
    const ServiceNotice notice(sources_of({{"NOTIFY_SOCKET", directory.file("nobody")}}));
    notice.send("READY=1");
    EXPECT_TRUE(notice.wanted());
}

TEST(ServiceNotice, TheWatchdogCountsWhenItIsMeantForThisProcess) {
    const auto watchdog = [](std::map<std::string, std::string> more) {
        more.emplace("NOTIFY_SOCKET", "@x");
        return ServiceNotice(sources_of(std::move(more))).watchdog();
    };
    const auto own = std::to_string(getpid());
    EXPECT_EQ(watchdog({{"WATCHDOG_USEC", "5000000"}}), 5s);
    EXPECT_EQ(watchdog({{"WATCHDOG_USEC", "5000000"}, {"WATCHDOG_PID", own}}), 5s);
    EXPECT_EQ(watchdog({{"WATCHDOG_USEC", "5000000"}, {"WATCHDOG_PID", "1"}}), 0us);
    EXPECT_EQ(watchdog({{"WATCHDOG_USEC", "soon"}}), 0us);
    EXPECT_EQ(watchdog({{"WATCHDOG_USEC", "99999999999999999999"}}), 0us);
    EXPECT_EQ(watchdog({}), 0us);
}

TEST(ServiceNotice, WhatIsNoAddressIsIgnored) {
    for (const auto& name : {std::string(), std::string("/"), std::string("relative"), "/" + std::string(200, 'x')}) {
        EXPECT_FALSE(ServiceNotice(sources_of({{"NOTIFY_SOCKET", name}})).wanted()) << name;
    }
}

}  // namespace
}  // namespace aihub::app
