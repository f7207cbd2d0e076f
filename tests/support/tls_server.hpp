// A TLS server with a self-signed certificate: echoes what it is sent, one connection after the other.
#pragma once

#include "support/certificate.hpp"
#include "support/posix.hpp"

#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>

namespace aihub::testing {

struct TlsServerOptions {
    std::string name;  // as in CertificateOptions
    std::string address = "127.0.0.1";
    int days_left = 1;
    bool only_tls_1_1 = false;
};

// Serves on a thread of its own until it is destroyed.
class TlsServer {
public:
    explicit TlsServer(const TlsServerOptions& options)
        : certificate_({options.name, options.address, options.days_left}),
          context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free),
          listener_(listen_local()),
          port_(local_port(listener_)) {
        SSL_CTX_use_certificate(context_.get(), certificate_.get());
        SSL_CTX_use_PrivateKey(context_.get(), certificate_.key());
        if (options.only_tls_1_1) {
            SSL_CTX_set_security_level(context_.get(), 0);
            SSL_CTX_set_min_proto_version(context_.get(), TLS1_1_VERSION);
            SSL_CTX_set_max_proto_version(context_.get(), TLS1_1_VERSION);
        }
        thread_ = std::jthread([this] { serve(); });
    }
    ~TlsServer() { stopping_.set(); }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    // Whether any handshake was completed.
    [[nodiscard]] bool spoke() const { return spoke_; }
    // Handshakes that resumed an earlier session.
    [[nodiscard]] int resumptions() const { return resumptions_; }
    [[nodiscard]] std::string certificate_pem() const { return certificate_.pem(); }

private:
    // False: the test is over.
    [[nodiscard]] bool wait_readable(int descriptor) const {
        std::array<pollfd, 2> waits{{{descriptor, POLLIN, 0}, {stopping_.descriptor(), POLLIN, 0}}};
        return ::poll(waits.data(), waits.size(), -1) > 0 && waits[1].revents == 0;
    }
    void serve() {
        sigset_t pipe;  // OpenSSL writes without MSG_NOSIGNAL
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        while (wait_readable(listener_.get())) {
            const Descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()), &SSL_free);
            SSL_set_fd(ssl.get(), client.get());
            if (SSL_accept(ssl.get()) == 1) {
                spoke_ = true;
                resumptions_ += SSL_session_reused(ssl.get());
                echo(ssl.get(), client.get());
            }
        }
    }
    void echo(SSL* ssl, int descriptor) const {
        std::array<char, 16384> buffer{};
        while (SSL_pending(ssl) > 0 || wait_readable(descriptor)) {
            const int count = SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size()));
            if (count <= 0 || SSL_write(ssl, buffer.data(), count) <= 0) {
                return;
            }
        }
    }

    Certificate certificate_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    Descriptor listener_;
    std::uint16_t port_;
    Signal stopping_;
    std::atomic<bool> spoke_{false};
    std::atomic<int> resumptions_{0};
    std::jthread thread_;
};

}  // namespace aihub::testing
