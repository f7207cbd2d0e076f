// An HTTP request that a plugin described, checked.
#pragma once

#include "base/result.hpp"
#include "capability/provider.hpp"

#include <aihub/ext/http_request.h>

#include <string_view>
#include <vector>

namespace aihub::loader {

// The host's view of an aihub_http_request; its views point into the plugin's memory. Move-only: the spans point into
// the vectors, which keep their place when moved.
class RequestView {
public:
    static constexpr std::size_t kHeadersMax = 100;
    static constexpr std::size_t kHeadBytesMax = 65536;
    static constexpr std::size_t kBodyPartsMax = 4096;

    // Error: what is wrong with the method, path, a header (one of the host's own, bytes that would break the message)
    // or a body part. invalid bytes never reach a connection.
    [[nodiscard]] static Result<RequestView> create(const aihub_http_request& request);

    RequestView(RequestView&&) = default;
    RequestView& operator=(RequestView&&) = default;
    RequestView(const RequestView&) = delete;
    RequestView& operator=(const RequestView&) = delete;

    [[nodiscard]] const capability::HttpRequest& request() const { return request_; }

private:
    RequestView() = default;

    capability::HttpRequest request_;
    std::vector<capability::RequestHeader> headers_;
    std::vector<std::string_view> body_;
};

// Whether a header's value may stand in a message: no CR, LF or NUL.
[[nodiscard]] bool is_header_value(std::string_view value);

}  // namespace aihub::loader
