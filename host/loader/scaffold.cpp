#include "loader/scaffold.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace aihub::loader {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileBytesMax = std::size_t{4} << 20;
constexpr std::size_t kFilesMax = 1000;

using Replacements = std::vector<std::pair<std::string, std::string>>;

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

Result<void> check_name(const std::string& name) {
    const bool good =
        !name.empty() && name.size() <= 64 && is_lower(name.front()) && name.back() != '-' &&
        name.find("--") == std::string::npos &&
        std::all_of(name.begin(), name.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
    if (!good) {
        return Error{
            Errc::invalid_request,
            "\"" + name + "\" cannot be a plugin's name: use lower-case letters, digits and -, as in acme-echo"};
    }
    return {};
}

Result<void> check_id(const std::string& id) {
    const bool good = id.find('.') != std::string::npos && id.front() != '.' && id.back() != '.' &&
                      id.find("..") == std::string::npos && id.size() <= 100 &&
                      std::all_of(id.begin(), id.end(), [](char c) {
                          return is_lower(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
                      });
    if (!good) {
        return Error{
            Errc::invalid_request,
            "\"" + id + "\" cannot be a plugin's id: use a lower-case reverse domain name, as in com.acme.echo"};
    }
    return {};
}

std::string replaced(std::string text, const Replacements& replacements) {
    for (const auto& [mark, value] : replacements) {
        for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) {
            text.replace(at, mark.size(), value);
        }
    }
    return text;
}

Error disk(const std::string& what, const fs::path& path, const std::error_code& failed) {
    return Error{Errc::unavailable, "cannot " + what + " " + path.string() + ": " + failed.message()};
}

Result<void> copy_file(const fs::path& from, const fs::path& to, const Replacements& replacements) {
    std::error_code failed;
    if (fs::file_size(from, failed) > kFileBytesMax || failed) {
        return Error{Errc::too_large, "template file " + from.string() + " cannot be read or is over 4 MiB"};
    }
    std::ifstream in(from, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    fs::create_directories(to.parent_path(), failed);
    if (!in || failed) {
        return disk("copy", from, failed);
    }
    std::ofstream out(to, std::ios::binary);
    out << replaced(text, replacements);
    out.close();
    if (!out) {
        return Error{Errc::unavailable, "cannot write " + to.string() + ": is the disk full?"};
    }
    fs::permissions(to, fs::status(from, failed).permissions(), failed);
    return {};
}

Result<std::vector<std::string>> copy_tree(const fs::path& from, const fs::path& to, const Replacements& replacements) {
    std::vector<std::string> files;
    std::error_code failed;
    for (fs::recursive_directory_iterator at(from, failed), end; !failed && at != end; at.increment(failed)) {
        if (!at->is_regular_file()) {
            continue;
        }
        const std::string name = replaced(fs::relative(at->path(), from).string(), replacements);
        AIHUB_CHECK(copy_file(at->path(), to / name, replacements));
        files.push_back(name);
        if (files.size() > kFilesMax) {
            return Error{Errc::too_large, "template " + from.string() + " has more than 1000 files"};
        }
    }
    if (failed) {
        return disk("read", from, failed);
    }
    std::sort(files.begin(), files.end());
    return files;
}

Result<fs::path> find_template(const ScaffoldOptions& options) {
    std::error_code ignored;
    const fs::path root(options.template_directory);
    for (const fs::path& candidate : {root / options.kind, root}) {
        if (fs::is_directory(candidate, ignored) && !fs::is_empty(candidate, ignored)) {
            // The root itself stands for providers only.
            if (candidate != root || options.kind == "provider") {
                return candidate;
            }
        }
    }
    return Error{
        Errc::not_found,
        "there is no template for a " + options.kind + " in " + options.template_directory +
            ": install the SDK, or name a kind that it has"};
}

}  // namespace

Result<Scaffold> make_plugin(const ScaffoldOptions& options) {
    AIHUB_CHECK(check_name(options.name));
    const std::string id = options.id.empty() ? "com.example." + options.name : options.id;
    AIHUB_CHECK(check_id(id));
    const fs::path from = AIHUB_TRY(find_template(options));
    fs::path directory = fs::path(options.directory.empty() ? options.name : options.directory).lexically_normal();
    if (!directory.has_filename()) {
        directory = directory.parent_path();  // "made/here/"
    }
    std::error_code failed;
    if (fs::exists(fs::symlink_status(directory, failed))) {
        return Error{Errc::conflict, directory.string() + " exists already: choose another name or --directory"};
    }
    std::string identifier = options.name;
    std::replace(identifier.begin(), identifier.end(), '-', '_');
    const Replacements replacements = {{"@NAME@", identifier}, {"@TITLE@", options.name}, {"@ID@", id}};

    const fs::path beside = directory.string() + ".new";
    fs::remove_all(beside, failed);
    Result<std::vector<std::string>> files = copy_tree(from, beside, replacements);
    if (files) {
        fs::rename(beside, directory, failed);
        if (!failed) {
            return Scaffold{directory.string(), *std::move(files)};
        }
        files = disk("make", directory, failed);
    }
    std::error_code ignored;
    fs::remove_all(beside, ignored);
    return files.error();
}

}  // namespace aihub::loader
