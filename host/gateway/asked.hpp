// What one attempt asks its provider for: the client's own request, or the canonical form of it.
#pragma once

#include "base/result.hpp"
#include "capability/provider.hpp"
#include "catalog/catalog.hpp"
#include "gateway/call.hpp"

#include <cstdint>
#include <string>

namespace aihub::gateway {

// Whether the provider can be asked: it takes the format of the call, or the canonical form of it.
[[nodiscard]] bool takes(const catalog::Target& target, Operation operation);

// Made anew for each attempt, from the client's bytes, and lives as long as it. Not moved once request() was called:
// the request views it.
class Asked {
public:
    // Error invalid_request: the call cannot be said in the canonical form.
    [[nodiscard]] static Result<Asked> create(const Call& call, const catalog::Candidate& candidate);

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
    std::uint64_t input_estimate_ = 0;
};

}  // namespace aihub::gateway
