#include "config/reference.hpp"

#include "config/schema.hpp"

#include <string_view>

namespace aihub::config {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

AI Hub reads one YAML file. Without a file it starts with the defaults below, and with a provider for each preset that
needs nothing or whose environment variables are set. `config/aihub.yaml` is a file to start from.

A file with mistakes is refused as a whole, at the start and at a reload, and all mistakes are shown at once, each with
its line, column and remedy. A running server then keeps the configuration it has.

## How values are written

- Sizes: a number of bytes, or a number with `KiB`, `MiB` or `GiB`. `KB`, `MB`, `K` and `M` are refused, because they
  mean different things to different people.
- Durations: a whole number with `ms`, `s`, `m` or `h`. A number without a unit is refused.
- `${NAME}` in a value is the environment variable `NAME`; when it is not set, that is a mistake. `${NAME:-text}` takes
  `text` when the variable is not set or empty. `$${` stands for `${` itself. Within `{ }` and `[ ]` such a value needs
  quotes: `{api_key: "${ACME_KEY}"}`.
- Secrets can also come from files: `api_key_file: /run/secrets/acme`. An empty secret is a mistake.
- Paths that do not begin with `/` begin at the working directory.
- Anchors, aliases, merge keys and tags of YAML are refused, and so are keys that are written twice. A file has at most
  1 MiB and 32 levels.

Keys marked with * count after a restart only; all others at the next reload.
)";

void append_row(std::string& out, const Key& key) {
    const std::string range = range_text(key);
    out.append("| `").append(key.path).append("`").append(key.reload == Reload::restart ? " *" : "");
    out.append(" | ").append(type_text(key)).append(range.empty() ? "" : ", " + range);
    out.append(" | ").append(default_text(key)).append(" | ").append(key.text).append(" |\n");
}

constexpr std::string_view kTableHead = "\n| key | value | default | what it does |\n|---|---|---|---|\n";

}  // namespace

std::string reference_markdown() {
    std::string out(kIntroduction);
    out += "\n## Top level\n";
    out += kTableHead;
    for (const Key& key : schema()) {
        if (key.type != Type::block) {
            append_row(out, key);
            continue;
        }
        out.append("\n## ").append(key.path).append("\n\n").append(key.text).append("\n");
        const Key* next = &key + 1;  // A block is never the last.
        if (next->type != Type::block) {
            out += kTableHead;
        }
    }
    return out;
}

}  // namespace aihub::config
