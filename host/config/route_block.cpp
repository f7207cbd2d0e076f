#include "config/blocks.hpp"
#include "config/nearest.hpp"

#include <algorithm>
#include <utility>

namespace aihub::config {
namespace {

constexpr std::size_t kRoutesMax = 10000;
constexpr std::size_t kCandidatesMax = 32;

// Reads one entry of `models`.
class RouteBlock {
public:
    RouteBlock(const Member& member, const std::vector<std::string>& providers, Reader& reader, const Retries& retries)
        : node_(member.value), providers_(providers), reader_(reader), path_("models." + member.key) {
        route_.name = member.key;
        route_.retries = retries;
    }

    // Nothing when a problem was added.
    std::optional<Route> read() {
        if (node_.kind == Node::Kind::map) {
            read_map();
        } else if (auto candidate = read_text(node_, path_)) {
            route_.candidates.push_back(*std::move(candidate));
        }
        return good_ ? std::optional(std::move(route_)) : std::nullopt;
    }

private:
    void problem(const Node& node, const std::string& path, const std::string& message) {
        reader_.problem(node, path, message);
        good_ = false;
    }

    std::optional<RouteCandidate> read_text(const Node& node, const std::string& path) {
        const auto text = reader_.text(node, *find_key("models.<alias>"), path);
        if (!text) {
            good_ = false;
            return std::nullopt;
        }
        const std::size_t slash = text->find('/');
        if (slash == 0 || slash == std::string::npos || slash + 1 == text->size()) {
            problem(node, path, "not provider/model, write it like acme/small-model");
            return std::nullopt;
        }
        return known(node, path, {text->substr(0, slash), text->substr(slash + 1)});
    }

    std::optional<RouteCandidate> known(const Node& node, const std::string& path, RouteCandidate candidate) {
        if (std::find(providers_.begin(), providers_.end(), candidate.provider) != providers_.end()) {
            return candidate;
        }
        auto remedy = did_you_mean(candidate.provider, providers_);
        remedy = remedy.empty() ? ", add it to providers" : remedy;
        problem(node, path, "there is no such provider" + remedy);
        return std::nullopt;
    }

    void read_map() {
        RouteCandidate only;
        const Node* candidates = nullptr;
        reader_.block(
            node_,
            "models.<alias>",
            path_,
            route_,
            [&](const Key& key, const Member& member, const std::string& at) {
                if (key.type == Type::candidates) {
                    candidates = &member.value;
                    return;
                }
                if (key.type == Type::rules) {
                    route_.error_rules = read_error_rules(member.value, at, reader_);
                    return;
                }
                read_place(key, member, at, only);
            }
        );
        if (const Node* retries = node_.find("retries"); retries != nullptr) {
            check_backoff(*retries, path_ + ".retries", reader_, route_.retries);
        }
        check_shadow();
        if (candidates == nullptr) {
            add_only(std::move(only));
        } else if (node_.find("provider") != nullptr || node_.find("model") != nullptr) {
            problem(node_, path_, "has candidates and provider or model, write one of both");
        } else {
            read_candidates(*candidates, path_ + ".candidates");
        }
    }

    void check_shadow() {
        if (const Node* shadow = node_.find("shadow"); shadow != nullptr && !route_.shadow.empty()) {
            static_cast<void>(read_text(*shadow, path_ + ".shadow"));
        }
    }

    // "provider", "model" and their like, of a route or of a candidate.
    void read_place(const Key& key, const Member& member, const std::string& at, RouteCandidate& place) {
        const std::string_view name = key.path.substr(key.path.rfind('.') + 1);
        if (key.type == Type::count) {
            const auto number = reader_.number(member.value, key, at);
            good_ = good_ && number;
            (name == "weight" ? place.weight : place.priority) = number.value_or(1);
            return;
        }
        const auto text = reader_.text(member.value, key, at);
        good_ = good_ && text;
        (name == "provider" ? place.provider : place.model) = text.value_or("");
    }

    void add_only(RouteCandidate only) {
        if (!good_) {
            return;
        }
        if (only.provider.empty() || only.model.empty()) {
            problem(node_, path_, "needs provider and model, write both or one text like acme/small-model");
            return;
        }
        if (auto candidate = known(node_, path_, std::move(only))) {
            route_.candidates.push_back(*std::move(candidate));
        }
    }

    void read_candidates(const Node& list, const std::string& path) {
        if (list.kind != Node::Kind::list || list.items.empty()) {
            problem(list, path, "not a list of candidates, write it in brackets, for example [acme/large, beta/large]");
            return;
        }
        if (list.items.size() > kCandidatesMax) {
            problem(list, path, "more than " + std::to_string(kCandidatesMax) + " candidates, make it shorter");
            return;
        }
        for (std::size_t index = 0; index < list.items.size(); ++index) {
            const Node& item = list.items[index];
            const std::string at = path + "[" + std::to_string(index) + "]";
            auto candidate = item.kind == Node::Kind::map ? read_candidate(item, at) : read_text(item, at);
            if (!candidate) {
                continue;
            }
            const auto same = [&](const RouteCandidate& other) {
                return other.provider == candidate->provider && other.model == candidate->model;
            };
            if (std::any_of(route_.candidates.begin(), route_.candidates.end(), same)) {
                problem(item, at, "the same candidate twice, keep one");
                continue;
            }
            route_.candidates.push_back(*std::move(candidate));
        }
    }

    std::optional<RouteCandidate> read_candidate(const Node& node, const std::string& path) {
        RouteCandidate candidate;
        const bool before = std::exchange(good_, true);
        Route none;
        reader_.block(
            node,
            "models.<alias>.candidates",
            path,
            none,
            [&](const Key& key, const Member& member, const std::string& at) { read_place(key, member, at, candidate); }
        );
        const bool read = std::exchange(good_, before && good_);
        if (!read) {
            return std::nullopt;
        }
        if (candidate.provider.empty() || candidate.model.empty()) {
            problem(node, path, "needs provider and model, write both or one text like acme/small-model");
            return std::nullopt;
        }
        return known(node, path, std::move(candidate));
    }

    const Node& node_;
    const std::vector<std::string>& providers_;
    Reader& reader_;
    const std::string path_;
    Route route_;
    bool good_ = true;
};

}  // namespace

void read_routes(const Node& node, const std::vector<std::string>& names, Reader& reader, Snapshot& snapshot) {
    if (!reader.is_map(node, "models")) {
        return;
    }
    if (node.members.size() > kRoutesMax) {
        reader.problem(node, "models", "more than " + std::to_string(kRoutesMax) + " names, make it smaller");
        return;
    }
    for (const Member& member : node.members) {
        const bool printable = std::all_of(member.key.begin(), member.key.end(), [](char c) {
            return static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
        });
        if (member.key.empty() || member.key.size() > 256 || !printable) {
            reader.problems().add(
                member.place, "models." + member.key, "not a name for a model, write 1 to 256 characters without spaces"
            );
            continue;
        }
        if (auto route = RouteBlock(member, names, reader, snapshot.retries).read()) {
            snapshot.models.emplace(member.key, *std::move(route));
        }
    }
}

}  // namespace aihub::config
