// Golden cases made of raw bytes, and ways to cut them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::test {

// A case file writes bytes readably: \r \n \t \\ \xHH, and \* N {text} for N copies of the text. The file's own line
// ends mean nothing, and a line that begins with "# " is a remark.
[[nodiscard]] std::string unescape(std::string_view text);
// The same notation, without repetition.
[[nodiscard]] std::string escape(std::string_view bytes);

struct ByteCase {
    std::string name;
    std::string bytes;
    std::string expected;  // the .expect file beside it
};

// All files of the folder that end with `extension`, in the order of their names.
[[nodiscard]] std::vector<ByteCase> load_byte_cases(const std::filesystem::path& folder, const std::string& extension);

// Calls `run` with the bytes whole, one by one, and cut in two at every position.
void for_each_cut(std::string_view bytes, const std::function<void(const std::vector<std::string_view>&)>& run);

}  // namespace aihub::test
