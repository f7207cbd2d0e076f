#include "config/load.hpp"
#include "fuzz_check.hpp"
#include "support/config_presets.hpp"

// Any text gives a snapshot or problems, never both and never neither; a snapshot is complete; each problem has a
// message of one line and stays within the text; reading twice gives the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using aihub::fuzz::check;
    const auto text = aihub::fuzz::text(data, size);
    const auto sources = aihub::test::fake_sources({{"KEY", "value-of-key"}}, {{"/run/key", "value-of-file\n"}});
    const auto presets = [](const aihub::config::Plugins&) { return aihub::test::fake_presets(); };
    const auto loaded = aihub::config::load_text(text, "fuzz.yaml", sources, presets);
    check((loaded.snapshot != nullptr) == loaded.problems.empty(), "a snapshot or problems");
    if (loaded.snapshot != nullptr) {
        check(!loaded.snapshot->listen.empty(), "no place to listen");
        for (const auto& [name, route] : loaded.snapshot->models) {
            check(!route.candidates.empty(), "a route without candidates");
            for (const auto& candidate : route.candidates) {
                check(loaded.snapshot->providers.contains(candidate.provider), "a route leads nowhere");
            }
        }
        for (const auto& [name, provider] : loaded.snapshot->providers) {
            check(!provider.plugin.empty() && name == provider.name, "a provider without a plugin");
        }
    }
    for (const auto& problem : loaded.problems) {
        check(!problem.message.empty(), "a problem without words");
        const bool shows = problem.text().find("value-of-") != std::string::npos;
        check(!shows || text.find("value-of-") != std::string_view::npos, "a problem shows a value from outside");
        check(problem.text().find('\n') == std::string::npos, "a problem of two lines");
    }
    const auto again = aihub::config::load_text(text, "fuzz.yaml", sources, presets);
    check(again.problems.size() == loaded.problems.size(), "the second reading differs");
    return 0;
}
