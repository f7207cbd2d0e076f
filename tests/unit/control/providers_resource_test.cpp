#include "control/providers_resource.hpp"

#include "support/control_fixture.hpp"
#include "support/fake_provider.hpp"

#include <boost/json.hpp>

namespace aihub::control {
namespace {

class ProvidersResource : public testing::ControlTest {
protected:
    ProvidersResource() {
        config::Snapshot config;
        catalog::Catalog::Instances instances;
        for (const char* name : {"first", "second"}) {
            auto& provider = config.providers[name];
            provider.name = name;
            provider.plugin = "test.plugin";
            provider.base_url = "http://127.0.0.1:1/v1";
            provider.models = {"m1", "m2"};
            provider.secrets.emplace("api_key", Secret("hush"));
            instances.emplace(name, std::make_shared<testing::FakeCodec>());
        }
        catalog = std::make_shared<const catalog::Catalog>(
            std::make_shared<const config::Snapshot>(std::move(config)), instances
        );
        add_providers(
            table, [this] { return catalog; }, clock
        );
    }
    std::shared_ptr<const catalog::Catalog> catalog;
};

TEST_F(ProvidersResource, lists_them_with_their_health_and_without_their_secrets) {
    auto waiter = catalog->targets().find("first")->second.health;
    ASSERT_TRUE(waiter->gate.try_enter(0));
    const auto answer = ask(admin, "GET", "/v1/providers");
    waiter->gate.leave();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body.find("hush"), std::string::npos);
    const auto value = boost::json::parse(answer.body);
    const auto& data = value.at("data").as_array();
    ASSERT_EQ(data.size(), 2U);
    EXPECT_EQ(data[0].at("name").as_string(), "first");
    EXPECT_EQ(data[0].at("plugin").as_string(), "test.plugin");
    EXPECT_EQ(data[0].at("models").as_array().size(), 2U);
    EXPECT_EQ(data[0].at("health").at("in_flight").as_int64(), 1);
    EXPECT_EQ(data[0].at("health").at("breaker").as_string(), "closed");
    EXPECT_EQ(data[1].at("health").at("in_flight").as_int64(), 0);
}

TEST_F(ProvidersResource, shows_one_as_it_is_in_the_list) {
    const auto one = ask(admin, "GET", "/v1/providers/second");
    EXPECT_EQ(one.status, 200);
    EXPECT_NE(ask(admin, "GET", "/v1/providers").body.find(one.body), std::string::npos);
    EXPECT_EQ(ask(admin, "GET", "/v1/providers/third").status, 404);
}

}  // namespace
}  // namespace aihub::control
