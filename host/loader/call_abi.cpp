#include "loader/call_abi.hpp"

#include "loader/call_table.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <optional>

namespace aihub::loader {
namespace {

using capability::EmitStatus;
using capability::EventKind;
using capability::FailureKind;

aihub_status to_status(EmitStatus status) {
    switch (status) {
        case EmitStatus::ok:
            return AIHUB_OK;
        case EmitStatus::again:
            return AIHUB_AGAIN;
        case EmitStatus::cancelled:
            return AIHUB_CANCELLED;
        case EmitStatus::gone:
            return AIHUB_GONE;
    }
    return AIHUB_E_INTERNAL;
}

// AIHUB_EV_* counts from 1, in the order of EventKind.
std::optional<EventKind> kind_of(std::int32_t kind) {
    static_assert(AIHUB_EV_TEXT - 1 == static_cast<int>(EventKind::text));
    static_assert(AIHUB_EV_MODEL - 1 == static_cast<int>(EventKind::model));
    static_assert(AIHUB_EV_DROPPED - 1 == static_cast<int>(EventKind::dropped));
    if (kind < AIHUB_EV_TEXT || kind > AIHUB_EV_DROPPED) {
        return std::nullopt;
    }
    return static_cast<EventKind>(kind - 1);
}

std::optional<std::uint64_t> tokens(std::uint64_t count) {
    return count == AIHUB_N_UNKNOWN ? std::nullopt : std::optional(count);
}

// A count that a minor version has added: an older plugin's event ends before it (`has_it`), and 0 says nothing.
std::optional<std::uint64_t> said(const aihub_event& event, bool has_it, std::uint64_t aihub_event::*count) {
    return has_it && event.*count != 0 ? std::optional(event.*count) : std::nullopt;
}

aihub_status emit_into(CallSlot& slot, const aihub_event* event) {
    constexpr auto kMinimum = offsetof(aihub_event, n) + sizeof(event->n);
    if (event == nullptr || event->struct_size < kMinimum || broken(event->text) || broken(event->extra)) {
        return AIHUB_E_INVALID;
    }
    if (slot.phase.load(std::memory_order_acquire) != CallSlot::Phase::open) {
        slot.owner->used_late("emit");
        return AIHUB_GONE;
    }
    if (!slot.owner->wanted()) {
        return AIHUB_CANCELLED;
    }
    const std::optional<EventKind> kind = kind_of(event->kind);
    if (!kind) {
        return AIHUB_OK;  // A newer plugin says more than this host understands.
    }
    capability::Event out;
    out.kind = *kind;
    out.choice = event->choice;
    out.block = event->block;
    out.text = view(event->text);
    out.extra = view(event->extra);
    if (*kind == EventKind::usage) {
        const auto& n = event->n;
        out.usage = {
            tokens(n[AIHUB_N_INPUT]),
            tokens(n[AIHUB_N_OUTPUT]),
            tokens(n[AIHUB_N_CACHE_READ]),
            tokens(n[AIHUB_N_CACHE_WRITE]),
            tokens(n[AIHUB_N_REASONING]),
            tokens(n[AIHUB_N_AUDIO]),
            said(*event, AIHUB_REACHES(event, aihub_event, audio_ms), &aihub_event::audio_ms),
            said(*event, AIHUB_REACHES(event, aihub_event, cache_write_1h), &aihub_event::cache_write_1h)};
    }
    return to_status(slot.sink->emit(out));
}

aihub_status complete_into(CallSlot& slot, const aihub_failure* failure) {
    constexpr auto kMinimum = offsetof(aihub_failure, detail_json) + sizeof(failure->detail_json);
    if (failure != nullptr && failure->struct_size < kMinimum) {
        return AIHUB_E_INVALID;
    }
    if (slot.phase.exchange(CallSlot::Phase::completed, std::memory_order_acq_rel) != CallSlot::Phase::open) {
        slot.owner->used_late("complete");
        // After the grace time the host has completed in its place; the plugin's own end still frees its state.
        slot.owner->plugin_completed();
        return AIHUB_GONE;
    }
    aihub_status status = AIHUB_OK;
    if (slot.owner->wanted()) {
        if (failure == nullptr) {
            status = to_status(slot.sink->complete(nullptr));
        } else {
            const capability::Failure reason = to_failure(*failure);
            status = to_status(slot.sink->complete(&reason));
        }
    }
    slot.owner->plugin_completed();
    return status;
}

// Runs `use` on the slot of an open call. In a codec's callback, on its own thread, the slot cannot go away: no pin.
// Elsewhere a pin holds it. `anywhere` says that a codec call may use it outside of its callbacks, too.
template <class Use>
aihub_status with_slot(aihub_call* call, bool anywhere, Use&& use) noexcept {
    CallTable& table = CallTable::instance();
    CallSlot* const slot = table.slot(call);
    const auto gone = [&table]() -> aihub_status {
        table.gone_uses.fetch_add(1, std::memory_order_relaxed);
        return AIHUB_GONE;
    };
    if (slot == nullptr) {
        return gone();
    }
    // What the sink throws (no memory) must not pass through the plugin's frames.
    const auto guarded = [&]() -> aihub_status {
        try {
            return use(*slot);
        } catch (const std::exception&) {
            return AIHUB_E_INTERNAL;
        }
    };
    if (slot->active.load(std::memory_order_acquire) == ActiveCall::token()) {
        return CallTable::matches(*slot, call) ? guarded() : gone();
    }
    if (!table.enter(*slot, call)) {
        return gone();
    }
    const bool allowed = anywhere || slot->tier == capability::ProviderTier::stream;
    const aihub_status status = allowed ? guarded() : AIHUB_E_INVALID;
    table.leave(*slot, call);
    return status;
}

aihub_status emit(aihub_call* call, const aihub_event* event) {
    return with_slot(call, false, [event](CallSlot& slot) { return emit_into(slot, event); });
}

aihub_status complete(aihub_call* call, const aihub_failure* failure) {
    return with_slot(call, false, [failure](CallSlot& slot) { return complete_into(slot, failure); });
}

std::int64_t deadline_ns(aihub_call* call) {
    std::int64_t deadline = 0;
    with_slot(call, true, [&deadline](CallSlot& slot) {
        deadline = std::chrono::nanoseconds(slot.sink->deadline().time_since_epoch()).count();
        return AIHUB_OK;
    });
    return deadline;
}

aihub_status cancelled(aihub_call* call) {
    return with_slot(call, true, [](CallSlot& slot) -> aihub_status {
        if (slot.phase.load(std::memory_order_acquire) != CallSlot::Phase::open) {
            return AIHUB_GONE;
        }
        return slot.owner->wanted() && !slot.sink->cancelled() ? AIHUB_OK : AIHUB_CANCELLED;
    });
}

// On the call's loop. What was posted waits in the slot, so that a task which the loop drops leaks nothing.
void run_posted(void* argument) {
    auto* const call = static_cast<aihub_call*>(argument);
    CallTable& table = CallTable::instance();
    CallSlot* const slot = table.slot(call);
    if (slot == nullptr || !table.enter(*slot, call)) {
        return;
    }
    std::pair<void (*)(aihub_callstate*, void*), void*> task{nullptr, nullptr};
    {
        const std::scoped_lock lock(slot->posted_mutex);
        if (!slot->posted.empty()) {
            task = slot->posted.front();
            slot->posted.erase(slot->posted.begin());
        }
    }
    // A codec's owner is used without a pin, because its end, on this same thread, waits for pins.
    const std::shared_ptr<CallOwner> keep = slot->owned_owner;
    CallOwner* const owner = slot->owner;
    const bool open = slot->phase.load(std::memory_order_acquire) == CallSlot::Phase::open;
    table.leave(*slot, call);
    if (open && task.first != nullptr) {
        owner->run_posted(task.first, task.second);
    }
}

aihub_status post(aihub_call* call, void (*fn)(aihub_callstate* state, void* arg), void* arg) {
    return with_slot(call, true, [=](CallSlot& slot) -> aihub_status {
        if (fn == nullptr) {
            return AIHUB_E_INVALID;
        }
        if (slot.phase.load(std::memory_order_acquire) != CallSlot::Phase::open) {
            return AIHUB_GONE;
        }
        {
            const std::scoped_lock lock(slot.posted_mutex);
            if (slot.posted.size() >= CallTable::kPostedMax) {
                return AIHUB_E_LIMIT;
            }
            slot.posted.emplace_back(fn, arg);
        }
        return to_status(slot.sink->post(&run_posted, call));
    });
}

bool is_json_object(std::string_view text) {
    boost::system::error_code failed;
    const boost::json::value value = boost::json::parse({text.data(), text.size()}, failed);
    return !failed && value.is_object();
}

}  // namespace

const aihub_call_v1& call_extension() {
    static constexpr aihub_call_v1 kCall = {
        sizeof(aihub_call_v1), 0, &emit, &complete, &deadline_ns, &cancelled, &post};
    return kCall;
}

aihub_request to_abi(const capability::ProviderRequest& request, std::vector<aihub_json_member>& members) {
    members.clear();
    members.reserve(request.members.size());
    for (const capability::JsonMember& member : request.members) {
        members.push_back({slice(member.name), slice(member.value)});
    }
    aihub_request abi{};
    abi.struct_size = sizeof abi;
    abi.flags = (request.stream ? AIHUB_RF_STREAM : 0u) | (request.include_usage ? AIHUB_RF_INCLUDE_USAGE : 0u) |
                (request.body_is_beginning ? AIHUB_RF_BODY_BEGINNING : 0u);
    abi.format = slice(request.format);
    abi.model = slice(request.model);
    abi.request_id = slice(request.request_id);
    abi.body = slice(request.body);
    abi.members = members.data();
    abi.n_members = members.size();
    abi.method = slice(request.method);
    abi.path = slice(request.path);
    abi.query = slice(request.query);
    abi.content_type = slice(request.content_type);
    abi.beta = slice(request.beta);
    abi.format_version = slice(request.format_version);
    return abi;
}

capability::Failure to_failure(const aihub_failure& failure) {
    capability::Failure out;
    const bool known = failure.kind >= AIHUB_FAIL_INVALID_REQUEST && failure.kind <= AIHUB_FAIL_INTERNAL;
    // Both enumerations are in the same order; the ABI's begins with 1.
    out.kind = known ? static_cast<FailureKind>(failure.kind - AIHUB_FAIL_INVALID_REQUEST) : FailureKind::internal;
    out.http_status = failure.http_status >= 100 && failure.http_status <= 599 ? failure.http_status : 0;
    out.retry_after = std::chrono::nanoseconds(std::max<std::int64_t>(failure.retry_after_ns, 0));
    out.message = view(failure.message).substr(0, kMessageBytesMax);
    const std::string_view detail = view(failure.detail_json);
    if (!detail.empty() && detail.size() <= kDetailBytesMax && is_json_object(detail)) {
        out.detail_json = detail;
    }
    return out;
}

static_assert(static_cast<int>(FailureKind::internal) + AIHUB_FAIL_INVALID_REQUEST == AIHUB_FAIL_INTERNAL);
static_assert(static_cast<int>(FailureKind::rate_limit) + AIHUB_FAIL_INVALID_REQUEST == AIHUB_FAIL_RATE_LIMIT);
static_assert(static_cast<int>(FailureKind::upstream) + AIHUB_FAIL_INVALID_REQUEST == AIHUB_FAIL_UPSTREAM);
static_assert(static_cast<int>(FailureKind::quota) + AIHUB_FAIL_INVALID_REQUEST == AIHUB_FAIL_QUOTA);

}  // namespace aihub::loader
