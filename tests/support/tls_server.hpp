// A TLS server with a self-signed certificate: echoes what it is sent, one connection after the other.
#pragma once

#include "support/posix.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
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
    std::string name;                   // DNS name in the certificate
    std::string address = "127.0.0.1";  // IP address in it; empty: none
    int days_left = 1;                  // negative: expired
    bool only_tls_1_1 = false;
};

// Serves on a thread of its own until it is destroyed.
class TlsServer {
public:
    explicit TlsServer(const TlsServerOptions& options)
        : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free),
          certificate_(make_certificate(options), &X509_free),
          context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free),
          listener_(listen_local()),
          port_(local_port(listener_)) {
        SSL_CTX_use_certificate(context_.get(), certificate_.get());
        SSL_CTX_use_PrivateKey(context_.get(), key_.get());
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
    [[nodiscard]] std::string certificate_pem() const {
        const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
        PEM_write_bio_X509(memory.get(), certificate_.get());
        char* text = nullptr;
        const auto size = BIO_get_mem_data(memory.get(), &text);
        return {text, static_cast<std::size_t>(size)};
    }

private:
    X509* make_certificate(const TlsServerOptions& options) {
        X509* made = X509_new();
        X509_set_version(made, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
        X509_gmtime_adj(X509_getm_notBefore(made), -10L * 86400);
        X509_gmtime_adj(X509_getm_notAfter(made), options.days_left * 86400L);
        X509_set_pubkey(made, key_.get());
        auto* subject = X509_get_subject_name(made);
        const auto* name = reinterpret_cast<const unsigned char*>(options.name.c_str());
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0);
        X509_set_issuer_name(made, subject);
        const auto names = "DNS:" + options.name + (options.address.empty() ? "" : ",IP:" + options.address);
        add_extension(made, NID_subject_alt_name, names);
        add_extension(made, NID_basic_constraints, "critical,CA:TRUE");
        X509_sign(made, key_.get(), EVP_sha256());
        return made;
    }
    static void add_extension(X509* certificate, int id, const std::string& value) {
        X509V3_CTX context;
        X509V3_set_ctx_nodb(&context);
        X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
        auto* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }

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

    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::unique_ptr<X509, decltype(&X509_free)> certificate_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    Descriptor listener_;
    std::uint16_t port_;
    Signal stopping_;
    std::atomic<bool> spoke_{false};
    std::jthread thread_;
};

}  // namespace aihub::testing
