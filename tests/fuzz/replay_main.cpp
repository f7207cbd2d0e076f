// Runs files through a fuzz target without libFuzzer: replay_<name> FILE_OR_FOLDER...
#include "fuzz_check.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

void replay(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    std::fprintf(stderr, "%s\n", path.c_str());
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int count, char** arguments) {
    int files = 0;
    for (int at = 1; at < count; ++at) {
        if (!std::filesystem::is_directory(arguments[at])) {
            replay(arguments[at]);
            ++files;
            continue;
        }
        for (const auto& entry : std::filesystem::directory_iterator(arguments[at])) {
            replay(entry.path());
            ++files;
        }
    }
    if (files == 0) {
        std::fprintf(stderr, "no input: name files or folders with a corpus\n");
        return 1;
    }
    return 0;
}
