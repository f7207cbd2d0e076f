// What a hook was asked, all that it could read, and what it said: one record for each call of a hook, from which the
// call can be made again. No text of prompts, as facts hold none.
#pragma once

#include "policy/decision_result.hpp"
#include "policy/facts.hpp"
#include "policy/hook.hpp"
#include "policy/policy_state.hpp"
#include "policy/spec_facts.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::policy {

// Format, all numbers with the least significant byte first:
//   frame    u32 bytes of the payload, u32 CRC-32C of the payload, payload
//   payload  u8 version, u8 kind: 1 a decision, 2 the values that aihub.kv has at a version
// A number that is small as a rule is a varint (7 bits a byte), a text its length as varint and its bytes. A new member
// stands behind the old ones of its part and raises the version: what reads knows all older versions, and says so of a
// newer one. Seeds are not stored: aihub.rand() is made of request id and hook.
inline constexpr std::uint8_t kRecordVersion = 1;
inline constexpr std::size_t kFrameHeadBytes = 8;
// A record above it is not written but counted as dropped; a frame above it is damage.
inline constexpr std::size_t kRecordBytesMax = 256U << 10U;

// Of these there are records. Guards are shown text of calls, which is not kept.
inline constexpr std::array kRecordedHooks{
    Hook::admit, Hook::experiment, Hook::route, Hook::fallback, Hook::label, Hook::price};

// In which part the bundle was asked.
enum class DecidedAs {
    active,  // its decision was followed
    canary,  // so it was, for a share of the callers
    shadow   // its decision was only looked at
};
// "active", "canary", "shadow"
[[nodiscard]] std::string_view decided_as_name(DecidedAs part);

// What a hook was asked. Views and references of the caller.
struct AskedHook {
    Hook hook;
    DecidedAs part;
    std::string_view bundle_name;
    std::string_view bundle_hash;  // in hexadecimal, whole
    const CallFacts& call;
    const AttemptFacts* failed = nullptr;   // of `fallback`
    const OutcomeFacts* outcome = nullptr;  // of `label`
    const PriceFacts* price = nullptr;      // of `price`, which sees of `call` nothing: there id and time are enough
    std::uint64_t values_version = 0;       // of what aihub.kv had
    std::chrono::nanoseconds duration{0};   // of the call of the hook
};

// Append a frame without its checksum, which seal_frames() adds: that is work for another thread. Nothing is allocated
// while `out` has room.
template <class Decision>
void append_record(std::string& out, const AskedHook& asked, const Answer<Decision>& answer);
// The same for what was read.
void append_said(std::string& out, const AskedHook& asked, const Said& said, std::uint64_t steps);
void append_values(
    std::string& out, std::uint64_t version, const std::map<std::string, std::string, std::less<>>& values
);
// Sets the checksums of all frames in `frames`, which append_record() wrote.
void seal_frames(std::string& frames);

// How many bytes the frame takes that `bytes` begin with. Empty when there is no whole one; `damaged` says whether that
// is because its length cannot be one.
[[nodiscard]] std::optional<std::size_t> frame_bytes(std::string_view bytes, bool& damaged);
struct FrameCut {
    std::string_view payload;
    bool sound = false;  // the checksum is right
};
// The same frame, behind which `bytes` then begin.
[[nodiscard]] std::optional<FrameCut> cut_frame(std::string_view& bytes);

// A record that was read. Its views belong to the payload; used again, it keeps its room.
struct DecisionRecord {
    Hook hook = Hook::admit;
    DecidedAs part = DecidedAs::active;
    std::string bundle_hash;  // in hexadecimal
    std::string_view bundle_name;
    SpecFacts facts;  // of `price` who called and which model stand in `call`, too
    std::uint64_t values_version = 0;
    std::string_view result;  // as append_result() made it
    std::chrono::nanoseconds duration{0};
    std::uint64_t steps = 0;
};
struct ValuesRecord {
    std::uint64_t version = 0;
    std::map<std::string, std::string, std::less<>> values;
};

// What a payload holds.
enum class RecordKind { decision, values, newer };
// `newer`: of a version that is not known yet. Empty: not a record.
[[nodiscard]] std::optional<RecordKind> record_kind(std::string_view payload);
// Strict: a value has one form only, so what was read can be written again as it was. False: not a record. `result` is
// not looked into.
[[nodiscard]] bool decode_record(std::string_view payload, DecisionRecord& record);
[[nodiscard]] bool decode_values(std::string_view payload, ValuesRecord& record);

// Empty: the bytes are neither decision nor failure.
[[nodiscard]] std::optional<Said> decode_result(const DecisionRecord& record);

}  // namespace aihub::policy
