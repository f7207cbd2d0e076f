// Small owners of POSIX things, shared by the test harness.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace aihub::testing {

using Milliseconds = std::chrono::milliseconds;

// How long a test waits for something that should come at once. Generous, because sanitizer builds on a busy machine
// are slow; a test that passes never waits this long.
inline constexpr Milliseconds kPatience{10000};

// A file descriptor that is closed with its owner.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();

    [[nodiscard]] int get() const { return value_; }
    [[nodiscard]] bool open() const { return value_ >= 0; }
    void close();

private:
    int value_ = -1;
};

// A deadline that a loop of waits shares.
class Deadline {
public:
    explicit Deadline(Milliseconds patience = kPatience);
    // Time left for poll(): 0 when it has passed.
    [[nodiscard]] int left_ms() const;
    [[nodiscard]] bool passed() const { return left_ms() == 0; }
    // Time since it was made.
    [[nodiscard]] Milliseconds spent() const;

private:
    std::chrono::steady_clock::time_point start_;
    Milliseconds patience_;
};

// An event that happens once, can be waited for by threads and polled beside sockets. Any thread.
class Signal {
public:
    Signal();
    void set();
    // False: `patience` passed first.
    [[nodiscard]] bool wait(Milliseconds patience = kPatience) const;
    [[nodiscard]] int descriptor() const { return event_.get(); }

private:
    Descriptor event_;
};
using SignalPtr = std::shared_ptr<Signal>;
[[nodiscard]] SignalPtr make_signal();

// A listening socket on 127.0.0.1 at `port` (0: chosen by the kernel). Throws std::system_error.
[[nodiscard]] Descriptor listen_local(std::uint16_t port = 0);
[[nodiscard]] std::uint16_t local_port(const Descriptor& socket);
// A connected socket; `receive_buffer` > 0 limits what the kernel takes for us. Throws std::system_error.
[[nodiscard]] Descriptor connect_local(std::uint16_t port, int receive_buffer = 0);
void set_nonblocking(int descriptor);
void set_no_delay(int descriptor);
// The next close() sends RST in place of FIN.
void set_reset_on_close(int descriptor);

// Asks `check` every few milliseconds until it holds; for facts that no event tells (rows of a database, /proc).
[[nodiscard]] bool eventually(const std::function<bool()>& check, Milliseconds patience = kPatience);

// A directory of its own under the system's temporary one, removed with everything in it.
class TempDir {
public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

private:
    std::string path_;
};

// The bytes of a file; empty when there is none.
[[nodiscard]] std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view text);

}  // namespace aihub::testing
