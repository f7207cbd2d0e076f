#include "config/blocks.hpp"

#include <algorithm>

namespace aihub::config {
namespace {

// The time that holds all others of a block, and the key that says it.
struct Total {
    Milliseconds time{0};
    std::string path;
};

// `block` writes a time that is above one which holds it.
void check(
    const Node& block,
    const std::string& path,
    std::string_view name,
    Milliseconds low,
    const Total& high,
    Reader& reader
) {
    const Node* node = block.find(name);
    if (node == nullptr || low <= high.time) {
        return;
    }
    const std::string own = path + "." + std::string(name);
    if (reader.problems().has(own) || reader.problems().has(high.path)) {
        return;  // A default stands for it, which nobody wrote.
    }
    reader.problem(*node, own, "above " + high.path + ", lower " + own + " or raise " + high.path);
}

// What Timeouts, Provider and Route have in common. A general `write` is of clients, too, and the last words to them
// may come behind the end of a call.
template <class Waits>
void check_waits(const Node& block, const std::string& path, const Waits& waits, const Total& total, Reader& reader) {
    check(block, path, "connect", waits.connect, total, reader);
    check(block, path, "first_byte", waits.first_byte, total, reader);
    check(block, path, "idle", waits.idle, total, reader);
}

Total total_of(const Snapshot& snapshot) {
    return {snapshot.timeouts.total, "timeouts.total"};
}

Total total_of(const Snapshot& snapshot, const std::string& provider, Reader& reader) {
    const auto found = snapshot.providers.find(provider);
    std::string path = "providers." + provider + ".timeouts.total";
    if (reader.problems().has(path)) {
        return {Milliseconds::max(), std::move(path)};
    }
    if (found == snapshot.providers.end() || found->second.total.count() == 0) {
        return total_of(snapshot);
    }
    return {found->second.total, std::move(path)};
}

// A call takes as long as the most patient of its candidates allows.
Total total_of(const Snapshot& snapshot, const Route& route, Reader& reader) {
    std::string path = "models." + route.name + ".timeouts.total";
    const bool refused = reader.problems().has(path);
    if (refused || route.total.count() > 0) {
        return {refused ? Milliseconds::max() : route.total, std::move(path)};
    }
    Total most;
    for (const auto& candidate : route.candidates) {
        auto total = total_of(snapshot, candidate.provider, reader);
        most = total.time > most.time ? std::move(total) : std::move(most);
    }
    return most;
}

// Calls `found` with each entry of `map` that is known and has a block of time-outs.
template <class Values, class Function>
void for_each_block(const Node* map, const Values& values, Function&& found) {
    for (std::size_t index = 0; map != nullptr && index < map->members.size(); ++index) {
        const Member& member = map->members[index];
        const auto value = values.find(member.key);
        const Node* block = member.value.find("timeouts");
        if (value != values.end() && block != nullptr) {
            found(*block, value->second);
        }
    }
}

}  // namespace

// What is written in a block counts against what holds there. A shorter total of a narrower block may well cut off
// times of the wider ones.
void check_timeouts(const Node& root, Reader& reader, const Snapshot& snapshot) {
    const auto& general = snapshot.timeouts;
    if (const Node* block = root.find("timeouts"); block != nullptr) {
        const std::string path = "timeouts";
        check_waits(*block, path, general, total_of(snapshot), reader);
        check(*block, path, "body_idle", general.body_idle, {general.body, "timeouts.body"}, reader);
        check(
            *block,
            path,
            "connect_attempt_delay",
            general.connect_attempt_delay,
            {general.connect, "timeouts.connect"},
            reader
        );
        check(
            *block,
            path,
            "realtime_idle",
            general.realtime_idle,
            {general.realtime_total, "timeouts.realtime_total"},
            reader
        );
    }
    for_each_block(root.find("providers"), snapshot.providers, [&](const Node& block, const Provider& provider) {
        const std::string path = "providers." + provider.name + ".timeouts";
        const auto total = total_of(snapshot, provider.name, reader);
        check_waits(block, path, provider, total, reader);
        check(block, path, "write", provider.write, total, reader);
    });
    for_each_block(root.find("models"), snapshot.models, [&](const Node& block, const Route& route) {
        const std::string path = "models." + route.name + ".timeouts";
        const auto total = total_of(snapshot, route, reader);
        check_waits(block, path, route, total, reader);
        check(block, path, "write", route.write, total, reader);
    });
}

}  // namespace aihub::config
