#include "system/subjects.hpp"

#include "support/http_text.hpp"

#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace aihub::bench {
namespace {

// Holds a port for a program that cannot ask the kernel for one: bound, never listening, so that with SO_REUSEPORT the
// program can bind it too and gets every connection.
class ReservedPort {
public:
    ReservedPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int on = 1;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            give_up("no port to be had");
        }
    }
    [[nodiscard]] std::uint16_t port() const { return testing::local_port(socket_); }

private:
    testing::Descriptor socket_;
};

std::string own_path() {
    return std::filesystem::read_symlink("/proc/self/exe").string();
}

class Nginx final : public Subject {
public:
    explicit Nginx(std::uint16_t upstream_port) {
        testing::write_file(directory_.file("nginx.conf"), config(upstream_port));
        child_ = std::make_unique<testing::ChildProcess>(
            std::vector<std::string>{
                "/usr/sbin/nginx", "-p", directory_.path(), "-c", directory_.file("nginx.conf"), "-e", "stderr"},
            directory_.path()
        );
        // It says nothing when it is up: ask until it answers.
        const bool up = testing::eventually([this] {
            try {
                const auto socket = testing::connect_local(reserved_.port());
                return true;
            } catch (const std::exception&) {
                return child_->wait_for_exit(testing::Milliseconds(0)).has_value();
            }
        });
        if (!up || child_->wait_for_exit(testing::Milliseconds(0))) {
            give_up("nginx did not start: " + child_->text(testing::ChildProcess::Output::err));
        }
    }
    // Asked to stop, it ends its workers; killed, it would leave them behind.
    ~Nginx() override {
        child_->signal(SIGTERM);
        (void)child_->wait_for_exit();
    }
    [[nodiscard]] std::string_view name() const override { return "nginx"; }
    [[nodiscard]] std::uint16_t port() const override { return reserved_.port(); }
    [[nodiscard]] pid_t pid() const override { return child_->pid(); }
    [[nodiscard]] std::string credential() const override { return "Bearer none"; }

private:
    [[nodiscard]] std::string config(std::uint16_t upstream_port) const {
        const passwd* user = ::getpwuid(::geteuid());
        const std::string user_line =
            ::geteuid() == 0 && user != nullptr ? "user " + std::string(user->pw_name) + ";\n" : "";
        return user_line +
               "daemon off;\nworker_processes 2;\nworker_rlimit_nofile 20000;\nerror_log stderr warn;\npid " +
               directory_.file("nginx.pid") +
               ";\nevents { worker_connections 16000; }\n"
               "http {\n  access_log off;\n  client_body_buffer_size 1m;\n  client_body_temp_path " +
               directory_.file("body") + ";\n  proxy_temp_path " + directory_.file("proxy") +
               ";\n  fastcgi_temp_path " + directory_.file("fastcgi") + ";\n  uwsgi_temp_path " +
               directory_.file("uwsgi") + ";\n  scgi_temp_path " + directory_.file("scgi") +
               ";\n  keepalive_requests 100000000;\n  tcp_nodelay on;\n"
               "  upstream mock { server 127.0.0.1:" +
               std::to_string(upstream_port) +
               "; keepalive 512; keepalive_requests 100000000; }\n"
               "  server {\n    listen 127.0.0.1:" +
               std::to_string(reserved_.port()) +
               " reuseport backlog=8192;\n"
               "    location / {\n      proxy_pass http://mock;\n      proxy_http_version 1.1;\n"
               "      proxy_set_header Connection \"\";\n      proxy_buffering off;\n    }\n  }\n}\n";
    }

    testing::TempDir directory_;
    ReservedPort reserved_;
    std::unique_ptr<testing::ChildProcess> child_;
};

class AiHub final : public Subject {
public:
    explicit AiHub(std::uint16_t upstream_port) : server_(aihub_config(upstream_port)) {
        if (!server_.start()) {
            give_up(testing::binary_path() + " did not start: " + server_.output());
        }
        key_ = server_.first_key();
        if (key_.empty()) {
            give_up("no first key: " + server_.output());
        }
    }
    [[nodiscard]] std::string_view name() const override { return "aihub"; }
    [[nodiscard]] std::uint16_t port() const override { return server_.port(); }
    [[nodiscard]] pid_t pid() const override { return server_.pid(); }
    [[nodiscard]] std::string credential() const override { return "Bearer " + key_; }

private:
    testing::ServerProcess server_;
    std::string key_;
};

class Portkey final : public Subject {
public:
    Portkey(std::string script, std::uint16_t upstream_port)
        : upstream_port_(upstream_port),
          port_(testing::local_port(testing::listen_local())),  // It cannot ask the kernel; free a moment ago.
          child_({node(), std::move(script), "--headless", "--port=" + std::to_string(port_)}, directory_.path()) {
        if (!child_.wait_for_line(testing::ChildProcess::Output::out, "Ready for connections")) {
            give_up("portkey did not start: " + child_.text(testing::ChildProcess::Output::err));
        }
    }
    ~Portkey() override {
        child_.signal(SIGTERM);
        (void)child_.wait_for_exit();
    }
    [[nodiscard]] std::string_view name() const override { return "portkey"; }
    [[nodiscard]] std::uint16_t port() const override { return port_; }
    [[nodiscard]] pid_t pid() const override { return child_.pid(); }
    [[nodiscard]] std::string credential() const override { return "Bearer none"; }
    [[nodiscard]] std::string header_lines() const override {
        return "x-portkey-provider: openai\r\nx-portkey-custom-host: http://127.0.0.1:" +
               std::to_string(upstream_port_) + "/v1\r\n";
    }

private:
    static std::string node() {
        const char* chosen = std::getenv("AIHUB_NODE");
        return chosen == nullptr ? "/usr/bin/node" : chosen;
    }

    const std::uint16_t upstream_port_;
    const std::uint16_t port_;
    testing::TempDir directory_;
    testing::ChildProcess child_;
};

}  // namespace

MockUpstream::MockUpstream(const MockOptions& options)
    : child_(
          {own_path(), "upstream", std::to_string(options.events), std::to_string(options.interval.count())},
          directory_.path()
      ) {
    constexpr std::string_view kText = "http://127.0.0.1:";
    const auto line = child_.wait_for_line(testing::ChildProcess::Output::out, kText);
    if (!line) {
        give_up("the mock upstream did not start: " + child_.text(testing::ChildProcess::Output::err));
    }
    port_ = static_cast<std::uint16_t>(std::atoi(line->c_str() + line->find(kText) + kText.size()));
}

std::string aihub_config(std::uint16_t upstream_port) {
    return "listen: 127.0.0.1:0\n"
           "log: { level: warn, requests: false }\n"
           "limits: { connections_max: 16000, connections_per_address_max: 16000, calls_max: 16000, idle_upstream_max: "
           "512 }\n"
           "providers:\n  up: { plugin: aihub.provider.openai, base_url: \"http://127.0.0.1:" +
           std::to_string(upstream_port) +
           "/v1\", api_key: bench-upstream-key, models: [gpt-bench] }\n"
           "  other: { plugin: aihub.provider.anthropic, base_url: \"http://127.0.0.1:" +
           std::to_string(upstream_port) +
           "\", api_key: bench-upstream-key, models: [claude-bench] }\n"
           "models: { fast: up/gpt-bench }\n"
           "default_provider: up\n";
}

SubjectPtr start_nginx(std::uint16_t upstream_port) {
    return std::make_unique<Nginx>(upstream_port);
}
SubjectPtr start_aihub(std::uint16_t upstream_port) {
    return std::make_unique<AiHub>(upstream_port);
}

SubjectPtr start_portkey(std::uint16_t upstream_port) {
    const char* script = std::getenv("AIHUB_BENCH_PORTKEY");
    return script == nullptr ? nullptr : std::make_unique<Portkey>(script, upstream_port);
}

std::string chat_body(Streaming streaming, std::size_t bytes, std::string_view model) {
    const std::string begin = R"({"model":")" + std::string(model) + R"(","temperature":0.7,"max_tokens":256,)" +
                              std::string(streaming == Streaming::on ? R"("stream":true,)" : "") +
                              R"("messages":[{"role":"system","content":"You are a helpful assistant."},)"
                              R"({"role":"user","content":")";
    const std::string end = "\"}]}";
    return begin + std::string(bytes - begin.size() - end.size(), 'w') + end;
}

namespace {

Target post(const Subject& subject, std::string_view path, const std::string& body) {
    return {
        subject.port(),
        testing::http_request(
            "POST", path, body, "Authorization: " + subject.credential() + "\r\n" + subject.header_lines()
        )};
}

}  // namespace

Target chat_target(const Subject& subject, Streaming streaming, std::string_view model) {
    return post(subject, "/v1/chat/completions", chat_body(streaming, chat_body(streaming).size(), model));
}

Target messages_target(const Subject& subject, Streaming streaming, std::string_view model) {
    const std::string begin = R"({"model":")" + std::string(model) + R"(","temperature":0.7,"max_tokens":256,)" +
                              std::string(streaming == Streaming::on ? R"("stream":true,)" : "") +
                              R"("system":"You are a helpful assistant.","messages":[{"role":"user","content":")";
    const std::string end = "\"}]}";
    const auto size = chat_body(streaming).size();
    return post(subject, "/v1/messages", begin + std::string(size - begin.size() - end.size(), 'w') + end);
}

Target responses_target(const Subject& subject, Streaming streaming, std::string_view model) {
    const std::string begin = R"({"model":")" + std::string(model) + R"(","temperature":0.7,"max_output_tokens":256,)" +
                              std::string(streaming == Streaming::on ? R"("stream":true,)" : "") +
                              R"("instructions":"You are a helpful assistant.","input":")";
    const std::string end = "\"}";
    const auto size = chat_body(streaming).size();
    return post(subject, "/v1/responses", begin + std::string(size - begin.size() - end.size(), 'w') + end);
}

void give_up(const std::string& message) {
    std::fprintf(stderr, "aihub_bench: %s\n", message.c_str());
    std::exit(1);
}

}  // namespace aihub::bench
