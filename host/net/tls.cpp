#include "net/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <climits>

namespace aihub::net {

namespace {

int bounded(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

bool is_address(const std::string& host) {
    in6_addr address{};
    return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

// 1: the session is ours now.
int on_new_session(ssl_st* ssl, ssl_session_st* session) {
    const auto* owner = static_cast<const TlsSession*>(SSL_get_app_data(ssl));  // NOLINT: the macro casts in C style
    if (owner == nullptr || owner->tickets() == nullptr || SSL_SESSION_is_resumable(session) == 0) {
        return 0;
    }
    owner->tickets()->keep(session);
    return 1;
}

}  // namespace

std::string take_tls_error() {
    const auto code = ERR_peek_last_error();
    const char* text = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return text == nullptr ? "connection closed during TLS" : text;
}

TlsTickets::~TlsTickets() {
    for (auto* session : sessions_) {
        SSL_SESSION_free(session);
    }
}

void TlsTickets::keep(ssl_session_st* session) {
    if (sessions_.size() >= kMax) {
        SSL_SESSION_free(sessions_.front());
        sessions_.erase(sessions_.begin());
    }
    sessions_.push_back(session);
}

ssl_session_st* TlsTickets::take() {
    if (sessions_.empty()) {
        return nullptr;
    }
    auto* session = sessions_.back();
    if (SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION) {
        sessions_.pop_back();
    } else {
        SSL_SESSION_up_ref(session);
    }
    return session;
}

TlsSession::TlsSession(ssl_st* ssl, std::shared_ptr<TlsTickets> tickets) : ssl_(ssl), tickets_(std::move(tickets)) {
    SSL_set_app_data(ssl_, this);  // NOLINT: the macro casts in C style
}

bool TlsSession::resumed() const {
    return SSL_session_reused(ssl_) == 1;
}

TlsSession::~TlsSession() {
    SSL_free(ssl_);
}

TlsStep TlsSession::step(int result) {
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_NONE:
            return TlsStep::done;
        case SSL_ERROR_WANT_READ:
            return TlsStep::want_read;
        case SSL_ERROR_WANT_WRITE:
            return TlsStep::want_write;
        case SSL_ERROR_ZERO_RETURN:
            return TlsStep::closed;
        default:
            break;
    }
    failed_ = true;
    const auto verdict = SSL_get_verify_result(ssl_);
    const auto code = ERR_peek_last_error();
    plain_http_ = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST;
    reason_ = take_tls_error();
    distrusts_ = verdict != X509_V_OK;
    if (distrusts_) {
        reason_ += std::string(": ") + X509_verify_cert_error_string(verdict);
    }
    return TlsStep::failed;
}

TlsStep TlsSession::handshake() {
    ERR_clear_error();  // SSL_get_error looks at the thread's queue, where others may have left something.
    return step(SSL_do_handshake(ssl_));
}

TlsStep TlsSession::read(std::span<char> buffer, std::size_t& count) {
    ERR_clear_error();
    const int result = SSL_read(ssl_, buffer.data(), bounded(buffer.size()));
    count = result > 0 ? static_cast<std::size_t>(result) : 0;
    return step(result);
}

TlsStep TlsSession::write(std::span<const char> bytes, std::size_t& count) {
    ERR_clear_error();
    const int result = SSL_write(ssl_, bytes.data(), bounded(bytes.size()));
    count = result > 0 ? static_cast<std::size_t>(result) : 0;
    half_written_ = result <= 0;
    return step(result);
}

TlsStep TlsSession::peek() {
    ERR_clear_error();
    char byte = 0;
    return step(SSL_peek(ssl_, &byte, 1));
}

void TlsSession::end_writing() {
    // OpenSSL wants neither in the middle of a handshake or a record, nor after a failure.
    if (failed_ || half_written_ || SSL_is_init_finished(ssl_) == 0 ||
        (SSL_get_shutdown(ssl_) & SSL_SENT_SHUTDOWN) != 0) {
        return;
    }
    ERR_clear_error();
    static_cast<void>(SSL_shutdown(ssl_));
    ERR_clear_error();
}

std::string TlsSession::reason() const {
    return reason_;
}

bool TlsSession::pending() const {
    return SSL_pending(ssl_) > 0;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::create(const std::string& ca_file) {
    ssl_ctx_st* raw = SSL_CTX_new(TLS_client_method());
    if (raw == nullptr) {
        return Error{Errc::internal, "cannot make a TLS context: " + take_tls_error()};
    }
    std::shared_ptr<const TlsContext> context(new TlsContext(raw));
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    // A stream is read in many small steps and idle connections are kept: give record buffers back in between.
    SSL_CTX_set_mode(
        raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
    );
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(raw, &on_new_session);
    if (SSL_CTX_set_default_verify_paths(raw) != 1) {
        return Error{Errc::internal, "cannot load the system's certificate authorities: " + take_tls_error()};
    }
    if (!ca_file.empty() && SSL_CTX_load_verify_locations(raw, ca_file.c_str(), nullptr) != 1) {
        return Error{
            Errc::invalid_request, "cannot read certificate authorities from " + ca_file + ": " + take_tls_error()};
    }
    return context;
}

TlsContext::~TlsContext() {
    SSL_CTX_free(context_);
}

Result<std::unique_ptr<TlsSession>> TlsContext::open(
    int descriptor, const std::string& host, std::shared_ptr<TlsTickets> tickets
) const {
    ssl_st* ssl = SSL_new(context_);
    if (ssl == nullptr) {
        return Error{Errc::internal, "cannot make a TLS session: " + take_tls_error()};
    }
    const std::unique_ptr<ssl_session_st, decltype(&SSL_SESSION_free)> known(
        tickets ? tickets->take() : nullptr, &SSL_SESSION_free
    );
    auto session = std::make_unique<TlsSession>(ssl, std::move(tickets));
    if (known) {
        SSL_set_session(ssl, known.get());
    }
    X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
    SSL_set_connect_state(ssl);
    bool set = SSL_set_fd(ssl, descriptor) == 1;
    if (is_address(host)) {
        set = set && X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
    } else {
        X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        set = set && X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size()) == 1;
        set = set && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;  // NOLINT: the macro casts in C style
    }
    // HTTP/1.1 only is spoken upstream (RFC 7301).
    static constexpr unsigned char kAlpn[] = "\x08http/1.1";
    set = set && SSL_set_alpn_protos(ssl, kAlpn, sizeof(kAlpn) - 1) == 0;
    if (!set) {
        return Error{Errc::internal, "cannot set up TLS for " + host + ": " + take_tls_error()};
    }
    return session;
}

}  // namespace aihub::net
