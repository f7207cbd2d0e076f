#include "gateway/body_reader.hpp"

namespace aihub::gateway {

Error body_too_large(std::size_t limit, std::string_view key) {
    return {
        Errc::too_large,
        "the request body is larger than " + std::to_string(limit) + " bytes (" + std::string(key) + ")",
        "request_too_large",
        {}};
}

Result<void> BodyReader::count(std::size_t bytes) {
    taken_ += bytes;
    const auto limit = call_.state->shared->config->limits.body_bytes_max;
    if (taken_ > limit) {
        return body_too_large(limit, "limits.body_bytes_max");
    }
    return {};
}

}  // namespace aihub::gateway
