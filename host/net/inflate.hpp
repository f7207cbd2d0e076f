// Content codings of request bodies (RFC 9110 section 8.4), taken off as the bytes arrive. No I/O.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace aihub::net {

enum class ContentCoding { identity, gzip, deflate };

// The value of content-encoding; empty is identity. unsupported_media: another coding, or more than one.
[[nodiscard]] Result<ContentCoding> parse_content_coding(std::string_view value);

// One for each coded body. Memory: some 40 KiB, and what it appends. Any thread, one at a time.
class Inflater {
public:
    // `coding` is gzip or deflate (in its zlib wrapper, RFC 1950). More than `decoded_bytes_max` decoded bytes of the
    // whole body are an error.
    Inflater(ContentCoding coding, std::size_t decoded_bytes_max);
    ~Inflater();
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;

    // Appends what `bytes`, the next of the coded body, decode to. too_large: over the limit, which `out` never
    // exceeds; invalid_request: broken data, or bytes behind the end. After an error every call fails.
    [[nodiscard]] Result<void> decode(std::string_view bytes, std::string& out);
    // The coded body has ended. invalid_request: the data had not.
    [[nodiscard]] Result<void> finish() const;
    // Decoded bytes so far.
    [[nodiscard]] std::size_t decoded() const { return decoded_; }

private:
    struct Stream;
    std::unique_ptr<Stream> stream_;
    std::size_t decoded_bytes_max_;
    std::size_t decoded_ = 0;
    bool ended_ = false;
    bool failed_ = false;
};

}  // namespace aihub::net
