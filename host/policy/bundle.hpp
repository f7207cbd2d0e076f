// A bundle of policies: an immutable set of Lua sources and of data for them, known by the hash of its content.
#pragma once

#include "base/result.hpp"
#include "policy/data_file.hpp"
#include "policy/manifest.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::policy {

struct SourceFile {
    std::string name;  // "route.lua", "tiers.lua", "route_spec.lua", "prices.csv", "bundle.json"
    std::string text;
    bool operator==(const SourceFile&) const = default;

    // ".lua" at the end.
    [[nodiscard]] bool is_lua() const;
    // "_spec.lua" at the end: a test, not a part of what runs.
    [[nodiscard]] bool is_spec() const;
};

class Bundle {
public:
    static constexpr std::size_t kFilesMax = 64;
    static constexpr std::size_t kFileBytesMax = 256U << 10U;

    // All files "*.lua", "*.csv" and "*.json" of a folder, which gives the bundle its name. Folders in it and other
    // files are left alone. not_found, invalid_request or too_large, with the file and what to do.
    [[nodiscard]] static Result<Bundle> load(const std::string& directory);
    // invalid_request: a name that is not one, twice the same, bytecode, no hook at all, data that cannot be read.
    // too_large.
    [[nodiscard]] static Result<Bundle> make(std::string name, std::vector<SourceFile> files);

    [[nodiscard]] const std::string& name() const { return name_; }
    // SHA-256 in hexadecimal of all files in the order of their names, each as its name, its size and its text; specs
    // included, so that what was tested is what is named.
    [[nodiscard]] const std::string& hash() const { return hash_; }
    // "eu@1a2b3c4d5e6f", for logs and errors.
    [[nodiscard]] std::string label() const;
    // By name.
    [[nodiscard]] const std::vector<SourceFile>& files() const { return files_; }
    [[nodiscard]] const SourceFile* find(std::string_view name) const;
    // Of "prices.csv" or "limits.json", by "prices" and "limits"; null: there is none.
    [[nodiscard]] const DataFile* data(std::string_view name) const;
    [[nodiscard]] const Manifest& manifest() const { return manifest_; }

private:
    Bundle(std::string name, std::vector<SourceFile> files, std::vector<DataFile> data, Manifest manifest);

    std::string name_;
    std::string hash_;
    std::vector<SourceFile> files_;
    std::vector<DataFile> data_;  // by name
    Manifest manifest_;
};

// SHA-256 of `text`, in hexadecimal.
[[nodiscard]] std::string sha256_hex(std::string_view text);
// The first eight bytes of it as a number, most significant first: what buckets are made of.
[[nodiscard]] std::uint64_t sha256_number(std::string_view text);

}  // namespace aihub::policy
