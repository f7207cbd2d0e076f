#include "policy/report_json.hpp"

#include "base/json_text.hpp"

#include <array>
#include <cstdio>

namespace aihub::policy {

std::string decimal(double value, int places) {
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.*f", places, value);
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string("0");
}

void ReportJson::member(std::string_view name, std::string_view value) {
    key(name);
    append_json_string(out_, value);
}

void ReportJson::member(std::string_view name, std::uint64_t value) {
    key(name);
    out_ += std::to_string(value);
}

void ReportJson::member(std::string_view name, double value) {
    constexpr int kPlaces = 6;
    key(name);
    out_ += decimal(value, kPlaces);
}

void ReportJson::member(std::string_view name, bool value) {
    key(name);
    out_ += value ? "true" : "false";
}

void ReportJson::null(std::string_view name) {
    key(name);
    out_ += "null";
}

void ReportJson::open(std::string_view name, char bracket) {
    if (name.empty()) {
        comma();
    } else {
        key(name);
    }
    out_ += bracket;
    first_ = true;
}

void ReportJson::close(char bracket) {
    out_ += bracket;
    first_ = false;
}

void ReportJson::item(std::uint64_t value) {
    comma();
    out_ += std::to_string(value);
}

void ReportJson::comma() {
    out_ += first_ ? "" : ",";
    first_ = false;
}

void ReportJson::key(std::string_view name) {
    comma();
    append_json_string(out_, name);
    out_ += ':';
}

}  // namespace aihub::policy
