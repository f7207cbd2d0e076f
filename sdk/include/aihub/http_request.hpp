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
    // For formats that pass the client's own method on.
    static HttpRequest of(std::string method, std::string path) { return {std::move(method), std::move(path)}; }

    HttpRequest&& header(std::string_view name, std::string_view value) && {
        add_header(name, value);
        return std::move(*this);
    }
    // The host appends the instance's secret of that name, or leaves the header out when none is configured.
    HttpRequest&& secret_header(std::string_view name, std::string_view prefix, std::string_view secret) && {
        add_secret_header(name, prefix, secret);
        return std::move(*this);
    }
    // A JSON body with its content-type header.
    HttpRequest&& json(std::string body) && {
        parts_.push_back({std::move(body), {}, Part::owned});
        return std::move(*this).header("content-type", "application/json");
    }
    // One more header or part of the body, for loops. Borrowed parts point into the client's body, so that large
    // requests are not copied.
    void add_header(std::string_view name, std::string_view value) {
        headers_.push_back({keep(name), keep(value), {}});
    }
    void add_secret_header(std::string_view name, std::string_view prefix, std::string_view secret) {
        headers_.push_back({keep(name), keep(prefix), keep(secret)});
    }
    void add_borrowed(std::string_view bytes) { parts_.push_back({{}, bytes, Part::borrowed}); }
    void add_owned(std::string bytes) { parts_.push_back({std::move(bytes), {}, Part::owned}); }

    // How the reply is cut into frames; without one of these it is a single frame.
    HttpRequest&& sse() && { return std::move(*this).framing(AIHUB_FRAMING_SSE); }
    HttpRequest&& ndjson() && { return std::move(*this).framing(AIHUB_FRAMING_NDJSON); }
    HttpRequest&& raw() && { return std::move(*this).framing(AIHUB_FRAMING_RAW); }
    HttpRequest&& web_socket() && { return std::move(*this).framing(AIHUB_FRAMING_WEB_SOCKET); }
    HttpRequest&& framing(std::int32_t kind) && {
        framing_ = kind;
        return std::move(*this);
    }

    // A large reply may go to the client as it comes, and the frame is then an outline of it: AIHUB_HTTP_PASS_LARGE.
    void allow_passing() { flags_ |= AIHUB_HTTP_PASS_LARGE; }

    // Views of this object for the ABI; valid until it is changed, moved or destroyed.
    void lend(aihub_http_request& out) {
        header_slices_.clear();
        header_slices_.reserve(headers_.size());
        for (const Header& header : headers_) {
            header_slices_.push_back({kept(header.name), kept(header.value), kept(header.secret)});
        }
        part_slices_.clear();
        part_slices_.reserve(parts_.size());
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
        if (AIHUB_REACHES(&out, aihub_http_request, flags)) {  // an older host has no such field
            out.flags = flags_;
        }
    }

private:
    // A part of text_, which holds what all headers are made of: one allocation instead of one for each of them.
    struct Piece {
        std::size_t offset = 0;
        std::size_t length = 0;
    };
    struct Header {
        Piece name;
        Piece value;
        Piece secret;
    };
    struct Part {
        std::string own;
        std::string_view lent;
        enum Kind { owned, borrowed } kind;
    };

    HttpRequest(std::string method, std::string path) : method_(std::move(method)), path_(std::move(path)) {
        text_.reserve(256);
        headers_.reserve(4);
        parts_.reserve(4);
    }

    Piece keep(std::string_view text) {
        text_ += text;
        return {text_.size() - text.size(), text.size()};
    }
    [[nodiscard]] aihub_slice kept(const Piece& piece) const {
        return slice(std::string_view(text_).substr(piece.offset, piece.length));
    }

    std::string method_;
    std::string path_;
    std::int32_t framing_ = AIHUB_FRAMING_WHOLE;
    std::uint32_t flags_ = 0;
    std::string text_;
    std::vector<Header> headers_;
    std::vector<Part> parts_;
    std::vector<aihub_request_header> header_slices_;
    std::vector<aihub_slice> part_slices_;
};

}  // namespace aihub::sdk
