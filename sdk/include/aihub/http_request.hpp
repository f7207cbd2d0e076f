// The HTTP request that a plugin describes and the host performs.
#pragma once

#include <aihub/ext/http_request.h>
#include <aihub/text.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::sdk {

// Built piece by piece, then handed to the host, which adds Host, Content-Length and the credential.
//   HttpRequest::post("/chat/completions").secret_header("authorization", "Bearer ", "api_key").json(text).sse()
class HttpRequest {
public:
    static HttpRequest post(std::string path) { return HttpRequest("POST", std::move(path)); }
    static HttpRequest get(std::string path) { return HttpRequest("GET", std::move(path)); }

    HttpRequest&& header(std::string name, std::string value) && {
        headers_.push_back({std::move(name), std::move(value), {}});
        return std::move(*this);
    }
    // The host appends the instance's secret of that name, or leaves the header out when none is configured.
    HttpRequest&& secret_header(std::string name, std::string prefix, std::string secret) && {
        headers_.push_back({std::move(name), std::move(prefix), std::move(secret)});
        return std::move(*this);
    }
    // A JSON body with its content-type header.
    HttpRequest&& json(std::string body) && {
        parts_.push_back({std::move(body), {}, Part::owned});
        return std::move(*this).header("content-type", "application/json");
    }
    // One more header or part of the body, for loops. Borrowed parts point into the client's body, so that large
    // requests are not copied.
    void add_header(std::string name, std::string value) {
        headers_.push_back({std::move(name), std::move(value), {}});
    }
    void add_borrowed(std::string_view bytes) { parts_.push_back({{}, bytes, Part::borrowed}); }
    void add_owned(std::string bytes) { parts_.push_back({std::move(bytes), {}, Part::owned}); }

    // How the reply is cut into frames; without one of these it is a single frame.
    HttpRequest&& sse() && { return std::move(*this).framing(AIHUB_FRAMING_SSE); }
    HttpRequest&& ndjson() && { return std::move(*this).framing(AIHUB_FRAMING_NDJSON); }
    HttpRequest&& raw() && { return std::move(*this).framing(AIHUB_FRAMING_RAW); }
    HttpRequest&& framing(std::int32_t kind) && {
        framing_ = kind;
        return std::move(*this);
    }

    // Views of this object for the ABI; valid until it is changed, moved or destroyed.
    void lend(aihub_http_request& out) {
        header_slices_.clear();
        for (const Header& header : headers_) {
            header_slices_.push_back({slice(header.name), slice(header.value), slice(header.secret)});
        }
        part_slices_.clear();
        for (const Part& part : parts_) {
            part_slices_.push_back(slice(part.kind == Part::owned ? std::string_view(part.own) : part.lent));
        }
        out.framing = framing_;
        out.method = slice(method_);
        out.path = slice(path_);
        out.headers = header_slices_.data();
        out.n_headers = header_slices_.size();
        out.body = part_slices_.data();
        out.n_body = part_slices_.size();
    }

private:
    struct Header {
        std::string name;
        std::string value;
        std::string secret;
    };
    struct Part {
        std::string own;
        std::string_view lent;
        enum Kind { owned, borrowed } kind;
    };

    HttpRequest(std::string_view method, std::string path) : method_(method), path_(std::move(path)) {
        headers_.reserve(4);
        parts_.reserve(4);
    }

    std::string_view method_;
    std::string path_;
    std::int32_t framing_ = AIHUB_FRAMING_WHOLE;
    std::vector<Header> headers_;
    std::vector<Part> parts_;
    std::vector<aihub_request_header> header_slices_;
    std::vector<aihub_slice> part_slices_;
};

}  // namespace aihub::sdk
