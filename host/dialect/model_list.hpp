// Lists of models, as each dialect has them.
#pragma once

#include "dialect/format.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aihub::dialect {

struct ListedModel {
    std::string_view id;
    std::string_view owned_by;
};

// One model: {"id","object":"model","created","owned_by"}, {"type":"model","id","display_name","created_at"} or
// {"name":"models/...","displayName","supportedGenerationMethods"}.
void append_model(std::string& out, Dialect dialect, const ListedModel& model);

// All of them in one document; there are no further pages.
[[nodiscard]] std::string model_list(Dialect dialect, std::span<const ListedModel> models);

}  // namespace aihub::dialect
