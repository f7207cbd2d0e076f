#include "loader/elf_image.hpp"

#include <aihub/plugin.h>

#include <elf.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

namespace aihub::loader {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 30;

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
constexpr const char* kMachineName = "x86-64";
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
constexpr const char* kMachineName = "aarch64";
#else
#error "name this machine's ELF number here"
#endif

Result<std::string> read_whole(const std::string& path) {
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
    if (file == nullptr) {
        return Error{Errc::not_found, "cannot open " + path + ": " + std::strerror(errno)};
    }
    std::string bytes;
    char buffer[65536];
    while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file.get())) {
        bytes.append(buffer, count);
        if (bytes.size() > kFileBytesMax) {
            return Error{Errc::too_large, path + " is over 1 GiB: not taken as a plugin"};
        }
    }
    if (std::ferror(file.get()) != 0) {
        return Error{Errc::unavailable, "cannot read " + path + ": " + std::strerror(errno)};
    }
    return bytes;
}

// Reads with the bounds checked: a damaged file must not crash the gateway. Structs are copied out, so alignment does
// not matter.
class Bytes {
public:
    explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

    template <class T>
    [[nodiscard]] std::optional<T> at(std::uint64_t offset) const {
        if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) {
            return std::nullopt;
        }
        T value;
        std::memcpy(&value, bytes_.data() + offset, sizeof value);
        return value;
    }

    [[nodiscard]] std::optional<std::string_view> range(std::uint64_t offset, std::uint64_t size) const {
        if (offset > bytes_.size() || bytes_.size() - offset < size) {
            return std::nullopt;
        }
        return bytes_.substr(offset, size);
    }

private:
    std::string_view bytes_;
};

std::string_view text_at(std::string_view table, std::uint64_t offset) {
    if (offset >= table.size()) {
        return {};
    }
    const std::string_view rest = table.substr(offset);
    return rest.substr(0, rest.find('\0'));
}

// Names that a linker adds to a library by itself.
bool is_linkers_own(std::string_view name) {
    static const std::set<std::string_view> kNames = {"_init", "_fini", "_edata", "_end", "__bss_start"};
    return kNames.contains(name);
}

void take_symbol(ElfImage& image, const Elf64_Sym& symbol, std::string_view name) {
    const unsigned bind = ELF64_ST_BIND(symbol.st_info);
    if (name.empty() || bind == STB_LOCAL) {
        return;
    }
    if (symbol.st_shndx == SHN_UNDEF) {
        if (name.starts_with("aihub_")) {
            image.undefined_aihub.emplace_back(name);
        }
        return;
    }
    if (bind == STB_GNU_UNIQUE) {
        image.unique.emplace_back(name);
    }
    const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    if ((visibility == STV_DEFAULT || visibility == STV_PROTECTED) && !is_linkers_own(name)) {
        image.exports.emplace_back(name);
    }
}

Error damaged(const std::string& path) {
    return Error{Errc::invalid_request, path + " is a damaged ELF file: copy or build it again"};
}

Result<void> take_symbols(
    ElfImage& image, const Bytes& bytes, const Elf64_Shdr& section, const Elf64_Ehdr& header, const std::string& path
) {
    const auto strings = bytes.at<Elf64_Shdr>(header.e_shoff + std::uint64_t{section.sh_link} * sizeof(Elf64_Shdr));
    const auto table = strings ? bytes.range(strings->sh_offset, strings->sh_size) : std::nullopt;
    if (!table || section.sh_link >= header.e_shnum || !bytes.range(section.sh_offset, section.sh_size)) {
        return damaged(path);
    }
    for (std::uint64_t offset = 0; offset + sizeof(Elf64_Sym) <= section.sh_size; offset += sizeof(Elf64_Sym)) {
        const auto symbol = bytes.at<Elf64_Sym>(section.sh_offset + offset);
        take_symbol(image, *symbol, text_at(*table, symbol->st_name));
    }
    return {};
}

Result<void> take_needed(
    ElfImage& image, const Bytes& bytes, const Elf64_Shdr& section, const Elf64_Ehdr& header, const std::string& path
) {
    const auto strings = bytes.at<Elf64_Shdr>(header.e_shoff + std::uint64_t{section.sh_link} * sizeof(Elf64_Shdr));
    const auto table = strings ? bytes.range(strings->sh_offset, strings->sh_size) : std::nullopt;
    if (!table || section.sh_link >= header.e_shnum || !bytes.range(section.sh_offset, section.sh_size)) {
        return damaged(path);
    }
    for (std::uint64_t offset = 0; offset + sizeof(Elf64_Dyn) <= section.sh_size; offset += sizeof(Elf64_Dyn)) {
        const auto entry = bytes.at<Elf64_Dyn>(section.sh_offset + offset);
        if (entry->d_tag == DT_NEEDED) {
            image.needed.emplace_back(text_at(*table, entry->d_un.d_val));
        }
    }
    return {};
}

Result<void> check_header(const Elf64_Ehdr& header, const std::string& path) {
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
        return Error{
            Errc::invalid_request, path + " is not an ELF shared object: build the plugin as a shared library"};
    }
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
        return Error{Errc::invalid_request, path + " is not a 64-bit little-endian library: build it for this machine"};
    }
    if (header.e_machine != kMachine) {
        return Error{
            Errc::invalid_request,
            path + " is for another machine (ELF number " + std::to_string(header.e_machine) + "), this is " +
                kMachineName + ": install the build for this machine"};
    }
    if (header.e_type != ET_DYN) {
        return Error{Errc::invalid_request, path + " is an ELF file but not a shared object: link it with -shared"};
    }
    return {};
}

std::string join(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 5;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < kShown; ++i) {
        text += (i == 0 ? "" : ", ") + names[i];
    }
    return names.size() > kShown ? text + " and " + std::to_string(names.size() - kShown) + " more" : text;
}

}  // namespace

bool ElfImage::exports_symbol(const std::string& name) const {
    return std::binary_search(exports.begin(), exports.end(), name);
}

Result<ElfImage> read_elf(const std::string& path) {
    const std::string content = AIHUB_TRY(read_whole(path));
    const Bytes bytes(content);
    const auto header = bytes.at<Elf64_Ehdr>(0);
    if (!header) {
        return Error{
            Errc::invalid_request, path + " is not an ELF shared object: build the plugin as a shared library"};
    }
    AIHUB_CHECK(check_header(*header, path));
    if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_phentsize != sizeof(Elf64_Phdr)) {
        return damaged(path);
    }

    ElfImage image;
    bool has_symbols = false;
    for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
        const auto section = bytes.at<Elf64_Shdr>(header->e_shoff + i * sizeof(Elf64_Shdr));
        if (!section) {
            return damaged(path);
        }
        if (section->sh_type == SHT_DYNSYM) {
            has_symbols = true;
            AIHUB_CHECK(take_symbols(image, bytes, *section, *header, path));
        }
        if (section->sh_type == SHT_DYNAMIC) {
            AIHUB_CHECK(take_needed(image, bytes, *section, *header, path));
        }
    }
    for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
        const auto segment = bytes.at<Elf64_Phdr>(header->e_phoff + i * sizeof(Elf64_Phdr));
        if (!segment) {
            return damaged(path);
        }
        image.thread_local_storage = image.thread_local_storage || segment->p_type == PT_TLS;
    }
    if (!has_symbols) {
        return Error{Errc::invalid_request, path + " has no dynamic symbol table: it exports nothing"};
    }
    std::sort(image.exports.begin(), image.exports.end());
    return image;
}

Result<void> inspect(const ElfImage& image, std::vector<std::string>& warnings) {
    if (!image.exports_symbol(AIHUB_PLUGIN_ENTRY_SYMBOL)) {
        return Error{
            Errc::invalid_request,
            "does not export " AIHUB_PLUGIN_ENTRY_SYMBOL
            ": it is not an AI Hub plugin, or it was linked without its entry function"};
    }
    if (!image.undefined_aihub.empty()) {
        return Error{
            Errc::invalid_request,
            "needs symbols that the host does not export (" + join(image.undefined_aihub) +
                "): define them in the plugin and link it with -Wl,-z,defs"};
    }
    std::vector<std::string> extra;
    std::copy_if(image.exports.begin(), image.exports.end(), std::back_inserter(extra), [](const std::string& name) {
        return name != AIHUB_PLUGIN_ENTRY_SYMBOL;
    });
    if (!extra.empty()) {
        warnings.push_back(
            "exports more than " AIHUB_PLUGIN_ENTRY_SYMBOL " (" + join(extra) +
            "): build it with -fvisibility=hidden and link it with a version script"
        );
    }
    if (!image.unique.empty()) {
        warnings.push_back(
            "has unique symbols (" + join(image.unique) + "): build it with -fno-gnu-unique, or it cannot be replaced"
        );
    }
    return {};
}

}  // namespace aihub::loader
