// Decision records on disk: a folder of files "decisions-20260131T120000Z-0.log", each with a head and then frames, see
// decision_record.hpp. A file has one writer and is only appended to; its end may be torn.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::policy {

// At the beginning of each file: what it is, and the version of this framing.
inline constexpr std::string_view kDecisionFileHead{"aihubdec\1\0\0\0\0\0\0\0", 16};

struct DecisionFile {
    std::string path;
    std::uint64_t bytes = 0;
    WallTime changed{};  // when it was last written to
};

// In the order in which they were begun; other files of the folder are left alone. not_found: no such folder.
[[nodiscard]] Result<std::vector<DecisionFile>> list_decision_files(const std::string& directory);

// An open file descriptor; closed with it.
class FileHandle {
public:
    FileHandle() = default;
    explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
    ~FileHandle() { reset(); }
    FileHandle(FileHandle&& other) noexcept;
    FileHandle& operator=(FileHandle&& other) noexcept;

    [[nodiscard]] int get() const { return descriptor_; }
    [[nodiscard]] explicit operator bool() const { return descriptor_ >= 0; }
    void reset();

private:
    int descriptor_ = -1;
};

// Appends to one file at a time, and begins the next when it is full or old. One thread.
class DecisionFileWriter {
public:
    DecisionFileWriter(std::string directory, std::uint64_t file_bytes_max, const Clock& clock);
    // What was written reaches the disk before the file is closed.
    ~DecisionFileWriter();

    // Before append(): whether the next one begins a new file, for which `preface` is written first. A file is never
    // begun for nothing.
    // An error leaves the file as if append() had not been called, or gives the file up: the next one begins another.
    [[nodiscard]] Result<void> append(std::string_view frames, std::string_view preface);
    // Closes a file that is older than an hour, so that one can be removed for its age.
    void tick();
    // The one that is open; may be empty.
    [[nodiscard]] const std::string& path() const { return path_; }
    // Whether append() of so many bytes would begin a file.
    [[nodiscard]] bool would_begin(std::size_t bytes) const;

private:
    [[nodiscard]] Result<void> begin(std::string_view preface);
    [[nodiscard]] Result<void> write_all(std::string_view bytes);
    void close();

    const std::string directory_;
    const std::uint64_t file_bytes_max_;
    const Clock& clock_;
    FileHandle file_;
    std::string path_;
    std::uint64_t bytes_ = 0;
    SteadyTime begun_{};
};

// Removes the oldest files until the rest has at most `bytes_max` and none is older than `oldest`. `keep` stays. Gives
// how many were removed.
[[nodiscard]] Result<std::size_t> remove_old_files(
    const std::string& directory, std::uint64_t bytes_max, WallTime oldest, const std::string& keep
);

// Reads a file frame by frame, a piece at a time. One thread.
class DecisionFileReader {
public:
    // invalid_request: not a file of decisions, or of a newer version.
    [[nodiscard]] static Result<DecisionFileReader> open(const std::string& path);

    // Replaces `piece` by whole frames, as many as fit into about `bytes`. False: there are no more.
    [[nodiscard]] Result<bool> next(std::string& piece, std::size_t bytes);
    // At the end: what could not be read, because the writer was stopped in the middle of it, or for damage.
    [[nodiscard]] std::uint64_t lost_bytes() const { return lost_; }

private:
    DecisionFileReader(FileHandle file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

    FileHandle file_;
    std::string path_;
    std::string rest_;  // begins with a frame that is not whole yet
    std::uint64_t lost_ = 0;
    bool ended_ = false;
};

}  // namespace aihub::policy
