// A gate that a limited number may be inside of at a time; the others stand in line.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace aihub {

// Any thread. Whoever entered calls leave() once. As long as nobody waits it is one atomic operation each way.
class Gate {
public:
    // One that stands in line: a base class, because it is told when its turn comes.
    class Waiter {
    public:
        Waiter() = default;
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        virtual ~Waiter() = default;
        // It is inside now. Called once, by the thread that made room, with no lock held; must not block. The waiter
        // stays alive until then, unless withdraw() was in time.
        virtual void admitted() = 0;

    private:
        friend class Gate;
        Waiter* next_ = nullptr;
        bool in_line_ = false;
    };
    enum class Entry { inside, in_line, full };

    // Goes in when fewer than `inside_max` are inside and nobody waits. 0: no limit.
    [[nodiscard]] bool try_enter(std::size_t inside_max);
    // The same, or stands in line when fewer than `waiting_max` do so.
    [[nodiscard]] Entry enter(std::size_t inside_max, std::size_t waiting_max, Waiter& waiter);
    // True: it stood in line and does not any more. False: admitted() was called or will be; then it is inside.
    [[nodiscard]] bool withdraw(Waiter& waiter);
    void leave();

    [[nodiscard]] std::size_t inside() const { return inside_of(state_.load(std::memory_order_relaxed)); }
    [[nodiscard]] std::size_t waiting() const { return waiting_of(state_.load(std::memory_order_relaxed)); }

private:
    // Both counts are one word, so that who leaves cannot miss who has just got in line.
    static constexpr std::uint64_t kOneInside = 1;
    static constexpr std::uint64_t kOneWaiting = 1ULL << 32U;
    static std::size_t inside_of(std::uint64_t state) { return state & 0xFFFFFFFFULL; }
    static std::size_t waiting_of(std::uint64_t state) { return state >> 32U; }
    Entry stand(std::size_t waiting_max, Waiter& waiter);
    // Lets in who fits; gives them as a list, to be told without the lock.
    Waiter* admit();
    static void tell(Waiter* admitted);

    std::atomic<std::uint64_t> state_{0};
    std::mutex mutex_;  // of the line and of every change to the count of those who wait
    Waiter* first_ = nullptr;
    Waiter* last_ = nullptr;
    std::size_t inside_max_ = 0;  // as it was last said; 0: no limit
};

}  // namespace aihub
