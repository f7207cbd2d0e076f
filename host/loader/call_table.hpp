// The handles of calls that plugins hold: slots with generations, so that a late one is recognised.
#pragma once

#include "capability/provider.hpp"

#include <aihub/ext/call.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace aihub::loader {

// What the table asks the C++ object of a call. It lives at least as long as its slot.
class CallOwner {
public:
    virtual ~CallOwner() = default;
    // [loop] A function that the plugin posted.
    virtual void run_posted(void (*function)(aihub_callstate*, void*), void* argument) = 0;
    // [any] The plugin said complete(), and the sink (if it was still to be told) has been told.
    virtual void plugin_completed() = 0;
    // [any] emit() or complete() came after the call's end.
    virtual void used_late(const char* function) = 0;
    // [any] Whether the call still waits for events; false: the plugin is told AIHUB_CANCELLED.
    [[nodiscard]] virtual bool wanted() const = 0;
};

// One slot. The word holds generation, a closed bit and the number of threads inside (pins); a slot is used again only
// when it is closed and nobody is inside, and then with the next generation.
struct alignas(64) CallSlot {
    enum class Phase : std::uint8_t { open, completed };

    std::atomic<std::uint64_t> word{std::uint64_t{1} << 31};  // closed, generation 0
    std::atomic<const void*> active{nullptr};  // codec tier: the thread that is inside a callback of this call
    std::atomic<Phase> phase{Phase::open};
    capability::ProviderTier tier = capability::ProviderTier::codec;
    capability::CallSink* sink = nullptr;
    std::shared_ptr<capability::CallSink> owned_sink;  // stream tier: plugin threads may be inside when the call ends
    std::shared_ptr<CallOwner> owned_owner;            // stream tier
    CallOwner* owner = nullptr;
    std::mutex posted_mutex;
    std::vector<std::pair<void (*)(aihub_callstate*, void*), void*>> posted;
};

// The table of the process: the ABI's functions get a handle and nothing else, so there can be only one. It grows in
// chunks, which are never freed, up to kCallsMax calls at once. Any thread; opening and closing take a short lock,
// looking up takes none.
class CallTable {
public:
    static constexpr std::uint32_t kCallsMax = 1u << 20;
    static constexpr std::size_t kPostedMax = 1024;  // waiting post()s of one call

    static CallTable& instance();

    // A codec call: sink and owner outlive close(), which waits for threads that are inside. nullptr: table full.
    [[nodiscard]] aihub_call* open(capability::CallSink& sink, CallOwner& owner);
    // A stream call: sink and owner are kept until the last thread left. nullptr: table full.
    [[nodiscard]] aihub_call* open(std::shared_ptr<capability::CallSink> sink, std::shared_ptr<CallOwner> owner);
    // From now on the handle is gone.
    void close(aihub_call* call);

    // The slot of an open handle, or nullptr. The caller is the call's host side or holds a pin.
    [[nodiscard]] CallSlot* slot(aihub_call* call) const;
    // Whether `slot` still has the generation of `call`.
    [[nodiscard]] static bool matches(const CallSlot& slot, aihub_call* call);
    // Enters a slot, so that it is not used again before leave(). False: gone.
    [[nodiscard]] bool enter(CallSlot& slot, aihub_call* call);
    void leave(CallSlot& slot, aihub_call* call);

    // How often a plugin used a handle whose call was gone, since the start of the process.
    std::atomic<std::uint64_t> gone_uses{0};

    [[nodiscard]] std::size_t open_calls() const { return open_.load(std::memory_order_relaxed); }

private:
    static constexpr std::uint32_t kChunk = 1024;

    CallTable() = default;
    [[nodiscard]] aihub_call* take(
        capability::ProviderTier tier,
        capability::CallSink* sink,
        std::shared_ptr<capability::CallSink> owned_sink,
        CallOwner* owner,
        std::shared_ptr<CallOwner> owned_owner
    );
    void recycle(CallSlot& slot, std::uint32_t index);

    std::atomic<CallSlot*> chunks_[kCallsMax / kChunk]{};
    std::mutex mutex_;  // guards free_ and used_
    std::vector<std::uint32_t> free_;
    std::uint32_t used_ = 0;
    std::atomic<std::size_t> open_{0};
};

// Says that the calling thread is inside a callback of a codec call, where emit() and complete() are allowed.
class ActiveCall {
public:
    explicit ActiveCall(CallSlot& slot) : slot_(slot) { slot_.active.store(token(), std::memory_order_release); }
    ~ActiveCall() { slot_.active.store(nullptr, std::memory_order_release); }
    ActiveCall(const ActiveCall&) = delete;
    ActiveCall& operator=(const ActiveCall&) = delete;

    // An address that no other living thread has.
    [[nodiscard]] static const void* token() {
        static thread_local const char kMark = 0;
        return &kMark;
    }

private:
    CallSlot& slot_;
};

}  // namespace aihub::loader
