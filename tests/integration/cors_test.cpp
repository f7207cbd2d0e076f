// Calls of pages in a browser. The cases are in tests/golden/cors.txt: a request each, and what of the answer a browser
// looks at. AIHUB_UPDATE_GOLDEN=1 writes what is the case now; read the difference before keeping it.
#include "gateway_fixture.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;

constexpr auto kFile = AIHUB_TESTS_DIR "/golden/cors.txt";

class CorsCases : public Gateway {
protected:
    // "METHOD PATH [key] [Name=value]...", with "_" for a space within a value.
    [[nodiscard]] std::string answer_to(const std::string& line) const {
        std::istringstream words(line);
        std::string method;
        std::string path;
        std::string extra;
        words >> method >> path;
        for (std::string word; words >> word;) {
            if (word == "key") {
                extra += auth();
                continue;
            }
            const auto equals = word.find('=');
            std::replace(word.begin(), word.end(), '_', ' ');
            extra += word.substr(0, equals) + ": " + word.substr(equals + 1) + "\r\n";
        }
        const auto body = method == "POST" ? chat_body() : std::string();
        const auto reply = call(http_request(method, path, body, extra));
        std::string out = "< " + std::to_string(reply.status()) + "\n";
        for (const auto* name :
             {"vary",
              "access-control-allow-origin",
              "access-control-allow-credentials",
              "access-control-allow-methods",
              "access-control-allow-headers",
              "access-control-max-age",
              "access-control-expose-headers",
              "allow",
              "content-length"}) {
            const auto value = reply.headers.get(name);
            const bool length = std::string_view(name) == "content-length" && reply.status() != 204;
            if (!value.empty() && !length) {
                out += "< " + std::string(name) + ": " + (value.size() > 120 ? value.substr(0, 120) + "..." : value) +
                       "\n";
            }
        }
        return out;
    }
};

TEST_F(CorsCases, AreAnsweredAsTheFileSays) {
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    std::ifstream file(kFile);
    std::string expected;
    std::string found;
    std::size_t cases = 0;
    for (std::string line; std::getline(file, line);) {
        expected += line + "\n";
        if (line.starts_with("<")) {
            continue;
        }
        found += line + "\n";
        if (line.starts_with("config")) {
            auto more = line.substr(std::min<std::size_t>(7, line.size())) + "\n";
            for (auto at = more.find("; "); at != std::string::npos; at = more.find("; ", at)) {
                more.replace(at, 2, "\n");
            }
            start(more);
        } else if (line.starts_with("> ")) {
            found += answer_to(line.substr(2));
            ++cases;
        }
    }
    if (std::getenv("AIHUB_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(kFile) << found;
    }
    EXPECT_EQ(found, expected);
    EXPECT_GE(cases, 20U);
}

TEST_F(CorsCases, AStreamAndACutStreamCanBeRead) {
    start("cors: { allowed_origins: [\"https://app.test\"] }\n");
    upstream.enqueue(Reply(stream_head() + event_chunk(last_frame("a")) + event_chunk("[DONE]") + chunk("")));
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a"))).close());
    for (int round = 0; round < 2; ++round) {
        const auto reply = call(post(kChat, chat_body("gpt-test", ",\"stream\":true"), "Origin: https://app.test\r\n"));
        EXPECT_EQ(reply.headers.get("access-control-allow-origin"), "https://app.test");
        EXPECT_THAT(reply.headers.get("access-control-expose-headers"), HasSubstr("x-aihub-provider"));
    }
}

TEST_F(CorsCases, AReloadTurnsThemOnAndOff) {
    start();
    const auto allowed = [&] {
        return call(http_request("GET", "/healthz", {}, "Origin: https://app.test\r\n"))
            .headers.get("access-control-allow-origin");
    };
    EXPECT_EQ(allowed(), "");
    server->set_config(config("cors: { allowed_origins: [\"https://app.test\"] }\n"));
    server->reload();
    EXPECT_TRUE(eventually([&] { return allowed() == "https://app.test"; }));
    server->set_config(config());
    server->reload();
    EXPECT_TRUE(eventually([&] { return allowed().empty(); }));
}

}  // namespace
}  // namespace aihub::testing
