// A blocking TLS client on 127.0.0.1 that trusts everybody.
#pragma once

#include "support/posix.hpp"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <string_view>

namespace aihub::testing {

struct TlsClientOptions {
    int min_version = TLS1_2_VERSION;
    int max_version = 0;             // 0: the newest
    std::string alpn = {};           // as on the wire, "\x08http/1.1"
    SSL_SESSION* session = nullptr;  // to resume
};

class TlsClient {
public:
    explicit TlsClient(std::uint16_t port, const TlsClientOptions& options = {})
        : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free),
          socket_(connect_local(port)),
          ssl_(nullptr, &SSL_free) {
        std::signal(SIGPIPE, SIG_IGN);  // as the program does: OpenSSL writes without MSG_NOSIGNAL
        if (options.min_version < TLS1_2_VERSION) {
            SSL_CTX_set_security_level(context_.get(), 0);
        }
        SSL_CTX_set_min_proto_version(context_.get(), options.min_version);
        SSL_CTX_set_max_proto_version(context_.get(), options.max_version);
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_alpn_protos(
            ssl_.get(),
            reinterpret_cast<const unsigned char*>(options.alpn.data()),
            static_cast<unsigned>(options.alpn.size())
        );
        if (options.session != nullptr) {
            SSL_set_session(ssl_.get(), options.session);
        }
        ::fcntl(socket_.get(), F_SETFL, ::fcntl(socket_.get(), F_GETFL) & ~O_NONBLOCK);
        const timeval patience{std::chrono::duration_cast<std::chrono::seconds>(kPatience).count(), 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        SSL_set_fd(ssl_.get(), socket_.get());
        connected_ = SSL_connect(ssl_.get()) == 1;
    }

    [[nodiscard]] bool connected() const { return connected_; }
    [[nodiscard]] bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
    [[nodiscard]] std::string version() const { return SSL_get_version(ssl_.get()); }
    [[nodiscard]] std::string protocol() const {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl_.get(), &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }
    // The common name in the certificate that the server showed.
    [[nodiscard]] std::string server_name() const {
        const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(ssl_.get()), &X509_free);
        std::array<char, 128> name{};
        X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name.data(), name.size());
        return name.data();
    }
    bool send(std::string_view text) { return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) > 0; }
    // What comes next; empty: the peer ended its side, or the connection broke.
    std::string read() {
        std::array<char, 16384> buffer{};
        const int count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
        return {buffer.data(), static_cast<std::size_t>(count > 0 ? count : 0)};
    }
    // Reads until `text` has come; gives everything up to then. Without it: what came.
    std::string read_until(std::string_view text) {
        std::string all;
        for (std::string part = read(); !part.empty(); part = read()) {
            all += part;
            if (all.find(text) != std::string::npos) {
                break;
            }
        }
        return all;
    }
    // Whether the peer said that it has ended, rather than just hanging up.
    [[nodiscard]] bool ended_cleanly() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
    // For the next connection. Owned by the caller.
    [[nodiscard]] SSL_SESSION* session() { return SSL_get1_session(ssl_.get()); }
    void close() {
        SSL_shutdown(ssl_.get());
        socket_.close();
    }

private:
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    Descriptor socket_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
    bool connected_ = false;
};

}  // namespace aihub::testing
