// TLS of a listener: its certificate and what it demands of clients.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/tls.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace aihub::net {

enum class TlsVersion { tls_1_2, tls_1_3 };

struct TlsAcceptorOptions {
    std::string certificate_file;  // PEM: the server's certificate, then those between it and its root
    std::string key_file;          // PEM, without a passphrase
    TlsVersion min_version = TlsVersion::tls_1_2;
};

// Immutable; any thread. Speaks HTTP/1.1 in ALPN, refuses renegotiation, resumes sessions by tickets that end with it.
class TlsAcceptor {
public:
    // invalid_request: a file is unreadable or unusable, or the two do not belong together; the message names the file
    // and what to do.
    static Result<std::shared_ptr<const TlsAcceptor>> create(const TlsAcceptorOptions& options);
    ~TlsAcceptor();
    TlsAcceptor(const TlsAcceptor&) = delete;
    TlsAcceptor& operator=(const TlsAcceptor&) = delete;

    // A session on the accepted socket `descriptor`.
    [[nodiscard]] Result<std::unique_ptr<TlsSession>> open(int descriptor) const;

    // What was read, to notice when it changes.
    struct File {
        std::string path;
        std::size_t hash = 0;  // std::hash of the content
    };
    [[nodiscard]] const std::vector<File>& files() const { return files_; }
    // When the certificate ends.
    [[nodiscard]] WallTime expires() const { return expires_; }

private:
    explicit TlsAcceptor(ssl_ctx_st* context) : context_(context) {}
    ssl_ctx_st* context_;
    std::vector<File> files_;
    WallTime expires_;
};

using TlsAcceptorPtr = std::shared_ptr<const TlsAcceptor>;

}  // namespace aihub::net
