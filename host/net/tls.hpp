// TLS on OpenSSL, driven by readiness of the socket: the sessions of both sides, and the client's trust settings.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;

namespace aihub::net {

// The reason of an error: the peer's certificate is not trusted for the host that was meant.
inline constexpr std::string_view kUntrusted = "untrusted_certificate";

// What one step of a TLS connection needs next.
enum class TlsStep { done, want_read, want_write, closed, failed };

// Sessions of one upstream that its next connections resume; belongs to one loop. Keeps the newest kMax. A session of
// TLS 1.3 is used once (RFC 8446 appendix C.4).
class TlsTickets {
public:
    static constexpr std::size_t kMax = 4;

    TlsTickets() = default;
    ~TlsTickets();
    TlsTickets(const TlsTickets&) = delete;
    TlsTickets& operator=(const TlsTickets&) = delete;

    void keep(ssl_session_st* session);  // takes it over
    // The caller owns it; null: there is none.
    [[nodiscard]] ssl_session_st* take();

private:
    std::vector<ssl_session_st*> sessions_;
};

// One TLS connection over a socket that somebody else owns. Belongs to the connection's loop.
class TlsSession {
public:
    // Owns `ssl`, which knows its socket and its role.
    explicit TlsSession(ssl_st* ssl, std::shared_ptr<TlsTickets> tickets = {});
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    TlsStep handshake();
    TlsStep read(std::span<char> buffer, std::size_t& count);
    // A step that wanted something is repeated with the same bytes.
    TlsStep write(std::span<const char> bytes, std::size_t& count);
    // Why the last step failed, for people: "certificate verify failed: self-signed certificate".
    [[nodiscard]] std::string reason() const;
    // Whether decrypted bytes are waiting that the socket no longer shows.
    [[nodiscard]] bool pending() const;
    // Whether there is something to read, without taking it. done: there is; closed: the peer has ended its side.
    TlsStep peek();
    // Tells the peer that nothing more will be written, if it takes that at once.
    void end_writing();
    // Whether the handshake failed because the peer began with a plain HTTP request.
    [[nodiscard]] bool met_plain_http() const { return plain_http_; }
    // Whether the handshake failed because the peer's certificate is not trusted for the host.
    [[nodiscard]] bool distrusts() const { return distrusts_; }
    // Whether the handshake resumed a session.
    [[nodiscard]] bool resumed() const;
    // Where the sessions go that the server offers; null: nowhere.
    [[nodiscard]] TlsTickets* tickets() const { return tickets_.get(); }

private:
    TlsStep step(int result);
    ssl_st* ssl_;
    std::shared_ptr<TlsTickets> tickets_;
    std::string reason_;
    bool failed_ = false;
    bool half_written_ = false;  // a record is out in part
    bool plain_http_ = false;
    bool distrusts_ = false;
};

// Why OpenSSL's last operation on this thread failed, for people; forgets it.
[[nodiscard]] std::string take_tls_error();

// Trust settings of one upstream. Immutable; any thread. Verification of chain and host name is always on; TLS 1.2 is
// the minimum (RFC 9325).
class TlsContext {
public:
    // `ca_file`: PEM file of extra certificate authorities; empty: the system's only.
    static Result<std::shared_ptr<const TlsContext>> create(const std::string& ca_file);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    // A session on the connected socket `descriptor` for `host` (name for SNI and verification, or an IP address).
    // Resumes one of `tickets`, which are those of the same host and context, and keeps new ones there.
    [[nodiscard]] Result<std::unique_ptr<TlsSession>> open(
        int descriptor, const std::string& host, std::shared_ptr<TlsTickets> tickets = {}
    ) const;

private:
    explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
    ssl_ctx_st* context_;
};

}  // namespace aihub::net
