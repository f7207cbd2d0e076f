// The part of a large form that is not held.
#pragma once

#include "base/result.hpp"
#include "gateway/call.hpp"
#include "net/form_data.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aihub::gateway {

// Looks at such a part on its way to the provider: what the call was admitted for is what the provider finds in the
// form, too. Memory: a piece, and the head of a part. One for each upload; the call outlives it.
class FormTail {
public:
    // `form` has seen the call's body, and the call its fields.
    FormTail(net::FormScan form, const Call& call);

    // The next bytes, which are not to be passed on after an error. invalid_request: they are malformed, repeat a
    // field, or name another model than that of the call.
    [[nodiscard]] Result<void> take(std::string_view bytes);
    // No more comes. invalid_request: the form has not ended.
    [[nodiscard]] Result<void> finish() const;

private:
    [[nodiscard]] Result<void> check_name(std::string_view name) const;
    [[nodiscard]] Result<void> check_model(std::string_view value);
    [[nodiscard]] Result<void> check_open_field();

    net::FormScan form_;
    const Call& call_;
    bool model_seen_ = false;
    std::string window_;  // what has come and is still looked at
};

using FormTailPtr = std::unique_ptr<FormTail>;

}  // namespace aihub::gateway
