// A forward scan over JSON text that builds nothing: for code that runs on every chunk of a stream.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace aihub::sdk {

// Walks one value after another. It checks strings, brackets and separators, not every rule of the grammar: text that
// it accepts is complete, but a word such as `nul` may pass. Nothing is copied or allocated.
//   JsonScan scan(text);
//   bool good = scan.members([&](std::string_view name, JsonScan& value) {
//       return name == "usage" ? value.take(usage) : value.skip();
//   }) && scan.at_end();
class JsonScan {
public:
    explicit JsonScan(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

    // Takes one value; `raw` gets its bytes. False: the text is broken here.
    bool take(std::string_view& raw) {
        space();
        const char* begin = at_;
        if (!skip()) {
            return false;
        }
        raw = std::string_view(begin, static_cast<std::size_t>(at_ - begin));
        return true;
    }

    // Steps over one value.
    bool skip() {
        space();
        if (at_ == end_) {
            return false;
        }
        if (*at_ == '"') {
            return string();
        }
        return *at_ == '{' || *at_ == '[' ? container() : word();
    }

    // Takes an object: on_member(name, scan) for each member must take or skip exactly one value, and say whether that
    // went well. `name` has its escapes left in.
    template <class OnMember>
    bool members(OnMember&& on_member) {
        if (!enter('{')) {
            return false;
        }
        if (leave('}')) {
            return true;
        }
        do {
            space();
            const char* name = at_ + 1;
            if (at_ == end_ || *at_ != '"' || !string()) {
                return false;
            }
            const std::string_view text(name, static_cast<std::size_t>(at_ - 1 - name));
            if (!enter(':') || !on_member(text, *this)) {
                return false;
            }
        } while (enter(','));
        return leave('}');
    }

    // Takes an array: on_element(scan) as above.
    template <class OnElement>
    bool elements(OnElement&& on_element) {
        if (!enter('[')) {
            return false;
        }
        if (leave(']')) {
            return true;
        }
        do {
            if (!on_element(*this)) {
                return false;
            }
        } while (enter(','));
        return leave(']');
    }

    // The next byte that is not white space; 0 at the end.
    [[nodiscard]] char next() {
        space();
        return at_ == end_ ? '\0' : *at_;
    }
    [[nodiscard]] bool at_end() { return next() == '\0' && at_ == end_; }

private:
    static constexpr std::size_t kDepthMax = 1024;  // of what is stepped over at once
    static constexpr std::size_t kWordBits = 64;
    static constexpr auto kWordBytes = [] {
        std::array<bool, 256> table{};
        for (const char c : std::string_view("0123456789+-.aeflnrstuE")) {
            table[static_cast<unsigned char>(c)] = true;
        }
        return table;
    }();

    void space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
            ++at_;
        }
    }
    bool enter(char expected) {
        space();
        if (at_ == end_ || *at_ != expected) {
            return false;
        }
        ++at_;
        return true;
    }
    bool leave(char expected) { return enter(expected); }

    // Sixteen or eight bytes at a time until a quote or a backslash.
    void plain_text() {
#if defined(__SSE2__)
        while (end_ - at_ >= 16) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at_));
            const __m128i hit =
                _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
            if (const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(hit)); mask != 0) {
                at_ += std::countr_zero(mask);
                return;
            }
            at_ += 16;
        }
#endif
        if constexpr (std::endian::native == std::endian::little) {
            constexpr std::uint64_t kOnes = 0x0101010101010101U;
            constexpr std::uint64_t kHigh = 0x8080808080808080U;
            while (end_ - at_ >= 8) {
                std::uint64_t bytes = 0;
                std::memcpy(&bytes, at_, 8);
                const std::uint64_t quote = bytes ^ (kOnes * '"');
                const std::uint64_t slash = bytes ^ (kOnes * '\\');
                const std::uint64_t hit = ((quote - kOnes) & ~quote & kHigh) | ((slash - kOnes) & ~slash & kHigh);
                if (hit != 0) {
                    at_ += std::countr_zero(hit) / 8;
                    return;
                }
                at_ += 8;
            }
        }
        while (at_ != end_ && *at_ != '"' && *at_ != '\\') {
            ++at_;
        }
    }

    bool string() {
        ++at_;
        for (;;) {
            plain_text();
            if (at_ == end_) {
                return false;
            }
            if (*at_++ == '"') {
                return true;
            }
            if (at_ == end_) {
                return false;
            }
            ++at_;
        }
    }

    // Numbers, true, false, null: up to the next byte that cannot be part of one.
    bool word() {
        const char* begin = at_;
        while (at_ != end_ && kWordBytes[static_cast<unsigned char>(*at_)]) {
            ++at_;
        }
        return at_ != begin;
    }

    bool container() {
        std::uint64_t objects = 0;  // one bit for each of the innermost open brackets: 1 is an object
        std::array<std::uint64_t, kDepthMax / kWordBits> outer;  // full words of the others; read only once written
        std::size_t depth = 0;
        while (at_ != end_) {
            const char byte = *at_;
            if (byte == '"') {
                if (!string()) {
                    return false;
                }
                continue;
            }
            ++at_;
            if (byte == '{' || byte == '[') {
                if (depth == kDepthMax) {
                    return false;
                }
                if (depth % kWordBits == 0) {
                    outer[depth / kWordBits] = objects;
                    objects = 0;
                }
                ++depth;
                objects = (objects << 1) | (byte == '{' ? 1U : 0U);
            } else if (byte == '}' || byte == ']') {
                if ((objects & 1U) != (byte == '}' ? 1U : 0U)) {
                    return false;
                }
                objects >>= 1;
                if (--depth == 0) {
                    return true;
                }
                if (depth % kWordBits == 0) {
                    objects = outer[depth / kWordBits];
                }
            }
        }
        return false;
    }

    const char* at_;
    const char* end_;
};

}  // namespace aihub::sdk
