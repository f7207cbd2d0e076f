#include "fuzz_check.hpp"
#include "net/ndjson.hpp"

#include <string>

using aihub::fuzz::check;

namespace {

std::string split(const std::vector<std::string_view>& pieces) {
    aihub::net::NdjsonSplitter splitter(64);
    std::string text;
    const auto take = [&text](const aihub::net::NdjsonLine& line) {
        check(!line.text.empty() && line.text.find('\n') == std::string_view::npos, "a line end within a line");
        check(line.raw.size() <= 64 && line.raw.find(line.text) != std::string_view::npos, "raw bytes");
        text.append(line.text).append("\n").append(line.raw).append("\n");
    };
    for (const std::string_view piece : pieces) {
        const std::string copy(piece);
        if (!splitter.feed(copy, take)) {
            return text + "too long";
        }
    }
    aihub::net::NdjsonLine last;
    if (splitter.finish(last)) {
        take(last);
    }
    return text;
}

}  // namespace

// The lines do not depend on the cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = aihub::fuzz::text(data, size);
    check(split(aihub::fuzz::pieces(bytes)) == split({bytes}), "the cut changes the lines");
    return 0;
}
