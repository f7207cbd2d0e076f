#include "app/config_files.hpp"

#include "support/certificate.hpp"
#include "support/posix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConfigFiles : public ::testing::Test {
protected:
    ConfigFiles() {
        config.listen.emplace_back();
        testing::write_file(good, certificate.pem());
        testing::write_file(key, certificate.key_pem());
    }
    void use(const std::string& certificate_file, const std::string& key_file) {
        config.listen[0].tls = config::ListenTls{certificate_file, key_file, "1.2", "hub.yaml:3"};
    }
    // Problems and warnings, each as a line.
    [[nodiscard]] std::vector<std::string> found() const {
        const auto findings = check_files(config, SystemClock().wall_now());
        std::vector<std::string> lines;
        for (const auto& problem : findings.problems) {
            lines.push_back(problem.text());
        }
        for (const auto& warning : findings.warnings) {
            lines.push_back("warning: " + warning.text());
        }
        return lines;
    }

    testing::TempDir directory;
    testing::Certificate certificate{{.name = "hub.test"}};
    const std::string good = directory.file("good.pem");
    const std::string key = directory.file("good.key");
    config::Snapshot config;
};

TEST_F(ConfigFiles, ThatFitTogetherAreNoProblem) {
    EXPECT_THAT(found(), IsEmpty());
    use(good, key);
    config.providers["a"].ca_file = good;
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(ConfigFiles, ThatCannotBeReadAreNamedWithTheLineOfTheirBlock) {
    use(directory.file("none.pem"), key);
    EXPECT_THAT(
        found(),
        ElementsAre(
            "hub.yaml:3: listen.tls: " + directory.file("none.pem") +
            ": cannot be read (No such file or directory), make it a readable PEM file or correct certificate_file"
        )
    );
    use(good, directory.file("none.key"));
    EXPECT_THAT(found(), ElementsAre(HasSubstr("hub.yaml:3: listen.tls: " + directory.file("none.key"))));
    use(key, key);
    EXPECT_THAT(found(), ElementsAre(HasSubstr("holds no certificate")));
}

TEST_F(ConfigFiles, AKeyHasToBeThatOfItsCertificate) {
    const testing::Certificate other({.name = "hub.test"});
    const auto file = directory.file("other.key");
    testing::write_file(file, other.key_pem());
    use(good, file);
    config.listen.emplace_back();
    EXPECT_THAT(
        found(), ElementsAre(HasSubstr("listen[0].tls: " + file + ": is not the private key of the certificate"))
    );
}

TEST_F(ConfigFiles, ACertificateThatHasEndedIsAWarning) {
    const testing::Certificate old({.name = "hub.test", .days_left = -2});
    const auto file = directory.file("old.pem");
    testing::write_file(file, old.pem());
    testing::write_file(key, old.key_pem());
    use(file, key);
    EXPECT_THAT(
        found(), ElementsAre(HasSubstr("warning: hub.yaml:3: listen.tls: " + file + ": the certificate ended on 2"))
    );
}

TEST_F(ConfigFiles, AuthoritiesOfProvidersAreRead) {
    config.providers["acme"].ca_file = directory.file("none.pem");
    config.providers["acme"].source = "hub.yaml:7";
    EXPECT_THAT(
        found(), ElementsAre(HasSubstr("hub.yaml:7: providers.acme.ca_file: cannot read certificate authorities from "))
    );
}

}  // namespace
}  // namespace aihub::app
