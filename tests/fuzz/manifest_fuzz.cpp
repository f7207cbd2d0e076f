#include "fuzz_check.hpp"
#include "loader/manifest.hpp"

#include <string>

// A manifest is taken whole or refused with a word; what is taken keeps what its header says, and reads the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using aihub::fuzz::check;
    namespace loader = aihub::loader;
    const auto text = aihub::fuzz::text(data, size);
    const auto manifest = loader::parse_manifest(text, "com.acme");
    const auto again = loader::parse_manifest(text, "com.acme");
    check(manifest.has_value() == again.has_value(), "the second reading differs");
    if (!manifest) {
        check(!manifest.error().message.empty(), "refused without a word");
        check(manifest.error().message == again.error().message, "refused in other words");
        return 0;
    }
    check(!manifest->name.empty() && !manifest->families.empty(), "a manifest without a name or family");
    check(!(manifest->claims(loader::kFamilyCodec) && manifest->claims(loader::kFamilyStream)), "both tiers");
    for (const auto& origin : manifest->permissions.origins) {
        const auto same = loader::origin_of(origin);
        check(same && *same == origin, "an origin that is none");
    }
    for (const auto& preset : manifest->presets) {
        check(preset.plugin == "com.acme" && !preset.name.empty(), "a preset of somebody else");
        check(
            manifest->config_schema.validate(preset.settings_json, loader::SettingsSchema::Extent::part).has_value(),
            "a preset that its schema does not take"
        );
    }
    check(manifest->config_schema.example_json() == again->config_schema.example_json(), "another example");
    static_cast<void>(manifest->config_schema.validate(text));
    return 0;
}
