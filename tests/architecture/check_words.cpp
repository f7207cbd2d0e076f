#include "rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace aihub::architecture {
namespace {

// Companies and products that plugins, presets and configuration name, but the host does not.
constexpr std::array<std::string_view, 28> kVendors = {
    "openai",      "anthropic",  "claude",     "gemini",   "google",     "vertex",     "mistral",
    "ollama",      "vllm",       "openrouter", "deepseek", "groq",       "azure",      "bedrock",
    "huggingface", "perplexity", "qwen",       "moonshot", "zhipu",      "volcengine", "gpt",
    "chatgpt",     "llama",      "midjourney", "stripe",   "clickhouse", "slack",      "dingtalk"};

// Those whose formats clients speak; host/dialect is the place that knows them.
constexpr std::array<std::string_view, 4> kDialectOwners = {"openai", "anthropic", "gemini", "google"};

// The tree stands for itself: it names no place outside, and not how it came about.
constexpr std::array<std::string_view, 12> kOutside = {
    "/home/",
    "/root/",
    "/Users/",
    "/work/",
    "shared/spec",
    "shared/design",
    "issue #",
    "as discussed",
    "co-authored-by",
    "the brief",
    "session of the",
    "per the spec"};

// The rules and their examples have to name what they look for.
constexpr std::array<std::string_view, 2> kMayName = {
    "tests/architecture/check_words.cpp", "tests/architecture/planted"};

bool is_letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}
bool is_upper(char c) {
    return std::isupper(static_cast<unsigned char>(c)) != 0;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

// A name ends where letters end, and where camelCase turns: "OpenaiWriter" holds openai, "CatalogPtr" holds no gpt.
bool stands_alone(std::string_view line, std::size_t at, std::size_t length) {
    const auto behind = at + length;
    const bool starts = at == 0 || !is_letter(line[at - 1]) || (is_upper(line[at]) && !is_upper(line[at - 1]));
    const bool ends = behind >= line.size() || !is_letter(line[behind]) || is_upper(line[behind]);
    return starts && ends;
}

bool holds_name(std::string_view line, std::string_view vendor) {
    const auto small = lower(line);
    for (auto at = small.find(vendor); at != std::string::npos; at = small.find(vendor, at + 1)) {
        if (stands_alone(line, at, vendor.size())) {
            return true;
        }
    }
    return false;
}

std::string without(std::string line, const std::vector<Allowance>& allowed) {
    for (const auto& allowance : allowed) {
        if (allowance.rule != "dialect" || allowance.what.empty()) {
            continue;
        }
        for (auto at = line.find(allowance.what); at != std::string::npos; at = line.find(allowance.what, at)) {
            line.replace(at, allowance.what.size(), " ");
        }
    }
    return line;
}

void check_vendors(const File& file, const std::vector<Allowance>& allowed, Findings& found) {
    const auto look = [&](const std::string& text, std::size_t line) {
        const auto rest = without(text, allowed);
        for (const auto vendor : kVendors) {
            const bool spoken =
                file.under("host/dialect") && std::ranges::find(kDialectOwners, vendor) != kDialectOwners.end();
            if (!spoken && holds_name(rest, vendor)) {
                found.push_back({"vendor_name", file.path, line, "the host knows no vendor: " + std::string(vendor)});
            }
        }
    };
    look(file.path, 0);
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        look(file.lines[i], i + 1);
    }
}

void check_outside(const File& file, Findings& found) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const auto small = lower(file.lines[i]);
        for (const auto word : kOutside) {
            if (small.find(lower(word)) != std::string::npos) {
                found.push_back(
                    {"made_how", file.path, i + 1, "the tree speaks of the product only: " + std::string(word)}
                );
            }
        }
    }
}

}  // namespace

void check_words(const Tree& tree, Findings& found) {
    const auto allowed = allowances(tree);
    for (const auto& file : tree.files) {
        if (file.under("host")) {
            check_vendors(file, allowed, found);
        }
        const bool may_name =
            std::ranges::any_of(kMayName, [&](std::string_view path) { return file.path == path || file.under(path); });
        if (!may_name) {
            check_outside(file, found);
        }
    }
}

}  // namespace aihub::architecture
