#include "catalog/catalog.hpp"

#include "support/fake_provider.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aihub::catalog {
namespace {

struct Names {
    std::map<std::string, std::vector<std::string>> providers;  // name -> listed models
    std::map<std::string, std::pair<std::string, std::string>> aliases = {};
    std::string default_provider = {};
    std::vector<std::string> not_loaded = {};
    std::vector<std::string> disabled = {};
};

Catalog make_catalog(const Names& names) {
    auto snapshot = std::make_shared<config::Snapshot>();
    Catalog::Instances instances;
    for (const auto& [name, models] : names.providers) {
        auto& provider = snapshot->providers[name];
        provider.name = name;
        provider.models = models;
        instances[name] = std::make_shared<testing::FakeCodec>();
    }
    for (const auto& [name, target] : names.aliases) {
        auto& route = snapshot->models[name];
        route.name = name;
        route.candidates.push_back({target.first, target.second});
    }
    snapshot->default_provider = names.default_provider;
    for (const auto& name : names.not_loaded) {
        instances.erase(name);
    }
    for (const auto& name : names.disabled) {
        snapshot->providers[name].enabled = false;
        instances.erase(name);
    }
    return Catalog(snapshot, instances);
}

// "acme:large beta:large", or the reason of the error.
std::string resolved(const Catalog& catalog, std::string_view asked) {
    const auto candidates = catalog.resolve(asked);
    if (!candidates) {
        return std::to_string(http_status(candidates.error().code)) + " " + candidates.error().reason;
    }
    std::string text;
    for (const auto& candidate : *candidates) {
        text += (text.empty() ? "" : " ") + candidate.target->name + ":" + std::string(candidate.model);
    }
    return text;
}

std::string listed(const Catalog& catalog) {
    std::string text;
    for (const auto& line : catalog.listed()) {
        text += line.id + "=" + line.owned_by + "\n";
    }
    return text;
}

TEST(Catalog, looks_for_an_alias_first) {
    const auto catalog = make_catalog({
        .providers = {{"acme", {"large", "acme/large"}}, {"beta", {"small"}}},
        .aliases = {{"large", {"beta", "small"}}, {"acme/large", {"beta", "not-listed"}}},
        .default_provider = "acme",
    });
    EXPECT_EQ(resolved(catalog, "large"), "beta:small");
    EXPECT_EQ(resolved(catalog, "acme/large"), "beta:not-listed");
}

TEST(Catalog, then_for_a_provider_before_the_slash) {
    const auto catalog = make_catalog({
        .providers = {{"acme", {"large"}}, {"beta", {"acme/large", "acme/x/y"}}},
    });
    EXPECT_EQ(resolved(catalog, "acme/large"), "acme:large");
    EXPECT_EQ(resolved(catalog, "acme/x/y"), "acme:x/y");
    EXPECT_EQ(resolved(catalog, "acme/anything"), "acme:anything");
}

TEST(Catalog, then_for_names_that_providers_list_in_the_order_of_their_names) {
    const auto catalog = make_catalog({
        .providers = {{"zeta", {"large"}}, {"acme", {"large", "small"}}, {"beta", {"org/large"}}},
        .default_provider = "zeta",
    });
    EXPECT_EQ(resolved(catalog, "large"), "acme:large zeta:large");
    EXPECT_EQ(resolved(catalog, "small"), "acme:small");
    EXPECT_EQ(resolved(catalog, "org/large"), "beta:org/large");  // "org" is no provider
}

TEST(Catalog, then_for_the_default_provider) {
    const auto catalog = make_catalog({
        .providers = {{"acme", {"large"}}, {"beta", {}}},
        .default_provider = "beta",
    });
    EXPECT_EQ(resolved(catalog, "anything"), "beta:anything");
    EXPECT_EQ(resolved(catalog, "org/anything"), "beta:org/anything");
}

TEST(Catalog, knows_no_other_names) {
    const auto catalog = make_catalog({.providers = {{"acme", {"large"}}}});
    EXPECT_EQ(resolved(catalog, "larg"), "404 model_not_found");
    EXPECT_EQ(resolved(catalog, ""), "404 model_not_found");
    EXPECT_EQ(resolved(catalog, "acme/"), "404 model_not_found");
    EXPECT_EQ(resolved(catalog, "/large"), "404 model_not_found");
    EXPECT_EQ(resolved(catalog, "Large"), "404 model_not_found");
    const auto error = catalog.resolve("larg");
    ASSERT_FALSE(error);
    EXPECT_EQ(error.error().param, "model");
    EXPECT_EQ(error.error().message, "the model \"larg\" does not exist; GET /v1/models lists those that do");
}

TEST(Catalog, cuts_a_long_name_in_its_error) {
    const auto catalog = make_catalog({.providers = {{"acme", {"large"}}}});
    const auto error = catalog.resolve(std::string(100000, 'x'));
    ASSERT_FALSE(error);
    EXPECT_LT(error.error().message.size(), 300U);
}

TEST(Catalog, names_of_a_provider_that_is_not_loaded_are_unavailable_not_unknown) {
    const auto catalog = make_catalog({
        .providers = {{"acme", {"large", "both"}}, {"beta", {"small", "both"}}},
        .aliases = {{"alias", {"acme", "large"}}},
        .default_provider = "acme",
        .not_loaded = {"acme"},
    });
    EXPECT_EQ(resolved(catalog, "alias"), "503 provider_unavailable");
    EXPECT_EQ(resolved(catalog, "acme/large"), "503 provider_unavailable");
    EXPECT_EQ(resolved(catalog, "unheard-of"), "503 provider_unavailable");
    EXPECT_EQ(resolved(catalog, "both"), "beta:both");
    EXPECT_EQ(resolved(catalog, "small"), "beta:small");
}

TEST(Catalog, a_listed_name_of_a_provider_that_is_not_loaded_is_unavailable) {
    const auto catalog = make_catalog({
        .providers = {{"acme", {"large"}}, {"beta", {"small"}}},
        .not_loaded = {"acme"},
    });
    EXPECT_EQ(resolved(catalog, "large"), "503 provider_unavailable");
    EXPECT_EQ(resolved(catalog, "huge"), "404 model_not_found");
}

TEST(Catalog, a_disabled_provider_has_no_names) {
    const auto catalog = make_catalog({
        .providers = {{"acme", {"large"}}},
        .disabled = {"acme"},
    });
    EXPECT_EQ(resolved(catalog, "acme/large"), "404 model_not_found");
    EXPECT_EQ(resolved(catalog, "large"), "404 model_not_found");
    EXPECT_EQ(listed(catalog), "");
}

TEST(Catalog, lists_every_name_once_in_order) {
    const auto catalog = make_catalog({
        .providers = {{"acme", {"large"}}, {"beta", {"large", "small"}}, {"gone", {"lost"}}},
        .aliases = {{"fast", {"beta", "small"}}, {"small", {"acme", "large"}}, {"broken", {"gone", "lost"}}},
        .not_loaded = {"gone"},
    });
    EXPECT_EQ(
        listed(catalog),
        "acme/large=acme\n"
        "beta/large=beta\n"
        "beta/small=beta\n"
        "fast=beta\n"
        "large=acme\n"
        "small=acme\n"
    );
}

}  // namespace
}  // namespace aihub::catalog
