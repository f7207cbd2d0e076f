// What can be known of a large JSON reply without holding it.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace aihub::gateway {

// Reads an object piece by piece and keeps an outline of it: the same object, in which a member of more than kValueMax
// bytes is an empty string, array or object, or 0. Strings, brackets and separators are checked, not every rule of the
// grammar. After an error nothing more is taken.
class JsonOutline {
public:
    static constexpr std::size_t kValueMax = 16UL * 1024;
    // Of the whole outline; members that would make it longer are left out.
    static constexpr std::size_t kBytesMax = 256UL * 1024;
    static constexpr std::size_t kDepthMax = 1024;  // as sdk::JsonScan

    // The next bytes, cut anywhere. upstream_failed: this is no JSON object, or something stands behind it.
    [[nodiscard]] Result<void> take(std::string_view bytes);
    // The outline; valid as long as this. upstream_failed: the object has not ended.
    [[nodiscard]] Result<std::string_view> finish() const;

private:
    enum class Place { begin, first_name, name, name_text, colon, value, text, word, nested, behind, end };
    // Takes a piece of `rest`. False: it is wrong.
    [[nodiscard]] bool step(std::string_view& rest);
    [[nodiscard]] bool take_letter(char letter);
    [[nodiscard]] bool begin_value(char letter);
    [[nodiscard]] bool end_member(char letter);
    [[nodiscard]] bool take_nested(std::string_view& rest);
    std::string_view take_string(std::string_view& rest);
    void begin_name();
    void keep(std::string_view bytes);

    Place place_ = Place::begin;
    std::string outline_;
    std::string nesting_;     // what closes the open brackets of a value
    std::size_t member_ = 0;  // where the last member begins in the outline
    std::size_t part_ = 0;    // and its name or value
    char kind_ = 0;           // the first letter of that
    bool quoted_ = false;     // within a string
    bool escaped_ = false;    // behind a backslash
    bool dropped_ = false;    // of this part no more is kept
};

}  // namespace aihub::gateway
