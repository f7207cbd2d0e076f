#include "policy/bundle.hpp"

#include "policy/hook.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace aihub::policy {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".lua";
constexpr std::array<std::string_view, 3> kEndings{kEnding, ".csv", ".json"};
constexpr std::string_view kSpecEnding = "_spec.lua";
constexpr std::size_t kFileNameBytesMax = 60;  // it has to fit whole into Lua's messages
constexpr std::size_t kLabelHashDigits = 12;
constexpr char kBytecode = '\x1b';

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Digest sha256(std::string_view text) {
    Digest digest{};
    // The library has no other type for bytes.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    (void)SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return digest;
}

bool is_file_name(std::string_view name) {
    const bool letters = std::ranges::all_of(name, [](unsigned char c) {
        return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_' || c == '.';
    });
    const auto point = std::min(name.find('.'), name.size());
    return letters && point > 0 && name.size() <= kFileNameBytesMax &&
           std::ranges::find(kEndings, name.substr(point)) != kEndings.end();
}

Result<void> check(const SourceFile& file) {
    if (!is_file_name(file.name)) {
        return Error{
            Errc::invalid_request,
            "\"" + file.name +
                "\" cannot be the name of a policy file; take lower-case letters, digits and _, then .lua, .csv or "
                ".json"};
    }
    if (file.text.size() > Bundle::kFileBytesMax) {
        return Error{
            Errc::too_large,
            file.name + " has " + std::to_string(file.text.size()) + " bytes; a file may have " +
                std::to_string(Bundle::kFileBytesMax)};
    }
    if (file.is_lua() && file.text.starts_with(kBytecode)) {
        return Error{Errc::invalid_request, file.name + " is compiled Lua, which cannot be checked; give its source"};
    }
    return {};
}

bool is_hook_file(const SourceFile& file) {
    return std::ranges::any_of(kHooks, [&](Hook hook) {
        return file.name == std::string(hook_name(hook)) + std::string(kEnding);
    });
}

std::string hash_of(const std::vector<SourceFile>& files) {
    std::string all;
    for (const auto& file : files) {
        all += file.name + "\n" + std::to_string(file.text.size()) + "\n" + file.text;
    }
    return sha256_hex(all);
}

Result<SourceFile> read_file(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    SourceFile file{path.filename().string(), {}};
    std::array<char, 4096> part{};
    while (stream.read(part.data(), part.size()), stream.gcount() > 0) {
        file.text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
        if (file.text.size() > Bundle::kFileBytesMax) {
            break;
        }
    }
    if (!stream.eof() && file.text.size() <= Bundle::kFileBytesMax) {
        return Error{Errc::not_found, path.string() + " cannot be read; check its permissions"};
    }
    return file;
}

// By name.
Result<std::vector<DataFile>> data_of(const std::vector<SourceFile>& files) {
    std::vector<DataFile> data;
    for (const auto& file : files) {
        if (file.is_lua() || file.name == Manifest::kFile) {
            continue;
        }
        auto parsed = AIHUB_TRY(DataFile::parse(file.name, file.text));
        if (std::ranges::find(data, parsed.name, &DataFile::name) != data.end()) {
            return Error{
                Errc::invalid_request,
                "the data \"" + parsed.name + "\" are there twice; keep one of " + parsed.name + ".csv and " +
                    parsed.name + ".json"};
        }
        data.push_back(std::move(parsed));
    }
    std::ranges::sort(data, {}, &DataFile::name);
    return data;
}

}  // namespace

bool SourceFile::is_lua() const {
    return name.ends_with(kEnding);
}

bool SourceFile::is_spec() const {
    return name.ends_with(kSpecEnding);
}

std::string sha256_hex(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const unsigned char byte : sha256(text)) {
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 15U];
    }
    return out;
}

std::uint64_t sha256_number(std::string_view text) {
    const auto digest = sha256(text);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof(number); ++i) {
        number = number << 8U | digest[i];
    }
    return number;
}

Bundle::Bundle(std::string name, std::vector<SourceFile> files, std::vector<DataFile> data, Manifest manifest)
    : name_(std::move(name)),
      hash_(hash_of(files)),
      files_(std::move(files)),
      data_(std::move(data)),
      manifest_(std::move(manifest)) {}

Result<Bundle> Bundle::make(std::string name, std::vector<SourceFile> files) {
    std::ranges::sort(files, {}, &SourceFile::name);
    if (files.size() > kFilesMax) {
        return Error{
            Errc::too_large,
            "bundle " + name + " has " + std::to_string(files.size()) + " files; it may have " +
                std::to_string(kFilesMax)};
    }
    for (const auto& file : files) {
        AIHUB_CHECK(check(file));
    }
    const auto twice = std::ranges::adjacent_find(files, {}, &SourceFile::name);
    if (twice != files.end()) {
        return Error{Errc::invalid_request, "bundle " + name + " has " + twice->name + " twice"};
    }
    if (std::ranges::none_of(files, is_hook_file)) {
        std::string names;
        for (const auto hook : kHooks) {
            names += (names.empty() ? "" : ", ") + std::string(hook_name(hook)) + ".lua";
        }
        return Error{Errc::invalid_request, "bundle " + name + " has no hook; it needs at least one of " + names};
    }
    Manifest manifest;
    const auto manifest_file = std::ranges::find(files, Manifest::kFile, &SourceFile::name);
    if (manifest_file != files.end()) {
        manifest = AIHUB_TRY(Manifest::parse(manifest_file->text));
    }
    auto data = AIHUB_TRY(data_of(files));
    return Bundle(std::move(name), std::move(files), std::move(data), std::move(manifest));
}

Result<Bundle> Bundle::load(const std::string& directory) {
    std::error_code error;
    if (!fs::is_directory(directory, error)) {
        return Error{Errc::not_found, directory + " is not a folder; name the one that has the policy files"};
    }
    std::vector<SourceFile> files;
    auto entry = fs::directory_iterator(directory, error);
    while (!error && entry != fs::directory_iterator()) {
        if (std::ranges::find(kEndings, entry->path().extension().string()) != kEndings.end()) {
            if (!entry->is_regular_file(error)) {
                return Error{
                    Errc::invalid_request,
                    entry->path().string() + " is named like a file of a policy and is none; mend or remove it"};
            }
            files.push_back(AIHUB_TRY(read_file(entry->path())));
        }
        if (files.size() > kFilesMax) {
            break;
        }
        entry.increment(error);
    }
    if (error) {
        return Error{Errc::not_found, directory + " cannot be read: " + error.message()};
    }
    fs::path path = fs::path(directory).lexically_normal();
    if (path.filename().empty()) {
        path = path.parent_path();
    }
    return make(path.filename().string(), std::move(files));
}

const SourceFile* Bundle::find(std::string_view name) const {
    const auto found = std::ranges::lower_bound(files_, name, {}, &SourceFile::name);
    return found != files_.end() && found->name == name ? &*found : nullptr;
}

const DataFile* Bundle::data(std::string_view name) const {
    const auto found = std::ranges::lower_bound(data_, name, {}, &DataFile::name);
    return found != data_.end() && found->name == name ? &*found : nullptr;
}

std::string Bundle::label() const {
    return name_ + "@" + hash_.substr(0, kLabelHashDigits);
}

}  // namespace aihub::policy
