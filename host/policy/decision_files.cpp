#include "policy/decision_files.hpp"

#include "policy/decision_record.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

namespace aihub::policy {

namespace {

constexpr std::string_view kBeginning = "decisions-";
constexpr std::string_view kEnd = ".log";
constexpr std::size_t kTimeLetters = sizeof("20260131T120000Z") - 1;
constexpr std::chrono::hours kFileAgeMax{1};
// Names of one second that are tried; there are never so many writers.
constexpr int kNamesMax = 1000;
constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;

Error system_error(const std::string& what, const std::string& path, int number) {
    return Error{
        number == ENOENT ? Errc::not_found : Errc::unavailable,
        what + " " + path + ": " + std::generic_category().message(number)};
}

std::string time_letters(WallTime time) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, kTimeLetters + 1> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

// "decisions-20260131T120000Z-12.log" as what orders it; empty: another file.
using Order = std::pair<std::string, int>;
std::optional<Order> order_of(std::string_view name) {
    if (!name.starts_with(kBeginning) || !name.ends_with(kEnd)) {
        return std::nullopt;
    }
    name.remove_prefix(kBeginning.size());
    name.remove_suffix(kEnd.size());
    if (name.size() < kTimeLetters + 2 || name[kTimeLetters] != '-') {
        return std::nullopt;
    }
    const auto digits = name.substr(kTimeLetters + 1);
    int number = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return Order{name.substr(0, kTimeLetters), number};
}

WallTime changed_at(const struct stat& about) {
    return WallTime(std::chrono::duration_cast<WallTime::duration>(
        std::chrono::seconds(about.st_mtim.tv_sec) + std::chrono::nanoseconds(about.st_mtim.tv_nsec)
    ));
}

// Behind what was read.
std::uint64_t unread_bytes(int descriptor) {
    struct stat about {};
    const auto at = ::lseek(descriptor, 0, SEEK_CUR);
    return ::fstat(descriptor, &about) == 0 && at >= 0 && about.st_size > at
               ? static_cast<std::uint64_t>(about.st_size - at)
               : 0;
}

}  // namespace

FileHandle::FileHandle(FileHandle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
    if (this != &other) {
        reset();
        descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
}

void FileHandle::reset() {
    if (descriptor_ >= 0) {
        (void)::close(std::exchange(descriptor_, -1));
    }
}

Result<std::vector<DecisionFile>> list_decision_files(const std::string& directory) {
    std::error_code failed;
    std::vector<std::pair<Order, DecisionFile>> found;
    for (std::filesystem::directory_iterator at(directory, failed), end; !failed && at != end; at.increment(failed)) {
        const auto order = order_of(at->path().filename().string());
        struct stat about {};
        // One that another process removed in between is not there.
        if (!order || ::stat(at->path().c_str(), &about) != 0 || !S_ISREG(about.st_mode)) {
            continue;
        }
        const auto bytes = static_cast<std::uint64_t>(about.st_size);
        found.emplace_back(*order, DecisionFile{at->path().string(), bytes, changed_at(about)});
    }
    if (failed) {
        return Error{Errc::not_found, "the folder of decisions " + directory + ": " + failed.message()};
    }
    std::ranges::sort(found, {}, [](const auto& pair) { return pair.first; });
    std::vector<DecisionFile> files;
    files.reserve(found.size());
    for (auto& [order, file] : found) {
        files.push_back(std::move(file));
    }
    return files;
}

DecisionFileWriter::DecisionFileWriter(std::string directory, std::uint64_t file_bytes_max, const Clock& clock)
    : directory_(std::move(directory)), file_bytes_max_(file_bytes_max), clock_(clock) {}

DecisionFileWriter::~DecisionFileWriter() {
    close();
}

void DecisionFileWriter::close() {
    if (file_) {
        (void)::fdatasync(file_.get());
        file_.reset();
    }
    path_.clear();
    bytes_ = 0;
}

bool DecisionFileWriter::would_begin(std::size_t bytes) const {
    return !file_ || bytes_ + bytes > file_bytes_max_;
}

Result<void> DecisionFileWriter::append(std::string_view frames, std::string_view preface) {
    if (would_begin(frames.size())) {
        close();
        AIHUB_CHECK(begin(preface));
    }
    return write_all(frames);
}

Result<void> DecisionFileWriter::begin(std::string_view preface) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(directory_, ignored)) {
        std::filesystem::create_directories(std::filesystem::path(directory_).parent_path(), ignored);
        if (::mkdir(directory_.c_str(), kFolderMode) != 0 && errno != EEXIST) {
            return system_error("cannot make the folder of decisions", directory_, errno);
        }
    }
    const auto time = time_letters(clock_.wall_now());
    for (int number = 0; number < kNamesMax; ++number) {
        auto path = directory_ + "/" + std::string(kBeginning) + time + "-" + std::to_string(number);
        path += kEnd;
        // Exclusively: a file has one writer, also while two processes hand over to each other.
        FileHandle file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, kFileMode));
        if (!file && errno == EEXIST) {
            continue;
        }
        if (!file) {
            return system_error("cannot make the file of decisions", path, errno);
        }
        file_ = std::move(file);
        path_ = std::move(path);
        bytes_ = 0;
        begun_ = clock_.steady_now();
        auto written = write_all(kDecisionFileHead);
        if (written && !preface.empty()) {
            written = write_all(preface);
        }
        if (!written) {
            (void)::unlink(path_.c_str());
            close();
        }
        return written;
    }
    return Error{Errc::unavailable, "cannot find a free name for a file of decisions in " + directory_};
}

// All of it or nothing: what was written of a part is cut off again, for nobody could read behind it.
Result<void> DecisionFileWriter::write_all(std::string_view bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto wrote = ::write(file_.get(), bytes.data() + done, bytes.size() - done);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            const int number = wrote < 0 ? errno : ENOSPC;
            const auto error = system_error("cannot write decisions to", path_, number);
            if (::ftruncate(file_.get(), static_cast<off_t>(bytes_)) != 0) {
                file_.reset();
            }
            return error;
        }
        done += static_cast<std::size_t>(wrote);
    }
    bytes_ += bytes.size();
    return {};
}

void DecisionFileWriter::tick() {
    if (file_ && clock_.steady_now() - begun_ >= kFileAgeMax) {
        close();
    }
}

Result<std::size_t> remove_old_files(
    const std::string& directory, std::uint64_t bytes_max, WallTime oldest, const std::string& keep
) {
    const auto files = AIHUB_TRY(list_decision_files(directory));
    std::uint64_t bytes = 0;
    for (const auto& file : files) {
        bytes += file.bytes;
    }
    std::size_t removed = 0;
    for (const auto& file : files) {
        if (file.path == keep || (bytes <= bytes_max && file.changed >= oldest)) {
            continue;
        }
        if (::unlink(file.path.c_str()) != 0 && errno != ENOENT) {
            return system_error("cannot remove the old file of decisions", file.path, errno);
        }
        bytes -= file.bytes;
        ++removed;
    }
    return removed;
}

Result<DecisionFileReader> DecisionFileReader::open(const std::string& path) {
    FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        return system_error("cannot read", path, errno);
    }
    std::array<char, kDecisionFileHead.size()> head{};
    const auto got = ::read(file.get(), head.data(), head.size());
    DecisionFileReader reader(std::move(file), path);
    if (got >= 0 && got < static_cast<ssize_t>(head.size())) {
        // Its writer was stopped at once.
        reader.ended_ = true;
        reader.lost_ = static_cast<std::uint64_t>(got);
        return reader;
    }
    if (got < 0 || std::string_view(head.data(), head.size()) != kDecisionFileHead) {
        return Error{
            Errc::invalid_request, path + " is no file of decisions, or one of a newer version; read it with that one"};
    }
    return reader;
}

Result<bool> DecisionFileReader::next(std::string& piece, std::size_t bytes) {
    piece.swap(rest_);
    rest_.clear();
    if (!ended_) {
        const auto before = piece.size();
        piece.resize(before + bytes);
        auto got = ::read(file_.get(), piece.data() + before, bytes);
        while (got < 0 && errno == EINTR) {
            got = ::read(file_.get(), piece.data() + before, bytes);
        }
        if (got < 0) {
            return system_error("cannot read", path_, errno);
        }
        piece.resize(before + static_cast<std::size_t>(got));
        ended_ = got == 0;
    }
    std::string_view left = piece;
    bool damaged = false;
    while (const auto size = frame_bytes(left, damaged)) {
        left.remove_prefix(*size);
    }
    if (damaged || ended_) {
        lost_ += left.size() + (ended_ ? 0 : unread_bytes(file_.get()));
        ended_ = true;
    } else {
        rest_ = left;
    }
    piece.resize(piece.size() - left.size());
    return !piece.empty() || !ended_;
}

}  // namespace aihub::policy
