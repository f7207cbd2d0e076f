#include "fuzz_check.hpp"
#include "gateway/json_outline.hpp"

#include <aihub/json_scan.hpp>

#include <string>

using aihub::fuzz::check;
using aihub::gateway::JsonOutline;

namespace {

// The outline, or "no".
std::string outline_of(const std::vector<std::string_view>& pieces) {
    JsonOutline outline;
    for (const std::string_view piece : pieces) {
        const std::string copy(piece);
        if (!outline.take(copy)) {
            return "no";
        }
    }
    const auto finished = outline.finish();
    return finished ? std::string(*finished) : "no";
}

bool is_object(std::string_view json) {
    aihub::sdk::JsonScan scan(json);
    const auto skip = [](std::string_view, aihub::sdk::JsonScan& value) { return value.skip(); };
    return scan.members(skip) && scan.at_end();
}

}  // namespace

// The outline does not depend on the cut, is bounded, and is an object for plugins exactly when the text is one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = aihub::fuzz::text(data, size);
    const auto outline = outline_of({bytes});
    check(outline_of(aihub::fuzz::pieces(bytes)) == outline, "the cut changes the outline");
    check((outline != "no") == is_object(bytes), "a plugin sees it in another way");
    check(outline == "no" || is_object(outline), "the outline is no object");
    check(outline.size() <= JsonOutline::kBytesMax + 1, "the outline is too long");
    return 0;
}
