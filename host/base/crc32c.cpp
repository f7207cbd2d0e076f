#include "base/crc32c.hpp"

#include <array>
#include <cstddef>

namespace aihub {

namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78U;  // with the least significant bit first
constexpr std::size_t kByteValues = 256;
constexpr std::size_t kSlices = 8;
constexpr unsigned kByteBits = 8;

using Tables = std::array<std::array<std::uint32_t, kByteValues>, kSlices>;

// Eight bytes are looked up at once: byte by byte, each lookup would wait for the one before.
constexpr Tables make_tables() {
    Tables tables{};
    for (std::uint32_t value = 0; value < kByteValues; ++value) {
        std::uint32_t sum = value;
        for (unsigned bit = 0; bit < kByteBits; ++bit) {
            sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? kPolynomial : 0U);
        }
        tables[0][value] = sum;
    }
    for (std::size_t slice = 1; slice < kSlices; ++slice) {
        for (std::size_t value = 0; value < kByteValues; ++value) {
            const auto sum = tables[slice - 1][value];
            tables[slice][value] = (sum >> kByteBits) ^ tables[0][sum & 0xffU];
        }
    }
    return tables;
}

constexpr Tables kTables = make_tables();

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
    return byte_at(bytes, at) | byte_at(bytes, at + 1) << 8U | byte_at(bytes, at + 2) << 16U |
           byte_at(bytes, at + 3) << 24U;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
    std::uint32_t sum = ~before;
    std::size_t at = 0;
    for (; bytes.size() - at >= kSlices; at += kSlices) {
        const auto low = sum ^ word_at(bytes, at);
        const auto high = word_at(bytes, at + 4);
        sum = kTables[7][low & 0xffU] ^ kTables[6][(low >> 8U) & 0xffU] ^ kTables[5][(low >> 16U) & 0xffU] ^
              kTables[4][low >> 24U] ^ kTables[3][high & 0xffU] ^ kTables[2][(high >> 8U) & 0xffU] ^
              kTables[1][(high >> 16U) & 0xffU] ^ kTables[0][high >> 24U];
    }
    for (; at < bytes.size(); ++at) {
        sum = (sum >> kByteBits) ^ kTables[0][(sum ^ byte_at(bytes, at)) & 0xffU];
    }
    return ~sum;
}

}  // namespace aihub
