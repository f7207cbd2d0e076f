#include "config/blocks.hpp"
#include "config/nearest.hpp"
#include "config/scalar.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace aihub::config {
namespace {

using model::Experiment;
using model::ExperimentArm;
using model::kBuckets;

constexpr std::string_view kPattern = "experiments.<name>";
constexpr std::size_t kExperimentsMax = 64;
constexpr std::size_t kNameMax = 32;
constexpr std::size_t kArmNameMax = 16;
constexpr std::size_t kArmsMin = 2;
constexpr std::size_t kArmsMax = 8;
// The hash of a layer has this where that of an experiment has its salt.
constexpr std::string_view kLayerSalt = "layer";

// A name becomes part of a usage row, of the text that is hashed and of `ctx.assignments`.
bool is_name(std::string_view text, std::size_t size_max) {
    return !text.empty() && text.size() <= size_max && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    });
}

// What models calls may be sent to.
struct Known {
    const std::map<std::string, Route>& routes;
    const std::vector<std::string>& providers;
};

// Reads one experiment.
class ExperimentBlock {
public:
    ExperimentBlock(const Member& member, const Known& known, Reader& reader)
        : member_(member), known_(known), reader_(reader), path_("experiments." + member.key) {
        made_.name = member.key;
        made_.salt = member.key;
        made_.unit = {model::UnitKind::user, model::UnitKind::key};
        made_.source = reader.problems().file() + ":" + std::to_string(member.place.line);
    }

    // Nothing when a problem was added.
    std::optional<Experiment> read() {
        if (!is_name(member_.key, kNameMax)) {
            reader_.problems().add(
                member_.place,
                path_,
                "not a name for an experiment, write 1 to 32 lower-case letters, digits, _, - and ."
            );
            return std::nullopt;
        }
        if (!reader_.is_map(member_.value, path_)) {
            return std::nullopt;
        }
        read_block(member_.value, kPattern, path_, nullptr);
        if (good_) {
            check();
        }
        return good_ ? std::optional(std::move(made_)) : std::nullopt;
    }

private:
    void problem(const Node& node, const std::string& path, const std::string& message) {
        reader_.problem(node, path, message);
        good_ = false;
    }

    // The members of an experiment, or of `arm`.
    void read_block(const Node& map, std::string_view pattern, const std::string& path, ExperimentArm* arm) {
        Snapshot none;
        reader_.block(map, pattern, path, none, [&](const Key& key, const Member& member, const std::string& at) {
            const std::string_view name = key.path.substr(pattern.size() + 1);
            arm == nullptr ? read_key(name, key, member.value, at) : read_arm_key(name, key, member.value, at, *arm);
        });
        // What the reader does not know it has told.
        good_ = good_ && std::ranges::all_of(map.members, [&](const Member& member) {
                    return find_key(std::string(pattern) + "." + member.key) != nullptr;
                });
    }

    void read_key(std::string_view name, const Key& key, const Node& node, const std::string& at) {
        if (key.type == Type::percent) {
            auto& place = name == "ramp" ? made_.ramp : name == "layer_from" ? made_.layer_from : made_.layer_to;
            read_percent(key, node, at, place);
        } else if (key.type == Type::text) {
            read_text(key, node, at, name == "salt" ? made_.salt : made_.layer);
        } else if (name == "stopped") {
            read_stopped(key, node, at);
        } else if (name == "unit") {
            read_units(node, at);
        } else if (name == "models") {
            auto list = reader_.texts(node, at);
            good_ = good_ && list;
            made_.models = std::move(list).value_or(std::vector<std::string>());
            for (const auto& model : made_.models) {
                check_model(node, at, model);
            }
        } else {
            read_arms(node, at);
        }
    }

    void read_arm_key(
        std::string_view name, const Key& key, const Node& node, const std::string& at, ExperimentArm& arm
    ) {
        if (key.type == Type::percent) {
            read_percent(key, node, at, arm.share);
            return;
        }
        read_text(key, node, at, name == "name" ? arm.name : arm.model);
        if (name == "model" && !arm.model.empty()) {
            check_model(node, at, arm.model);
        } else if (!arm.name.empty() && !is_name(arm.name, kArmNameMax)) {
            problem(node, at, "not a name for an arm, write 1 to 16 lower-case letters, digits, _, - and .");
        }
    }

    void read_text(const Key& key, const Node& node, const std::string& at, std::string& value) {
        auto text = reader_.text(node, key, at);
        good_ = good_ && text;
        value = std::move(text).value_or("");
    }

    void read_percent(const Key& key, const Node& node, const std::string& at, std::uint32_t& value) {
        const auto text = reader_.text(node, key, at);
        if (!text) {
            good_ = false;
            return;
        }
        const auto parsed = parse_percent(*text);
        if (!parsed) {
            problem(node, at, parsed.error().message);
            return;
        }
        value = *parsed;
    }

    void read_stopped(const Key& key, const Node& node, const std::string& at) {
        const auto text = reader_.text(node, key, at);
        if (!text) {
            good_ = false;
            return;
        }
        const auto parsed = parse_bool(*text);
        if (!parsed) {
            problem(node, at, parsed.error().message);
            return;
        }
        made_.stopped = *parsed;
    }

    void read_units(const Node& node, const std::string& at) {
        const auto list = reader_.texts(node, at);
        if (!list || list->empty()) {
            problem(node, at, "not a list of units, write it like [user, key]");
            return;
        }
        made_.unit.clear();
        for (std::size_t index = 0; index < list->size(); ++index) {
            const auto& word = (*list)[index];
            const auto found = std::ranges::find(model::kUnitKindNames, word);
            if (found == model::kUnitKindNames.end()) {
                problem(
                    node.items[index],
                    at + "[" + std::to_string(index) + "]",
                    "not one of user, key, session" + did_you_mean(word, names_of_units())
                );
                return;
            }
            made_.unit.push_back(static_cast<model::UnitKind>(found - model::kUnitKindNames.begin()));
        }
    }

    static std::vector<std::string> names_of_units() {
        return {model::kUnitKindNames.begin(), model::kUnitKindNames.end()};
    }

    void read_arms(const Node& node, const std::string& at) {
        if (node.kind != Node::Kind::list || node.items.size() < kArmsMin || node.items.size() > kArmsMax) {
            problem(node, at, "not a list of 2 to 8 arms, write each as `- {name: control, share: 50}`");
            return;
        }
        std::uint32_t sum = 0;
        for (std::size_t index = 0; index < node.items.size(); ++index) {
            const Node& item = node.items[index];
            const std::string path = at + "[" + std::to_string(index) + "]";
            ExperimentArm arm;
            if (item.kind != Node::Kind::map) {
                problem(item, path, "not an arm, write it as a map like {name: control, share: 50}");
                return;
            }
            read_block(item, std::string(kPattern) + ".arms", path, &arm);
            if (good_ && (arm.name.empty() || arm.share == 0)) {
                problem(item, path, "needs name and a share above 0, write it like {name: control, share: 50}");
            } else if (std::ranges::find(made_.arms, arm.name, &ExperimentArm::name) != made_.arms.end()) {
                problem(item, path, "an arm of the same name stands above, choose another");
            }
            sum += arm.share;
            made_.arms.push_back(std::move(arm));
        }
        if (good_ && sum != kBuckets) {
            problem(node, at, "the shares make " + percent_text(sum) + ", change them to make 100");
        }
    }

    void check_model(const Node& node, const std::string& at, const std::string& model) {
        const std::size_t slash = model.find('/');
        const std::string provider = model.substr(0, slash);
        const bool placed = slash != std::string::npos && slash + 1 < model.size() &&
                            std::ranges::find(known_.providers, provider) != known_.providers.end();
        if (placed || known_.routes.contains(model)) {
            return;
        }
        std::vector<std::string> names;
        for (const auto& [name, route] : known_.routes) {
            names.push_back(name);
        }
        auto remedy = did_you_mean(model, names);
        remedy = remedy.empty() ? ", add it to models or write it like acme/small-model" : remedy;
        problem(node, at, "there is no such model" + remedy);
    }

    void check() {
        if (made_.arms.empty()) {
            reader_.problems().add(member_.place, path_ + ".arms", "missing, add a list of 2 to 8 arms");
            good_ = false;
            return;
        }
        const bool sends = std::ranges::any_of(made_.arms, [](const auto& arm) { return !arm.model.empty(); });
        if (sends && made_.models.empty()) {
            problem(member_.value, path_ + ".models", "missing, name the models whose calls the arms send elsewhere");
        }
        if (const auto* salt = member_.value.find("salt"); salt != nullptr && made_.salt == kLayerSalt) {
            problem(*salt, path_ + ".salt", "is the salt of layers, choose another");
        } else if (made_.salt == kLayerSalt) {
            reader_.problems().add(
                member_.place, path_, "its name is the salt of layers, choose another or give a salt"
            );
            good_ = false;
        }
        check_layer();
    }

    void check_layer() {
        const bool part = member_.value.find("layer_from") != nullptr || member_.value.find("layer_to") != nullptr;
        if (made_.layer.empty() && part) {
            problem(member_.value, path_ + ".layer", "missing, name the layer or remove layer_from and layer_to");
        } else if (!made_.layer.empty() && !is_name(made_.layer, kNameMax)) {
            problem(
                *member_.value.find("layer"),
                path_ + ".layer",
                "not a name for a layer, write 1 to 32 lower-case letters, digits, _, - and ."
            );
        } else if (made_.layer_from >= made_.layer_to) {
            problem(member_.value, path_ + ".layer_to", "not above layer_from, so nobody can take part, raise it");
        }
    }

    const Member& member_;
    const Known& known_;
    Reader& reader_;
    const std::string path_;
    Experiment made_;
    bool good_ = true;
};

// Whether calls for one model could be sent elsewhere by both.
bool share_a_model(const Experiment& left, const Experiment& right) {
    const auto sends = [](const Experiment& each) {
        return std::ranges::any_of(each.arms, [](const auto& arm) { return !arm.model.empty(); });
    };
    return sends(left) && sends(right) && std::ranges::any_of(left.models, [&](const auto& model) {
               return std::ranges::find(right.models, model) != right.models.end();
           });
}

// Why the two cannot stand side by side; empty: they can.
std::string conflict(const Experiment& made, const Experiment& other) {
    const bool one_layer = !made.layer.empty() && made.layer == other.layer;
    if (!one_layer) {
        return share_a_model(made, other)
                   ? "sends calls for the same model elsewhere, put both into one layer or change models"
                   : "";
    }
    if (made.unit != other.unit) {
        return "has another unit in the same layer, so they would not exclude each other, write the same";
    }
    const bool overlap = made.layer_from < other.layer_to && other.layer_from < made.layer_to;
    return overlap ? "has a part of the same layer that overlaps, change layer_from and layer_to" : "";
}

}  // namespace

void read_experiments(const Node& node, const std::vector<std::string>& providers, Reader& reader, Snapshot& snapshot) {
    if (!reader.is_map(node, "experiments")) {
        return;
    }
    if (node.members.size() > kExperimentsMax) {
        reader.problem(node, "experiments", "more than 64, remove those that are over");
        return;
    }
    const Known known{snapshot.models, providers};
    for (const Member& member : node.members) {
        auto made = ExperimentBlock(member, known, reader).read();
        if (!made) {
            continue;
        }
        for (const auto& other : snapshot.experiments) {
            if (const auto why = conflict(*made, other); !why.empty()) {
                reader.problems().add(
                    member.place, "experiments." + made->name, "experiment " + other.name + " " + why
                );
            }
        }
        snapshot.experiments.push_back(*std::move(made));
    }
}

}  // namespace aihub::config
