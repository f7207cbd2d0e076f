// Packing bytes as a client would.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

namespace aihub::testing {

// `window_bits` as zlib wants them: 15, and 16 more for gzip.
inline std::string packed(std::string_view text, int window_bits) {
    z_stream stream{};
    deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

inline std::string gzipped(std::string_view text) {
    return packed(text, 15 + 16);
}
inline std::string deflated(std::string_view text) {
    return packed(text, 15);
}

}  // namespace aihub::testing
