#include "identity/pepper.hpp"

#include "base/ids.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

namespace aihub::identity {

namespace {

constexpr std::string_view kVersion = "v1:";
constexpr std::size_t kBytes = 32;
constexpr std::size_t kTextSize = kVersion.size() + 2 * kBytes;

Error refused(const std::string& file, const std::string& what) {
    return {Errc::unavailable, "the pepper file " + file + " " + what, "pepper", "identity.pepper_file"};
}

Error failed(const std::string& file, const std::string& what, int error) {
    return refused(file, what + ": " + std::generic_category().message(error) + "; check owner and mode");
}

class File {
public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    ~File() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] int get() const { return descriptor_; }

private:
    int descriptor_;
};

std::optional<unsigned char> hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned char>(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return static_cast<unsigned char>(c - 'a' + 10);
    }
    return std::nullopt;
}

Result<Secret> parse(const std::string& file, std::string_view text) {
    if (!text.empty() && text.back() == '\n') {
        text.remove_suffix(1);
    }
    const std::string remedy = "; restore it from a back-up, or, if no key is in use, remove it and make new keys";
    if (text.empty()) {
        return refused(file, "is empty" + remedy);
    }
    if (text.size() != kTextSize || !text.starts_with(kVersion)) {
        return refused(file, "is not v1: and 64 hex digits" + remedy);
    }
    text.remove_prefix(kVersion.size());
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto high = hex_value(text[i]);
        const auto low = hex_value(text[i + 1]);
        if (!high || !low) {
            return refused(file, "is not v1: and 64 hex digits" + remedy);
        }
        bytes.push_back(static_cast<char>(*high << 4U | *low));
    }
    return Secret(std::move(bytes));
}

// Nothing when there is no file.
Result<std::optional<Secret>> load(const std::string& file) {
    const File opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (opened.get() < 0) {
        if (errno == ENOENT) {
            return std::optional<Secret>();
        }
        return failed(file, "cannot be read", errno);
    }
    struct stat status {};
    if (::fstat(opened.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return refused(file, "is not a regular file");
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return refused(file, "can be read by others; run chmod 600 on it, and make new keys if others had access");
    }
    std::array<char, kTextSize + 2> text{};
    const auto size = ::read(opened.get(), text.data(), text.size());
    if (size < 0) {
        return failed(file, "cannot be read", errno);
    }
    auto pepper = parse(file, {text.data(), static_cast<std::size_t>(size)});
    OPENSSL_cleanse(text.data(), text.size());
    return std::optional<Secret>(AIHUB_TRY(std::move(pepper)));
}

std::string fresh_text() {
    std::array<unsigned char, kBytes> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        std::abort();  // Without randomness every hash could be guessed.
    }
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text(kVersion);
    text.reserve(kTextSize + 1);
    for (const unsigned char byte : bytes) {
        text.push_back(kDigits[byte >> 4U]);
        text.push_back(kDigits[byte & 0xfU]);
    }
    text.push_back('\n');
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return text;
}

Result<void> make_directories(const std::string& file, const std::filesystem::path& directory) {
    std::error_code error;
    if (directory.empty() || std::filesystem::is_directory(directory, error)) {
        return {};
    }
    AIHUB_CHECK(make_directories(file, directory.parent_path()));
    if (::mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
        return failed(file, "has no directory and it cannot be created", errno);
    }
    return {};
}

Result<void> write_new(const std::string& path, const std::string& text) {
    const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (file.get() < 0) {
        return failed(path, "cannot be created", errno);
    }
    const auto written = ::write(file.get(), text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || ::fsync(file.get()) != 0) {
        const int error = errno;
        ::unlink(path.c_str());
        return failed(path, "cannot be written", error);
    }
    return {};
}

// Written whole under another name and then linked: nobody ever reads half a pepper, and link() does not replace one
// that somebody else has made meanwhile.
Result<void> make(const std::string& file) {
    const auto directory = std::filesystem::path(file).parent_path();
    AIHUB_CHECK(make_directories(file, directory));
    const std::string draft = file + "." + random_base62(12);
    Secret text(fresh_text());
    AIHUB_CHECK(write_new(draft, std::string(text.expose())));
    const int linked = ::link(draft.c_str(), file.c_str());
    const int error = errno;
    ::unlink(draft.c_str());
    if (linked != 0 && error != EEXIST) {
        return failed(file, "cannot be created", error);
    }
    // The name must survive a power cut too, or the keys made with it would not.
    const File parent(::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (parent.get() < 0 || ::fsync(parent.get()) != 0) {
        return failed(file, "cannot be made durable", errno);
    }
    return {};
}

}  // namespace

Result<Secret> load_or_make_pepper(const std::string& file) {
    auto existing = AIHUB_TRY(load(file));
    if (existing) {
        return *std::move(existing);
    }
    AIHUB_CHECK(make(file));
    auto made = AIHUB_TRY(load(file));
    if (!made) {
        return refused(file, "was removed while it was being made, start again");
    }
    return *std::move(made);
}

}  // namespace aihub::identity
