#include "support/prometheus_text.hpp"

#include <cctype>
#include <cstdlib>
#include <optional>
#include <set>

namespace aihub::testing {
namespace {

bool is_name(std::string_view text, bool colons) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const bool fits = std::isalpha(c) != 0 || c == '_' || (colons && c == ':') || (i > 0 && std::isdigit(c) != 0);
        if (!fits) {
            return false;
        }
    }
    return !text.empty();
}

std::optional<double> number_of(std::string_view text) {
    if (text == "+Inf" || text == "-Inf" || text == "NaN") {
        return std::strtod(std::string(text).c_str(), nullptr);
    }
    const std::string copy(text);
    char* end = nullptr;
    const double value = std::strtod(copy.c_str(), &end);
    const bool plain = text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
    return !copy.empty() && plain && *end == '\0' ? std::optional(value) : std::nullopt;
}

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    PrometheusText read() {
        if (!text_.empty() && text_.back() != '\n') {
            problem("the last line has no end");
        }
        while (!text_.empty()) {
            ++line_number_;
            const auto end = std::min(text_.find('\n'), text_.size());
            line(text_.substr(0, end));
            text_.remove_prefix(std::min(end + 1, text_.size()));
        }
        end_family();
        return std::move(out_);
    }

private:
    void problem(const std::string& what) {
        out_.problems.push_back("line " + std::to_string(line_number_) + ": " + what);
    }

    void line(std::string_view text) {
        if (text.starts_with("# HELP ") || text.starts_with("# TYPE ")) {
            const bool help = text[2] == 'H';
            text.remove_prefix(7);
            const auto space = std::min(text.find(' '), text.size());
            comment(
                help, std::string(text.substr(0, space)), std::string(text.substr(std::min(space + 1, text.size())))
            );
        } else if (!text.starts_with('#') && !text.empty()) {
            sample(text);
        }
    }

    void comment(bool help, const std::string& name, const std::string& rest) {
        if (!is_name(name, true)) {
            problem("not a metric name: " + name);
        }
        if (help) {
            end_family();
            family_ = name;
            if (!families_.insert(name).second) {
                problem("the family " + name + " is not in one piece");
            }
            return;
        }
        static const std::set<std::string> kTypes{"counter", "gauge", "histogram", "summary", "untyped"};
        type_ = rest;
        if (name != family_ || !kTypes.contains(rest)) {
            problem("a TYPE without its HELP before it, or of no known kind: " + name + " " + rest);
        }
        if (rest == "counter" && !name.ends_with("_total")) {
            problem("a counter that does not end in _total: " + name);
        }
    }

    // Takes `name="value"` off the front of `text`; false: it is none.
    static bool take_label(std::string_view& text, Sample& sample) {
        const auto equals = text.find("=\"");
        if (equals == std::string_view::npos || !is_name(text.substr(0, equals), false)) {
            return false;
        }
        const std::string name(text.substr(0, equals));
        std::string value;
        for (auto at = equals + 2; at < text.size(); ++at) {
            if (text[at] == '"') {
                text.remove_prefix(at + 1);
                return sample.labels.emplace(name, value).second;
            }
            if (text[at] == '\\' &&
                (++at == text.size() || std::string_view("\\\"n").find(text[at]) == std::string_view::npos)) {
                return false;
            }
            value += text[at];
        }
        return false;
    }

    static bool take_labels(std::string_view& text, Sample& sample) {
        if (!text.starts_with('{')) {
            return true;
        }
        do {
            text.remove_prefix(1);
            if (!take_label(text, sample)) {
                return false;
            }
        } while (text.starts_with(','));
        const bool closed = text.starts_with('}');
        text.remove_prefix(closed ? 1 : 0);
        return closed;
    }

    void sample(std::string_view text) {
        const std::string line(text);
        Sample read;
        const auto end = std::min(text.find_first_of("{ "), text.size());
        read.name = text.substr(0, end);
        text.remove_prefix(end);
        const bool labels = take_labels(text, read);
        const auto value = labels && text.starts_with(' ') ? number_of(text.substr(1)) : std::nullopt;
        if (!is_name(read.name, true) || !value) {
            problem("not a sample: " + line);
            return;
        }
        read.value = *value;
        check(read, line.substr(0, line.rfind(' ')));
        out_.samples.push_back(std::move(read));
    }

    void check(const Sample& sample, const std::string& series) {
        const auto suffix = sample.name.starts_with(family_) ? sample.name.substr(family_.size()) : "another family";
        const bool histogram = type_ == "histogram";
        if (type_.empty() ||
            (histogram ? suffix != "_bucket" && suffix != "_sum" && suffix != "_count" : !suffix.empty())) {
            problem("a sample outside of its family: " + series);
        }
        if (!seen_.insert(series).second) {
            problem("a series twice: " + series);
        }
        if (type_ == "counter" && !(sample.value >= 0)) {
            problem("a negative counter: " + series);
        }
        if (histogram && suffix == "_bucket") {
            bucket(sample, series);
        } else if (histogram && suffix == "_count" && (last_bound_ != "+Inf" || sample.value != last_value_)) {
            problem("_count is not the +Inf bucket: " + series);
        }
    }

    // Buckets of one series stand together and rise.
    void bucket(const Sample& sample, const std::string& series) {
        const auto found = sample.labels.find("le");
        const auto bound = found == sample.labels.end() ? std::nullopt : number_of(found->second);
        if (!bound) {
            problem("a bucket without a bound: " + series);
            return;
        }
        const bool first = last_bound_.empty() || last_bound_ == "+Inf";
        if (!first && (*bound <= *number_of(last_bound_) || sample.value < last_value_)) {
            problem("buckets that do not rise: " + series);
        }
        last_bound_ = found->second;
        last_value_ = sample.value;
    }

    void end_family() {
        if (type_ == "histogram" && last_bound_ != "+Inf") {
            problem("no +Inf bucket: " + family_);
        }
        type_.clear();
        last_bound_.clear();
    }

    std::string_view text_;
    PrometheusText out_;
    std::size_t line_number_ = 0;
    std::string family_;
    std::string type_;
    std::set<std::string> families_;
    std::set<std::string> seen_;
    std::string last_bound_;
    double last_value_ = 0;
};

}  // namespace

PrometheusText read_prometheus(std::string_view text) {
    return Reader(text).read();
}

}  // namespace aihub::testing
