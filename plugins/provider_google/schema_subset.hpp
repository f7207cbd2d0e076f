// JSON Schema for models that understand a part of it only.
#pragma once

#include <aihub/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aihub::provider_google {

// What the schemas of one request may cost together. References can multiply a small text, and a request may have many
// schemas: work in proportion to their bytes is allowed, and kBeyond more.
class SchemaBudget {
public:
    static constexpr std::size_t kPerByte = 16;
    static constexpr std::size_t kBeyond = std::size_t{256} << 10;

    void add_schema(std::size_t bytes) { left_ += bytes * kPerByte; }
    // False: there is not so much left.
    [[nodiscard]] bool spend(std::size_t work) {
        const bool enough = work <= left_;
        left_ -= enough ? work : left_;
        return enough;
    }

private:
    std::size_t left_ = kBeyond;
};

// The schema in the words of Gemini's `Schema`: references put in, combinations joined, what it does not know left
// out. Empty: an object without members, which Gemini wants unsaid. Error: it refers to itself, is nested too deeply,
// grows too large or is over the budget; `what` says whose schema it is.
[[nodiscard]] Result<std::string> schema_subset(std::string_view schema, std::string_view what, SchemaBudget& budget);

}  // namespace aihub::provider_google
