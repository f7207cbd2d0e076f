// Lists of the management API, page by page.
#pragma once

#include "base/json_text.hpp"
#include "control/route_table.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::control {

// Which part of a list is asked for: ?limit=20&cursor=...
struct Page {
    static constexpr std::size_t kLimit = 50;
    static constexpr std::size_t kLimitMax = 200;

    std::size_t limit = kLimit;
    std::string cursor;  // name of the last entry of the page before; empty: from the beginning
};

// invalid_request: a parameter that is not one of these, or a limit out of range.
[[nodiscard]] Result<Page> page_of(const std::map<std::string, std::string, std::less<>>& query);

// {"data":[...],"next_cursor":...}, null on the last page. `name` gives what is unique of an entry, `append` writes it.
// invalid_request: no entry has the name of the cursor, so the list has changed; begin anew.
template <class Entry, class Name, class Append>
[[nodiscard]] Result<Answer> list_page(const std::vector<Entry>& entries, const Page& page, Name name, Append append) {
    std::size_t at = 0;
    if (!page.cursor.empty()) {
        while (at < entries.size() && name(entries[at]) != page.cursor) {
            ++at;
        }
        if (at == entries.size()) {
            return Error{
                Errc::invalid_request,
                "the list has no entry of this cursor any more; begin without one",
                "invalid_cursor",
                "cursor"};
        }
        ++at;
    }
    Answer answer;
    answer.body = "{\"data\":[";
    std::size_t count = 0;
    for (; at < entries.size() && count < page.limit; ++at, ++count) {
        answer.body += count == 0 ? "" : ",";
        append(answer.body, entries[at]);
    }
    answer.body += "],\"next_cursor\":";
    if (at < entries.size() && count > 0) {
        append_json_string(answer.body, name(entries[at - 1]));
    } else {
        answer.body += "null";
    }
    answer.body += "}";
    return answer;
}

}  // namespace aihub::control
