#include "app/memory_limit.hpp"

#include "support/posix.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace aihub::app {
namespace {

class MemoryLimitTest : public ::testing::Test {
protected:
    void write(const std::string& file, const std::string& text) const {
        const std::filesystem::path path(directory.file(file));
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }
    [[nodiscard]] std::uint64_t limit() const { return control_group_limit(directory.path()); }

    const testing::TempDir directory;
};

TEST_F(MemoryLimitTest, WithoutControlGroupsThereIsNone) {
    EXPECT_EQ(limit(), 0U);
    write("proc/self/cgroup", "nonsense\n0:\n");
    EXPECT_EQ(limit(), 0U);
}

TEST_F(MemoryLimitTest, TheLeastOfTheGroupAndThoseAboveItCounts) {
    write("proc/self/cgroup", "0::/system.slice/aihub.service\n");
    write("sys/fs/cgroup/system.slice/aihub.service/memory.max", "max\n");
    EXPECT_EQ(limit(), 0U);
    write("sys/fs/cgroup/system.slice/memory.max", "300000000\n");
    EXPECT_EQ(limit(), 300000000U);
    write("sys/fs/cgroup/system.slice/aihub.service/memory.max", "400000000\n");
    EXPECT_EQ(limit(), 300000000U);
    write("sys/fs/cgroup/system.slice/aihub.service/memory.max", "200000000\n");
    EXPECT_EQ(limit(), 200000000U);
}

TEST_F(MemoryLimitTest, InAContainerItsOwnLimitStandsAtTheTop) {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", "268435456\n");
    EXPECT_EQ(limit(), 268435456U);
    // The path of the host, of which nothing can be seen here.
    write("proc/self/cgroup", "0::/kubepods/pod1/c2\n");
    EXPECT_EQ(limit(), 268435456U);
}

TEST_F(MemoryLimitTest, VersionOneHasAFileSystemForMemory) {
    write("proc/self/cgroup", "7:cpu,cpuacct:/a\n5:memory:/docker/c2\n1:name=systemd:/\n");
    write("sys/fs/cgroup/memory/docker/c2/memory.limit_in_bytes", "9223372036854771712\n");
    EXPECT_EQ(limit(), 0U);
    write("sys/fs/cgroup/memory/docker/c2/memory.limit_in_bytes", "536870912\n");
    EXPECT_EQ(limit(), 536870912U);
}

TEST_F(MemoryLimitTest, TheLesserOfConfigurationAndControlGroupCounts) {
    config::Limits limits;
    EXPECT_EQ(memory_limit(limits, 0), 0U);
    EXPECT_EQ(memory_limit(limits, 5000), 5000U);
    limits.memory_max = 3000;
    EXPECT_EQ(memory_limit(limits, 0), 3000U);
    EXPECT_EQ(memory_limit(limits, 5000), 3000U);
    EXPECT_EQ(memory_limit(limits, 2000), 2000U);
}

TEST_F(MemoryLimitTest, BodiesGetHalfOfTheMemoryAndRepliesAQuarter) {
    config::Snapshot snapshot;
    snapshot.limits.body_memory_max = 1000;
    snapshot.limits.reply_memory_max = 500;
    const auto config = std::make_shared<const config::Snapshot>(snapshot);
    EXPECT_EQ(within_memory(config, 0), config);
    EXPECT_EQ(within_memory(config, 2000), config);
    EXPECT_EQ(within_memory(config, 1000)->limits.body_memory_max, 500U);
    EXPECT_EQ(within_memory(config, 1000)->limits.reply_memory_max, 250U);
    EXPECT_EQ(config->limits.body_memory_max, 1000U);
    snapshot.limits.body_memory_max = 500;
    const auto replies = within_memory(std::make_shared<const config::Snapshot>(snapshot), 1000);
    EXPECT_EQ(replies->limits.body_memory_max, 500U);
    EXPECT_EQ(replies->limits.reply_memory_max, 250U);
}

}  // namespace
}  // namespace aihub::app
