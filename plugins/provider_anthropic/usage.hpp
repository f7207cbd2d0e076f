// What a call used, as the API counts it.
#pragma once

#include <aihub/call.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace aihub::provider_anthropic {

// Each object sets what it names: in a stream the later ones are totals, which leave out what has not changed, and may
// correct what was said before.
class UsageCount {
public:
    // `raw`: a usage object. False: it says nothing.
    bool read(std::string_view raw);

    // The API counts what came from its cache and went there beside the input; here it is part of it.
    [[nodiscard]] sdk::Usage total() const;

private:
    using Count = std::optional<std::uint64_t>;
    Count input_, output_, cache_read_, cache_write_, cache_write_5m_, cache_write_1h_, reasoning_;
};

}  // namespace aihub::provider_anthropic
