// Identifiers as types of their own, so that one cannot be passed for another.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace aihub {

// An identifier in text form. `Tag` only tells kinds apart.
template <class Tag>
class Id {
public:
    Id() = default;
    explicit Id(std::string value) : value_(std::move(value)) {}

    [[nodiscard]] const std::string& text() const { return value_; }
    [[nodiscard]] bool empty() const { return value_.empty(); }
    friend auto operator<=>(const Id&, const Id&) = default;

private:
    std::string value_;
};

using KeyId = Id<struct KeyIdTag>;          // "ak_..." an API key's record, never the key itself
using RequestId = Id<struct RequestIdTag>;  // one request, in logs, headers and rows

// `length` random characters of [0-9A-Za-z] from the system's generator. For ids and keys.
[[nodiscard]] std::string random_base62(std::size_t length);

// Makes `id` a fresh request id, in the room that it has: "req_" and 24 letters of Crockford's base 32. Cheap: the
// randomness is drawn once per thread and mixed with a counter, because a request id must be unique, not secret.
void assign_request_id(std::string& id);

// 64 bits that do not come twice, in the same way: for span and trace ids.
[[nodiscard]] std::uint64_t make_unique_bits();

}  // namespace aihub

template <class Tag>
struct std::hash<aihub::Id<Tag>> {
    std::size_t operator()(const aihub::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.text()); }
};
