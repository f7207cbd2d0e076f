#include "control/paging.hpp"

#include <charconv>

namespace aihub::control {

namespace {

Error wrong(std::string message, const std::string& name) {
    return {Errc::invalid_request, std::move(message), "invalid_query", name};
}

}  // namespace

Result<Page> page_of(const std::map<std::string, std::string, std::less<>>& query) {
    Page page;
    for (const auto& [name, value] : query) {
        if (name == "cursor") {
            page.cursor = value;
        } else if (name == "limit") {
            const auto* const end = value.data() + value.size();
            const auto read = std::from_chars(value.data(), end, page.limit);
            if (read.ec != std::errc() || read.ptr != end || page.limit == 0 || page.limit > Page::kLimitMax) {
                return wrong("\"limit\" must be a number from 1 to 200", name);
            }
        } else {
            const std::string shown = name.substr(0, 64);
            return wrong("there is no parameter \"" + shown + "\" here; there are limit and cursor", shown);
        }
    }
    return page;
}

}  // namespace aihub::control
