// CRC-32C (Castagnoli), the checksum of files that the host writes.
#pragma once

#include <cstdint>
#include <string_view>

namespace aihub {

// As in RFC 3720, B.4: of "123456789" it is 0xe3069283. `before` is the sum of the bytes in front, to go on from.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace aihub
