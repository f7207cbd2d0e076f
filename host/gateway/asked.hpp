// What one attempt asks its provider for: the client's own request, or the canonical form of it.
#pragma once

#include "base/result.hpp"
#include "capability/provider.hpp"
#include "catalog/catalog.hpp"
#include "gateway/call.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace aihub::gateway {

// Whether the provider can be asked: it takes the format of the call, or the canonical form of it.
[[nodiscard]] bool takes(const catalog::Target& target, Operation operation);

// Whether it is a chat that can be translated, of whatever format.
[[nodiscard]] bool is_chat(Operation operation);

// Made anew for each attempt, from the client's bytes, and lives as long as it. Not moved once request() was called:
// the request views it.
class Asked {
public:
    // `bodies`: the bytes that all bodies hold; those of this one count in it as long as it lives. Error
    // invalid_request: the call cannot be said in the canonical form; unavailable: there is no room for that
    // (limits.body_memory_max).
    [[nodiscard]] static Result<Asked> create(
        const Call& call, const catalog::Candidate& candidate, std::atomic<std::size_t>& bodies
    );
    // What a provider is sent counts, too, as far as it is not a view of what counts already: of the client's body or
    // the canonical form. unavailable, as above.
    [[nodiscard]] Result<void> count_sent(
        const Call& call, std::span<const std::string_view> sent, std::atomic<std::size_t>& bodies
    );

    [[nodiscard]] capability::ProviderRequest request(const Call& call, const catalog::Candidate& candidate) const;
    // The provider gets the canonical form and answers by events: frames of its own are not the client's format.
    [[nodiscard]] bool translated() const { return !format_.empty(); }
    // Tokens that a translated request reads, about; 0: not translated, or no answer needs it.
    [[nodiscard]] std::uint64_t input_estimate() const { return input_estimate_; }

    // What the provider said, without what stands in a format that the client does not read.
    [[nodiscard]] capability::Failure failure(const capability::Failure& said) const;

private:
    std::string_view format_;  // canonical; empty: the client's
    std::string body_;
    std::string joined_beta_;  // the client's field when it has several lines
    HeldMemory memory_;
    std::uint64_t input_estimate_ = 0;
};

}  // namespace aihub::gateway
