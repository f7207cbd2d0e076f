// What a source file does, without running it: read from what the interpreter compiles it to.
#pragma once

#include "base/result.hpp"
#include "policy/bundle.hpp"

#include <string>
#include <vector>

namespace aihub::policy {

struct GlobalUse {
    std::string name;
    int line = 0;
    bool written = false;
    bool operator==(const GlobalUse&) const = default;
};

// What a text in the source names, as far as it can be told.
enum class Named {
    provider,   // provider = "east", x.provider == "east", aihub.provider("east")
    model,      // model = "m", x.model == "m"
    data,       // aihub.table("prices")
    module,     // aihub.require("tiers")
    experiment  // ctx.assignments.checkout
};
struct NameUse {
    Named kind = Named::provider;
    std::string name;
    int line = 0;
    bool operator==(const NameUse&) const = default;
};

struct CompiledFile {
    std::vector<GlobalUse> globals;  // each use, function by function, inner functions first
    std::vector<NameUse> names;      // likewise
    std::vector<int> lines;          // those that can run, in order, each once
};

// invalid_request: a syntax error, as "route.lua:3: ..."; internal: this build of the interpreter compiles to something
// that is not known here.
[[nodiscard]] Result<CompiledFile> compile_file(const SourceFile& file);

}  // namespace aihub::policy
