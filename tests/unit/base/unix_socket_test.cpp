#include "base/unix_socket.hpp"

#include "support/posix.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace aihub {
namespace {

namespace fs = std::filesystem;
using testing::Descriptor;

// Whether what one side writes comes to the other.
bool talk(int listening, int client) {
    const Descriptor served(::accept(listening, nullptr, nullptr));
    char byte = 0;
    return ::send(client, "x", 1, 0) == 1 && ::recv(served.get(), &byte, 1, 0) == 1 && byte == 'x';
}

TEST(UnixSocket, belongs_to_its_owner_from_the_beginning) {
    const testing::TempDir directory;
    const std::string path = directory.file("one.sock");
    const auto before = ::umask(0);
    const auto made = listen_unix(path, 4);
    ::umask(before);
    ASSERT_TRUE(made) << made.error().message;
    const Descriptor listening(*made);
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const auto client = connect_unix(path);
    ASSERT_TRUE(client) << client.error().message;
    const Descriptor owned(*client);
    EXPECT_TRUE(talk(listening.get(), owned.get()));
    const auto again = listen_unix(path, 4);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::conflict);
}

TEST(UnixSocket, may_have_a_long_name) {
    const testing::TempDir directory;
    const std::string folder = directory.file(std::string(120, 'd'));
    fs::create_directory(folder);
    const std::string path = folder + "/one.sock";
    const auto made = listen_unix(path, 4);
    ASSERT_TRUE(made) << made.error().message;
    const Descriptor listening(*made);
    const auto client = connect_unix(path);
    ASSERT_TRUE(client) << client.error().message;
    const Descriptor owned(*client);
    EXPECT_TRUE(talk(listening.get(), owned.get()));
}

TEST(UnixSocket, where_nobody_listens_or_the_queue_is_full_it_says_so_at_once) {
    const testing::TempDir directory;
    EXPECT_EQ(connect_unix(directory.file("none")).error().code, Errc::unavailable);
    const std::string path = directory.file("one.sock");
    const Descriptor listening(*listen_unix(path, 0));
    std::vector<Descriptor> waiting;
    Result<int> last = connect_unix(path);
    while (last && waiting.size() < 100) {
        waiting.emplace_back(*last);
        last = connect_unix(path);
    }
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().code, Errc::unavailable);
    EXPECT_GE(waiting.size(), 1U);
}

TEST(UnixSocket, only_what_nobody_listens_at_is_removed) {
    const testing::TempDir directory;
    { const Descriptor gone(*listen_unix(directory.file("c-gone.sock"), 4)); }
    { const Descriptor other(*listen_unix(directory.file("other.sock"), 4)); }
    const Descriptor alive(*listen_unix(directory.file("c-alive.sock"), 4));
    std::ofstream(directory.file("c-file")) << "text";
    remove_stale_sockets(directory.path(), "c-");
    EXPECT_FALSE(fs::exists(directory.file("c-gone.sock")));
    EXPECT_TRUE(fs::exists(directory.file("c-alive.sock")));
    EXPECT_TRUE(fs::exists(directory.file("other.sock")));
    EXPECT_TRUE(fs::exists(directory.file("c-file")));
    remove_stale_sockets(directory.file("no folder"), "c-");
}

}  // namespace
}  // namespace aihub
