#include "fuzz_check.hpp"
#include "net/target.hpp"

#include <string>

using aihub::fuzz::check;

namespace {

std::string percent_encoded(std::string_view path) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    for (std::size_t at = 0; at < path.size(); ++at) {
        const auto byte = static_cast<unsigned char>(path[at]);
        if (byte == '/' || path.substr(at, 3) == "%2F" || (at > 0 && path[at - 1] == '%') ||
            (at > 1 && path[at - 2] == '%')) {
            text += path[at];
            continue;
        }
        text.append(1, '%').append(1, kHex[byte >> 4U]).append(1, kHex[byte & 15U]);
    }
    return text;
}

}  // namespace

// A path that is taken has no second reading.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = aihub::fuzz::text(data, size);
    const auto target = aihub::net::Target::parse(bytes);
    if (!target) {
        check(target.error().code == aihub::Errc::invalid_request, "error code");
        return 0;
    }
    const std::string path(target->path());
    check(path.starts_with('/'), "no slash");
    const std::string plain = aihub::net::path_value(path);
    check(
        plain.find("//") == std::string::npos && (plain + "/").find("/../") == std::string::npos &&
            (plain + "/").find("/./") == std::string::npos,
        "segments"
    );
    check(plain.find_first_of("%\\;") == std::string::npos, "bytes");
    for (const char letter : plain) {
        check(static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7F, "control character");
    }
    const std::string encoded = percent_encoded(path);
    const auto again = aihub::net::Target::parse(encoded);
    check(again && again->path() == path, "another path when encoded again");
    (void)target->parameter("alt");
    return 0;
}
