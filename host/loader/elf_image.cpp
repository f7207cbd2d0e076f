#include "loader/elf_image.hpp"

#include <aihub/plugin.h>

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

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

// Reads with the bounds checked, and only what is asked for: a damaged file must not crash the gateway, and most of a
// library with debug information is of no interest.
class File {
public:
    static Result<File> open(const std::string& path) {
        File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        struct stat facts {};
        if (file.descriptor_ < 0 || ::fstat(file.descriptor_, &facts) != 0) {
            return Error{Errc::not_found, "cannot open " + path + ": " + std::strerror(errno)};
        }
        if (!S_ISREG(facts.st_mode)) {
            return Error{Errc::unavailable, "cannot read " + path + ": it is no file"};
        }
        file.size_ = static_cast<std::uint64_t>(facts.st_size);
        if (file.size_ > kFileBytesMax) {
            return Error{Errc::too_large, path + " is over 1 GiB: not taken as a plugin"};
        }
        return file;
    }
    File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}
    File& operator=(File&&) = delete;
    ~File() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

    template <class T>
    [[nodiscard]] std::optional<T> at(std::uint64_t offset) const {
        T value;
        return read(offset, &value, sizeof value) ? std::optional(value) : std::nullopt;
    }
    // Nothing: not all of it is there.
    [[nodiscard]] std::optional<std::string> range(std::uint64_t offset, std::uint64_t size) const {
        if (offset > size_ || size_ - offset < size) {
            return std::nullopt;
        }
        std::string bytes(size, '\0');
        return read(offset, bytes.data(), size) ? std::optional(std::move(bytes)) : std::nullopt;
    }

private:
    explicit File(int descriptor) : descriptor_(descriptor) {}

    [[nodiscard]] bool read(std::uint64_t offset, void* into, std::size_t size) const {
        std::size_t done = 0;
        while (offset <= size_ && done < size) {
            const ssize_t count =
                ::pread(descriptor_, static_cast<char*>(into) + done, size - done, static_cast<off_t>(offset + done));
            if (count == 0 || (count < 0 && errno != EINTR)) {
                return false;
            }
            done += count > 0 ? static_cast<std::size_t>(count) : 0;
        }
        return done == size;
    }

    int descriptor_;
    std::uint64_t size_ = 0;
};

// Structs are copied out, so alignment does not matter.
template <class T, class Take>
void for_each(std::string_view bytes, Take take) {
    for (; bytes.size() >= sizeof(T); bytes.remove_prefix(sizeof(T))) {
        T value;
        std::memcpy(&value, bytes.data(), sizeof value);
        take(value);
    }
}

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

// A section and the table of texts that it refers to.
struct Section {
    std::string bytes;
    std::string texts;
};

Result<Section> read_section(
    const File& file, const Elf64_Shdr& section, const Elf64_Ehdr& header, const std::string& path
) {
    const auto linked = file.at<Elf64_Shdr>(header.e_shoff + std::uint64_t{section.sh_link} * sizeof(Elf64_Shdr));
    auto texts = linked ? file.range(linked->sh_offset, linked->sh_size) : std::nullopt;
    auto bytes = file.range(section.sh_offset, section.sh_size);
    if (!texts || !bytes || section.sh_link >= header.e_shnum) {
        return damaged(path);
    }
    return Section{*std::move(bytes), *std::move(texts)};
}

void take_symbols(ElfImage& image, const Section& section) {
    for_each<Elf64_Sym>(section.bytes, [&](const Elf64_Sym& symbol) {
        take_symbol(image, symbol, text_at(section.texts, symbol.st_name));
    });
}

void take_needed(ElfImage& image, const Section& section) {
    for_each<Elf64_Dyn>(section.bytes, [&](const Elf64_Dyn& entry) {
        if (entry.d_tag == DT_NEEDED) {
            image.needed.emplace_back(text_at(section.texts, entry.d_un.d_val));
        }
    });
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
    const File file = AIHUB_TRY(File::open(path));
    const auto header = file.at<Elf64_Ehdr>(0);
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
        const auto section = file.at<Elf64_Shdr>(header->e_shoff + i * sizeof(Elf64_Shdr));
        if (!section) {
            return damaged(path);
        }
        if (section->sh_type == SHT_DYNSYM) {
            has_symbols = true;
            take_symbols(image, AIHUB_TRY(read_section(file, *section, *header, path)));
        }
        if (section->sh_type == SHT_DYNAMIC) {
            take_needed(image, AIHUB_TRY(read_section(file, *section, *header, path)));
        }
    }
    for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
        const auto segment = file.at<Elf64_Phdr>(header->e_phoff + i * sizeof(Elf64_Phdr));
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
