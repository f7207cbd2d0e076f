#include "loader/call_table.hpp"

#include <thread>

namespace aihub::loader {
namespace {

constexpr std::uint64_t kClosed = std::uint64_t{1} << 31;
constexpr std::uint64_t kPins = kClosed - 1;

std::uint32_t generation_of(std::uint64_t word) {
    return static_cast<std::uint32_t>(word >> 32);
}

// A handle is generation and index + 1 in one word: NULL and small numbers are never valid.
std::uint64_t bits(aihub_call* call) {
    return reinterpret_cast<std::uintptr_t>(call);
}
std::uint32_t index_of(aihub_call* call) {
    return static_cast<std::uint32_t>(bits(call)) - 1;
}

aihub_call* make_handle(std::uint32_t generation, std::uint32_t index) {
    const std::uint64_t value = (std::uint64_t{generation} << 32) | (std::uint64_t{index} + 1);
    return reinterpret_cast<aihub_call*>(static_cast<std::uintptr_t>(value));
}

}  // namespace

CallTable& CallTable::instance() {
    // Never destroyed: a plugin's thread may still try a handle while the process ends.
    static auto* const kTable = new CallTable;
    return *kTable;
}

aihub_call* CallTable::take(
    capability::ProviderTier tier,
    capability::CallSink* sink,
    std::shared_ptr<capability::CallSink> owned_sink,
    CallOwner* owner,
    std::shared_ptr<CallOwner> owned_owner
) {
    std::uint32_t index = 0;
    {
        const std::scoped_lock lock(mutex_);
        if (!free_.empty()) {
            index = free_.back();
            free_.pop_back();
        } else if (used_ < kCallsMax) {
            index = used_++;
            if (index % kChunk == 0) {
                chunks_[index / kChunk].store(new CallSlot[kChunk], std::memory_order_release);
            }
        } else {
            return nullptr;
        }
    }
    CallSlot& slot = chunks_[index / kChunk].load(std::memory_order_acquire)[index % kChunk];
    slot.tier = tier;
    slot.sink = sink;
    slot.owned_sink = std::move(owned_sink);
    slot.owner = owner;
    slot.owned_owner = std::move(owned_owner);
    slot.phase.store(CallSlot::Phase::open, std::memory_order_relaxed);
    // The free slot's word is generation and the closed bit; opening it publishes the fields above.
    const std::uint32_t generation = generation_of(slot.word.load(std::memory_order_relaxed)) + 1;
    slot.word.store(std::uint64_t{generation} << 32, std::memory_order_release);
    open_.fetch_add(1, std::memory_order_relaxed);
    return make_handle(generation, index);
}

aihub_call* CallTable::open(capability::CallSink& sink, CallOwner& owner) {
    return take(capability::ProviderTier::codec, &sink, nullptr, &owner, nullptr);
}

aihub_call* CallTable::open(std::shared_ptr<capability::CallSink> sink, std::shared_ptr<CallOwner> owner) {
    capability::CallSink* plain_sink = sink.get();
    CallOwner* plain_owner = owner.get();
    return take(capability::ProviderTier::stream, plain_sink, std::move(sink), plain_owner, std::move(owner));
}

CallSlot* CallTable::slot(aihub_call* call) const {
    const std::uint32_t index = index_of(call);
    if (index >= kCallsMax) {
        return nullptr;
    }
    CallSlot* chunk = chunks_[index / kChunk].load(std::memory_order_acquire);
    return chunk == nullptr ? nullptr : &chunk[index % kChunk];
}

bool CallTable::matches(const CallSlot& slot, aihub_call* call) {
    return generation_of(slot.word.load(std::memory_order_acquire)) == generation_of(bits(call));
}

bool CallTable::enter(CallSlot& slot, aihub_call* call) {
    std::uint64_t word = slot.word.load(std::memory_order_acquire);
    while (generation_of(word) == generation_of(bits(call)) && (word & kClosed) == 0) {
        if (slot.word.compare_exchange_weak(word, word + 1, std::memory_order_acq_rel, std::memory_order_acquire)) {
            return true;
        }
    }
    return false;
}

void CallTable::leave(CallSlot& slot, aihub_call* call) {
    // Read while inside: once out, the slot may belong to another call.
    const auto tier = slot.tier;
    const std::uint64_t before = slot.word.fetch_sub(1, std::memory_order_acq_rel);
    // The last one out of a closed stream slot turns off the light; a codec slot is recycled by close().
    if ((before & kClosed) != 0 && (before & kPins) == 1 && tier == capability::ProviderTier::stream) {
        recycle(slot, index_of(call));
    }
}

void CallTable::close(aihub_call* call) {
    CallSlot* const slot = this->slot(call);
    const auto tier = slot->tier;
    const std::uint64_t before = slot->word.fetch_or(kClosed, std::memory_order_acq_rel);
    if ((before & kPins) == 0) {
        recycle(*slot, index_of(call));
        return;
    }
    if (tier == capability::ProviderTier::stream) {
        return;
    }
    // A codec's sink is borrowed. Only deadline(), cancelled() and post() from a foreign thread can be inside, and
    // those are a few instructions long.
    while ((slot->word.load(std::memory_order_acquire) & kPins) != 0) {
        std::this_thread::yield();
    }
    recycle(*slot, index_of(call));
}

void CallTable::recycle(CallSlot& slot, std::uint32_t index) {
    // Released outside of the lock, and after the slot is out of reach: these destructors run code of others.
    const std::shared_ptr<capability::CallSink> sink = std::move(slot.owned_sink);
    const std::shared_ptr<CallOwner> owner = std::move(slot.owned_owner);
    slot.owned_sink.reset();
    slot.owned_owner.reset();
    slot.sink = nullptr;
    slot.owner = nullptr;
    {
        const std::scoped_lock lock(slot.posted_mutex);
        slot.posted.clear();
    }
    open_.fetch_sub(1, std::memory_order_relaxed);
    const std::scoped_lock lock(mutex_);
    free_.push_back(index);
}

}  // namespace aihub::loader
