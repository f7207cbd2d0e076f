#include "net/inherited_sockets.hpp"

#include "net/listener.hpp"
#include "support/posix.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aihub::net {
namespace {

using ::testing::HasSubstr;

Address local(std::uint16_t port) {
    return *Address::parse("127.0.0.1", port);
}

// A socket that is ours to give away.
int left_over() {
    return ::dup(testing::listen_local().get());
}

bool open_still(int descriptor) {
    return ::fcntl(descriptor, F_GETFD) >= 0;
}

TEST(InheritedSockets, GivesThoseOfAnAddressAndClosesTheRest) {
    const int mine = left_over();
    const auto port = local_address(mine).port();
    auto sockets = InheritedSockets::take(mine, 1);
    ASSERT_TRUE(sockets) << sockets.error().message;
    EXPECT_TRUE(sockets->claim(local(static_cast<std::uint16_t>(port + 1))).empty());
    EXPECT_TRUE(sockets->claim(*Address::parse("127.0.0.2", port)).empty());
    EXPECT_TRUE(sockets->claim(*Address::parse("::1", port)).empty());
    EXPECT_EQ(sockets->claim(local(port)), std::vector<int>{mine});
    EXPECT_TRUE(sockets->claim(local(port)).empty());
    EXPECT_TRUE(sockets->close_rest().empty());
    EXPECT_TRUE(open_still(mine));
    EXPECT_EQ(::fcntl(mine, F_GETFD), FD_CLOEXEC);
    EXPECT_NE(::fcntl(mine, F_GETFL) & O_NONBLOCK, 0);
    ::close(mine);
}

TEST(InheritedSockets, PortZeroMeansTheFirstPort) {
    const int mine = left_over();
    auto sockets = InheritedSockets::take(mine, 1);
    ASSERT_TRUE(sockets);
    EXPECT_EQ(sockets->claim(local(0)), std::vector<int>{mine});
    ::close(mine);
}

TEST(InheritedSockets, SaysWhatItClosed) {
    const int mine = left_over();
    const auto text = local_address(mine).text();
    auto sockets = InheritedSockets::take(mine, 1);
    ASSERT_TRUE(sockets);
    EXPECT_EQ(sockets->close_rest(), std::vector<std::string>{text});
    EXPECT_FALSE(open_still(mine));
}

TEST(InheritedSockets, RefusesWhatDoesNotListen) {
    const testing::Descriptor plain(::socket(AF_INET, SOCK_STREAM, 0));
    const testing::Descriptor datagrams(::socket(AF_INET, SOCK_DGRAM, 0));
    const testing::Descriptor local_only(::socket(AF_UNIX, SOCK_STREAM, 0));
    const testing::Descriptor file(::open("/dev/null", O_RDONLY));
    for (const int descriptor : {plain.get(), datagrams.get(), local_only.get(), file.get(), 999}) {
        const auto sockets = InheritedSockets::take(descriptor, 1);
        ASSERT_FALSE(sockets);
        EXPECT_THAT(sockets.error().message, HasSubstr("descriptor " + std::to_string(descriptor)));
    }
}

// Whoever has connected to any of the sockets must be accepted, whatever the number of loops is now.
TEST(ListenSockets, TakesOverAllThatWereInherited) {
    auto before = ListenSockets::open("127.0.0.1", 0, 3);
    ASSERT_TRUE(before);
    const int first = before->take(0);
    for (std::size_t index = 1; index < 3; ++index) {
        ASSERT_EQ(before->take(index), first + static_cast<int>(index)) << "descriptors in a row are needed here";
    }
    auto inherited = InheritedSockets::take(first, 3);
    ASSERT_TRUE(inherited);
    auto after = ListenSockets::open("127.0.0.1", before->port(), 1, *inherited);
    ASSERT_TRUE(after) << after.error().message;
    EXPECT_EQ(after->size(), 3U);
    EXPECT_EQ(after->port(), before->port());
}

TEST(ListenSockets, OpensWhatIsMissing) {
    auto before = ListenSockets::open("127.0.0.1", 0, 1);
    ASSERT_TRUE(before);
    auto inherited = InheritedSockets::take(before->take(0), 1);
    ASSERT_TRUE(inherited);
    auto after = ListenSockets::open("127.0.0.1", before->port(), 4, *inherited);
    ASSERT_TRUE(after) << after.error().message;
    EXPECT_EQ(after->size(), 4U);
    for (std::size_t index = 0; index < 4; ++index) {
        const testing::Descriptor socket(after->take(index));
        EXPECT_EQ(local_address(socket.get()).port(), before->port());
    }
}

// A service manager's socket may not share its port.
TEST(ListenSockets, SharesASocketThatSharesNoPort) {
    const int mine = left_over();
    auto inherited = InheritedSockets::take(mine, 1);
    ASSERT_TRUE(inherited);
    auto after = ListenSockets::open("127.0.0.1", 0, 2, *inherited);
    ASSERT_TRUE(after) << after.error().message;
    ASSERT_EQ(after->size(), 2U);
    const testing::Descriptor one(after->take(0));
    const testing::Descriptor two(after->take(1));
    const auto client = testing::connect_local(after->port());
    const testing::Descriptor accepted(::accept(two.get(), nullptr, nullptr));
    EXPECT_TRUE(accepted.open());
}

}  // namespace
}  // namespace aihub::net
