// Writes reports for programs. Inside host/policy only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::policy {

// A number with so many places.
[[nodiscard]] std::string decimal(double value, int places);

// Puts the commas; the caller opens and closes brackets in pairs.
class ReportJson {
public:
    void member(std::string_view name, std::string_view value);
    void member(std::string_view name, const char* value) { member(name, std::string_view(value)); }
    void member(std::string_view name, std::uint64_t value);
    void member(std::string_view name, double value);  // with six places
    void member(std::string_view name, bool value);
    void null(std::string_view name);
    // '{' or '[', of an object; without a name, an item of a list.
    void open(std::string_view name, char bracket);
    void close(char bracket);
    void item(std::uint64_t value);
    // All of it and a line feed.
    [[nodiscard]] std::string take() { return std::move(out_) + "\n"; }

private:
    void comma();
    void key(std::string_view name);

    std::string out_;
    bool first_ = true;
};

}  // namespace aihub::policy
