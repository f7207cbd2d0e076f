#include "net/inflate.hpp"

#include "net/http_chars.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

namespace aihub::net {

namespace {

constexpr std::size_t kPieceBytes = 16384;
// Growing by doubling holds the old and the new copy at once: from here on there is room for all that may come. Pages
// that nothing is written to cost no memory.
constexpr std::size_t kGrowBytesMax = 128UL * 1024;
// For a reader that wants to look past the end.
constexpr std::size_t kRoomBehind = 4096;

Error broken(std::string_view what) {
    return {
        Errc::invalid_request,
        "the request body is not what its content-encoding says: " + std::string(what),
        "invalid_encoding",
        {}};
}

}  // namespace

Result<ContentCoding> parse_content_coding(std::string_view value) {
    if (value.empty() || equals_ignoring_case(value, "identity")) {
        return ContentCoding::identity;
    }
    if (equals_ignoring_case(value, "gzip") || equals_ignoring_case(value, "x-gzip")) {
        return ContentCoding::gzip;
    }
    if (equals_ignoring_case(value, "deflate")) {
        return ContentCoding::deflate;
    }
    return Error{
        Errc::unsupported_media,
        "this content-encoding is not taken; send the request body with gzip, deflate or none, once",
        "unsupported_encoding",
        {}};
}

struct Inflater::Stream {
    z_stream zlib{};
    bool made = false;

    explicit Stream(ContentCoding coding) {
        constexpr int kGzip = 16;  // added to the window bits: a gzip wrapper and nothing else
        made = inflateInit2(&zlib, MAX_WBITS + (coding == ContentCoding::gzip ? kGzip : 0)) == Z_OK;
    }
    ~Stream() {
        if (made) {
            inflateEnd(&zlib);
        }
    }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
};

Inflater::Inflater(ContentCoding coding, std::size_t decoded_bytes_max)
    : stream_(std::make_unique<Stream>(coding)), decoded_bytes_max_(decoded_bytes_max), failed_(!stream_->made) {}

Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

Result<void> Inflater::decode(std::string_view bytes, std::string& out) {
    if (failed_) {
        return broken("it cannot be read any further");
    }
    failed_ = true;  // until this went well
    auto& zlib = stream_->zlib;
    // zlib does not write through this pointer; its type is older than const.
    zlib.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));  // NOLINT(*-const-cast)
    zlib.avail_in = static_cast<uInt>(bytes.size());
    std::array<char, kPieceBytes> piece;
    while (!ended_ && (zlib.avail_in > 0 || zlib.avail_out == 0)) {
        zlib.next_out = reinterpret_cast<Bytef*>(piece.data());
        zlib.avail_out = static_cast<uInt>(piece.size());
        const int status = inflate(&zlib, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
            return broken(zlib.msg != nullptr ? zlib.msg : "the data are damaged");
        }
        const std::size_t count = piece.size() - zlib.avail_out;
        if (count > decoded_bytes_max_ - decoded_) {
            return Error{
                Errc::too_large,
                "the request body is larger than " + std::to_string(decoded_bytes_max_) +
                    " bytes once its content-encoding is taken off",
                "request_too_large",
                {}};
        }
        if (out.capacity() - out.size() < count && out.size() + count > kGrowBytesMax) {
            out.reserve(out.size() + decoded_bytes_max_ - decoded_ + kRoomBehind);
        }
        out.append(piece.data(), count);
        decoded_ += count;
        ended_ = status == Z_STREAM_END;
        if (status == Z_BUF_ERROR && count == 0) {
            break;  // nothing was left to do
        }
    }
    if (zlib.avail_in > 0) {
        return broken("there are bytes behind the end of the data");
    }
    zlib.next_in = nullptr;
    failed_ = false;
    return {};
}

Result<void> Inflater::finish() const {
    if (failed_ || !ended_) {
        return broken("the data end in the middle");
    }
    return {};
}

}  // namespace aihub::net
