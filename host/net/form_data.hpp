// Bodies of type multipart/form-data (RFC 7578), looked at as they arrive. No I/O.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::net {

struct FormLimits {
    std::size_t parts_max = 64;
    std::size_t part_head_bytes_max = 16384;
};

// A part that is no file. Places in the body, because a body that grows may move.
struct FormField {
    struct Place {
        std::size_t offset = 0;
        std::size_t size = 0;
        [[nodiscard]] std::string_view in(std::string_view body) const { return body.substr(offset, size); }
    };
    Place name;
    Place value;
    std::size_t end = 0;  // behind the boundary that ends it
};

// One for each body. Nothing is copied; the bytes of files are passed over. Takes less than the grammar
// allows, so that nobody behind us can read another form: no text before the first part, no white space behind a
// boundary, one Content-Disposition with one name for each part, no escapes in names, no transfer encodings.
class FormScan {
public:
    // `content_type` is the header's value. unsupported_media: it is no form, or has no usable boundary.
    [[nodiscard]] static Result<FormScan> create(std::string_view content_type, FormLimits limits = {});

    // `body`: all that has come so far, wherever it lies now. Goes on where the last call stopped; the result does not
    // depend on how the bytes were cut. invalid_request: what is wrong; every later call fails, too.
    [[nodiscard]] Result<void> scan(std::string_view body);

    // Fields whose end has been seen, in their order.
    [[nodiscard]] const std::vector<FormField>& fields() const { return fields_; }
    // The name of the part being looked at: a field whose end has not come. Nothing: it is a file, or there is none.
    [[nodiscard]] std::optional<FormField::Place> open_field() const;
    // That field need not be told of: its bytes are passed over like those of a file.
    void pass_over() { is_file_ = true; }
    // For who does not keep the body: how many bytes of its beginning are not needed any more. The next scan() gets a
    // body without them, and fields() begins anew.
    [[nodiscard]] std::size_t forget();
    // The closing boundary has come, and at most a line end behind it.
    [[nodiscard]] bool complete() const { return state_ == State::end && behind_ != 1; }

private:
    enum class State { begin, delimiter, head, value, end, failed };
    enum class Step { go_on, need_more };

    FormScan(std::string_view boundary, FormLimits limits)
        : delimiter_("\r\n--" + std::string(boundary)), limits_(limits) {}
    [[nodiscard]] Result<Step> step(std::string_view body);
    [[nodiscard]] Result<Step> step_begin(std::string_view body);
    [[nodiscard]] Result<Step> step_delimiter(std::string_view body);
    [[nodiscard]] Result<Step> step_head(std::string_view body);
    [[nodiscard]] Result<Step> step_value(std::string_view body);

    std::string delimiter_;  // with the line end before it
    FormLimits limits_;
    State state_ = State::begin;
    std::size_t at_ = 0;        // of the next thing to look at
    std::size_t searched_ = 0;  // up to here there is no delimiter
    std::size_t behind_ = 0;    // the last boundary: half a line end, or a whole one
    std::size_t parts_ = 0;
    bool is_file_ = false;
    FormField::Place name_;
    std::vector<FormField> fields_;
};

}  // namespace aihub::net
