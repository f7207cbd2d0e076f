// The management API of the real server, on its one port.
#include "gateway_fixture.hpp"
#include "support/posix.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstdio>
#include <filesystem>

namespace aihub::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kBundle =
    R"({"name":"eu","files":[{"name":"admit.lua","text":"return function(ctx)\n  return { allow = true }\nend\n"}]})";

class Control : public Gateway {
protected:
    void begin(std::string_view more = {}) {
        start(more);
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    }
    [[nodiscard]] Message send(
        std::string_view method, std::string_view target, std::string_view body = {}, std::string_view more = {}
    ) const {
        return call(http_request(method, target, body, auth() + std::string(more)));
    }
    // How `admit` decided about this call, once its record has reached its file.
    [[nodiscard]] boost::json::value explained_admit(const Message& decided) const {
        const auto body = R"({"request_id":")" + std::string(decided.headers.get("x-request-id")) + "\"}";
        Message explained;
        EXPECT_TRUE(eventually([&] {
            explained = send("POST", "/v1/policies/explain", body);
            return explained.status() == 200;
        })) << explained.body;
        const auto hook = parse(explained.body).at("hooks").at(0);
        EXPECT_EQ(hook.at("hook").as_string(), "admit");
        return hook;
    }
    void expect_verified(const std::string& hash) const {
        const auto reply = send("POST", "/v1/policies/replay", R"({"mode":"verify","bundle":")" + hash + "\"}");
        ASSERT_EQ(reply.status(), 200) << reply.body;
        const auto report = parse(reply.body);
        EXPECT_GE(report.at("compared").as_int64(), 1);
        EXPECT_EQ(report.at("changed").as_int64(), 0);
        EXPECT_TRUE(report.at("complete").as_bool());
    }
    // The Authorization line of a key with these permissions, once the server knows it.
    [[nodiscard]] std::string with(const std::vector<std::string>& permissions) const {
        std::vector<std::string> command{"key", "create", "--name", "other"};
        for (const auto& permission : permissions) {
            command.insert(command.end(), {"--permission", permission});
        }
        auto made = server->command(command).out;
        const std::string line = "Authorization: Bearer " + made.substr(0, made.find('\n')) + "\r\n";
        EXPECT_TRUE(eventually([&] { return call(http_request("GET", "/v1/models", {}, line)).status() == 200; }));
        return line;
    }
    [[nodiscard]] std::vector<std::string> sockets() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(server->data_directory())) {
            if (entry.is_socket()) {
                found.push_back(entry.path());
            }
        }
        return found;
    }
    // A connection that the management API waits for.
    [[nodiscard]] Descriptor blocker() const {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto path = sockets().at(0);
        EXPECT_LT(path.size(), sizeof address.sun_path);
        path.copy(address.sun_path, path.size());
        Descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::send(made.get(), "GET /v1/pol", 11, MSG_NOSIGNAL), 11);
        return made;
    }
};

TEST_F(Control, ABundleIsStoredActivatedAndTakenBack) {
    begin();
    const auto stored = send("PUT", "/v1/policies/bundles", kBundle);
    ASSERT_EQ(stored.status(), 201) << stored.body;
    const std::string hash(parse(stored.body).at("hash").as_string());
    EXPECT_EQ(stored.headers.get("location"), "/v1/policies/bundles/" + hash);
    const auto body = R"({"hash":")" + hash + R"(","expected":null})";
    const auto active = send("POST", "/v1/policies/activate", body);
    ASSERT_EQ(active.status(), 200) << active.body;
    const auto status = get("/v1/policies");
    EXPECT_EQ(parse(status.body).at("active").at("hash").as_string(), hash);
    EXPECT_EQ(status.headers.get("etag"), "\"1\"");
    EXPECT_EQ(send("POST", "/v1/policies/activate", body).status(), 409);
    EXPECT_EQ(send("POST", "/v1/policies/activate", body, "If-Match: \"9\"\r\n").status(), 409);
    EXPECT_EQ(send("POST", "/v1/policies/activate", R"({"hash":null})", "If-Match: \"1\"\r\n").status(), 200);
    const auto history = parse(get("/v1/policies/history").body);
    EXPECT_EQ(history.at("data").as_array().size(), 2U);
    EXPECT_EQ(chat(chat_body()).status(), 200);
}

TEST_F(Control, ADecisionIsExplainedAndReplayed) {
    begin("response_headers: { policy: true }\npolicies: { poll_interval: 100ms }\n");
    const auto stored = send("PUT", "/v1/policies/bundles", kBundle);
    ASSERT_EQ(stored.status(), 201) << stored.body;
    const std::string hash(parse(stored.body).at("hash").as_string());
    ASSERT_EQ(send("POST", "/v1/policies/activate", R"({"hash":")" + hash + "\"}").status(), 200);
    Message decided;
    ASSERT_TRUE(eventually([&] {
        decided = chat(chat_body());
        return !decided.headers.get("x-aihub-policy").empty();
    }));
    const auto hook = explained_admit(decided);
    EXPECT_EQ(hook.at("hash").as_string(), hash);
    EXPECT_EQ(hook.at("part").as_string(), "active");
    EXPECT_EQ(hook.at("said").at("text").as_string(), "allowed");
    EXPECT_TRUE(hook.at("now").is_null());
    EXPECT_EQ(hook.at("lines").at(0).at("text").as_string(), "return { allow = true }");
    expect_verified(hash);
}

TEST_F(Control, OfAFolderTheBundleIsFoundToo) {
    const TempDir directory;
    const auto folder = directory.file("eu");
    ASSERT_TRUE(fs::create_directory(folder));
    write_file(folder + "/admit.lua", "return function(ctx)\n  return { allow = true }\nend\n");
    begin("policies: { folder: \"" + folder + "\" }\n");
    const auto hook = explained_admit(chat(chat_body()));
    EXPECT_TRUE(hook.at("lines_unknown").is_null());
    EXPECT_EQ(hook.at("lines").at(0).at("line").as_int64(), 2);
    expect_verified(std::string(hook.at("hash").as_string()));
}

TEST_F(Control, EveryFailureHasTheOneShape) {
    begin("control: { body_bytes_max: 2KiB }\n");
    const auto shaped = [](const Message& reply, int status, const std::string& code) {
        EXPECT_EQ(reply.status(), status) << reply.body;
        EXPECT_EQ(error_field(reply, "code"), code);
        EXPECT_EQ(error_field(reply, "request_id"), reply.headers.get("x-request-id"));
        EXPECT_NE(error_field(reply, "message"), "");
    };
    const auto other = with({"policies.read"});
    shaped(call(http_request("GET", "/v1/policies")), 401, "invalid_api_key");
    shaped(call(http_request("GET", "/v1/policies", {}, "x-api-key: nonsense\r\n")), 401, "invalid_api_key");
    const auto refused = call(http_request("PUT", "/v1/policies/bundles", kBundle, other));
    shaped(refused, 403, "permission_missing");
    EXPECT_EQ(error_field(refused, "field"), "policies.write");
    EXPECT_EQ(call(http_request("GET", "/v1/policies", {}, other)).status(), 200);
    shaped(send("GET", "/v1/policies/nothing"), 404, "unknown_url");
    const auto method = send("DELETE", "/v1/policies");
    shaped(method, 405, "method_not_allowed");
    EXPECT_EQ(method.headers.get("allow"), "GET, HEAD");
    shaped(send("POST", "/v1/policies/rollback", "{}"), 409, "policy_conflict");
    shaped(send("POST", "/v1/policies/activate", R"({"hash":)"), 400, "invalid_body");
    shaped(send("POST", "/v1/policies/activate", R"({"hash":null,"hsah":1})"), 400, "invalid_body");
    shaped(send("PUT", "/v1/policies/bundles", std::string(3000, ' ')), 413, "request_too_large");
    const auto broken = send(
        "PUT",
        "/v1/policies/bundles",
        R"({"name":"eu","files":[{"name":"route.lua","text":"return function(\nreturn"}]})"
    );
    shaped(broken, 422, "bundle_refused");
    EXPECT_EQ(parse(broken.body).at("error").at("findings").at(0).at("file").as_string(), "route.lua");
}

TEST_F(Control, OneConnectionCarriesBothKindsOfRequests) {
    begin();
    auto client = connect();
    client.send(
        http_request("GET", "/v1/permissions", {}, auth()) + post(kChat, chat_body()) +
        http_request("HEAD", "/v1/providers", {}, auth())
    );
    const auto first = client.reply();
    ASSERT_TRUE(first);
    EXPECT_THAT(first->body, HasSubstr("platform.admin"));
    const auto second = client.reply();
    ASSERT_TRUE(second);
    EXPECT_THAT(second->body, HasSubstr("hello"));
    const auto third = client.head_reply();
    ASSERT_TRUE(third);
    EXPECT_EQ(third->status(), 200);
    client.send(http_request("GET", "/v1/providers/up", {}, auth()));
    const auto fourth = client.reply();
    ASSERT_TRUE(fourth);
    EXPECT_EQ(parse(fourth->body).at("name").as_string(), "up");
    EXPECT_THAT(fourth->body, Not(HasSubstr(std::string(kUpstreamKey))));
}

TEST_F(Control, UnknownPathsAreAnsweredAsBefore) {
    begin();
    for (const char* target : {"/v1/policiesx", "/v1/unknown", "/v1/policies%2Fhistory", "/policies"}) {
        const auto reply = get(target);
        EXPECT_EQ(reply.status(), 404) << target;
        EXPECT_EQ(error_field(reply, "type"), "invalid_request_error") << target;
    }
}

TEST_F(Control, WhatAClientSaysOfItsOriginDoesNotCount) {
    begin();
    const auto reply =
        send("GET", "/v1/policies", {}, "x-aihub-client: 10.9.9.9\r\nX-Aihub-Tls: 1\r\nX-Forwarded-For: 10.9.9.8\r\n");
    EXPECT_EQ(reply.status(), 200);
    const auto line = server->child().wait_for_line(ChildProcess::Output::err, "management");
    ASSERT_TRUE(line) << server->output();
    EXPECT_THAT(*line, AllOf(HasSubstr("client=127.0.0.1"), HasSubstr("path=/v1/policies"), Not(HasSubstr("10.9.9"))));
}

TEST_F(Control, RequestsInRequestsStayBodies) {
    begin();
    const std::string inner =
        "POST /v1/policies/activate HTTP/1.1\r\nHost: h\r\n" + auth() + "Content-Length: 13\r\n\r\n{\"hash\":null}";
    const auto framed = [&](const std::string& framing, const std::string& body) {
        auto client = connect();
        client.send(
            "POST /v1/policies/lint HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + auth() + framing + "\r\n" + body
        );
        EXPECT_TRUE(client.wait_for_close());
        return client.received();
    };
    std::array<char, 16> size{};
    std::snprintf(size.data(), size.size(), "%zx", inner.size());
    const std::string chunked = size.data() + std::string("\r\n") + inner + "\r\n0\r\n\r\n";
    EXPECT_THAT(framed("Transfer-Encoding: chunked\r\n", chunked), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(framed("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", chunked), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(framed("Content-Length: 2\r\nContent-Length: 3\r\n", "{}" + inner), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(framed("Content-Length: " + std::to_string(inner.size()) + "\r\n", inner), StartsWith("HTTP/1.1 400 "));
    EXPECT_EQ(parse(get("/v1/policies").body).at("version").as_int64(), 0) << "something was activated";
}

// Every thread of the management API waits for something that does not come.
TEST_F(Control, ModelCallsGoOnWhileItIsBlocked) {
    begin("control: { threads: 2, queue_max: 2, timeout: 30s }\n");
    std::vector<Descriptor> blockers;
    for (int i = 0; i < 4; ++i) {
        blockers.push_back(blocker());
    }
    std::vector<RawClient> waiting;
    for (int i = 0; i < 4; ++i) {
        waiting.push_back(connect());
        waiting.back().send(http_request("GET", "/v1/policies", {}, auth()));
    }
    for (int i = 0; i < 50; ++i) {
        ASSERT_EQ(chat(chat_body()).status(), 200);
        ASSERT_EQ(get("/v1/models").status(), 200);
    }
    EXPECT_EQ(call(http_request("GET", "/healthz")).status(), 200);
    blockers.clear();
    for (auto& client : waiting) {
        const auto reply = client.reply();
        ASSERT_TRUE(reply);
        EXPECT_THAT(reply->status(), AnyOf(200, 503)) << "over the queue, or after the wait";
    }
    EXPECT_TRUE(eventually([&] { return get("/v1/policies").status() == 200; }));
}

TEST_F(Control, ItsSocketIsPrivateAndOldOnesAreCleanedUp) {
    begin();
    ASSERT_EQ(sockets().size(), 1U);
    struct stat status {};
    ASSERT_EQ(::stat(sockets().at(0).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const auto before = sockets().at(0);
    server->child().signal(SIGKILL);
    ASSERT_TRUE(server->wait_for_exit());
    ASSERT_EQ(sockets().size(), 1U) << "nobody could remove it";
    ASSERT_TRUE(server->start()) << server->output();
    ASSERT_EQ(sockets().size(), 1U);
    EXPECT_NE(sockets().at(0), before);
    server->terminate();
    ASSERT_EQ(server->wait_for_exit(), 0);
    EXPECT_TRUE(sockets().empty());
}

TEST_F(Control, ItCanBeTurnedOff) {
    begin("control: { enabled: false }\n");
    EXPECT_EQ(get("/v1/policies").status(), 404);
    EXPECT_TRUE(sockets().empty());
    EXPECT_EQ(chat(chat_body()).status(), 200);
}

TEST_F(Control, PagesOfAllowedOriginsMayAsk) {
    begin("cors: { allowed_origins: [\"https://console.example.com\"] }\n");
    const std::string origin = "Origin: https://console.example.com\r\n";
    const auto preflight =
        call(http_request("OPTIONS", "/v1/policies/activate", {}, origin + "Access-Control-Request-Method: POST\r\n"));
    EXPECT_EQ(preflight.status(), 204);
    EXPECT_THAT(std::string(preflight.headers.get("access-control-allow-methods")), HasSubstr("PUT"));
    EXPECT_EQ(
        send("GET", "/v1/policies", {}, origin).headers.get("access-control-allow-origin"),
        "https://console.example.com"
    );
}

}  // namespace
}  // namespace aihub::testing
