#include "net/tls_acceptor.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <iterator>
#include <string_view>

namespace aihub::net {

namespace {

constexpr std::size_t kFileBytesMax = 1024UL * 1024;
// The one protocol that is spoken, as ALPN writes it (RFC 7301).
constexpr unsigned char kAlpn[] = "\x08http/1.1";

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Error unusable(const std::string& file, const std::string& why) {
    return {Errc::invalid_request, file + ": " + why};
}

Result<std::string> read_file(const std::string& file, const std::string& key) {
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    std::string text(kFileBytesMax + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (text.empty() || text.size() > kFileBytesMax) {
        const std::string why = !text.empty() ? "larger than 1 MiB" : errno != 0 ? std::strerror(errno) : "empty";
        return unusable(file, "cannot be read (" + why + "), make it a readable PEM file or correct " + key);
    }
    return text;
}

Bio reader_of(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

WallTime end_of(X509* certificate) {
    std::tm time{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) {
        return WallTime::max();
    }
    return std::chrono::system_clock::from_time_t(::timegm(&time));
}

// Gives the end of the first one.
Result<WallTime> use_certificates(ssl_ctx_st* context, const std::string& file, const std::string& text) {
    const auto bio = reader_of(text);
    const Certificate leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!leaf) {
        return unusable(file, "holds no certificate, write one in PEM (-----BEGIN CERTIFICATE-----)");
    }
    if (SSL_CTX_use_certificate(context, leaf.get()) != 1) {
        return unusable(file, "the certificate cannot be used (" + take_tls_error() + "), have it issued anew");
    }
    for (;;) {
        Certificate next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
        if (!next) {
            break;
        }
        if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) {
            return unusable(file, "its chain cannot be used (" + take_tls_error() + "), have it issued anew");
        }
        static_cast<void>(next.release());  // The context owns it.
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        return unusable(file, "a certificate behind the first is damaged, write the whole chain in PEM");
    }
    ERR_clear_error();
    return end_of(leaf.get());
}

// Nobody is there to type a passphrase.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

Result<void> use_key(ssl_ctx_st* context, const TlsAcceptorOptions& options, const std::string& text) {
    const auto bio = reader_of(text);
    const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr), &EVP_PKEY_free);
    if (!key) {
        const bool encrypted = text.find("ENCRYPTED") != std::string::npos;
        ERR_clear_error();
        return unusable(
            options.key_file,
            encrypted ? "the private key has a passphrase, store it without one, readable by this user only"
                      : "holds no private key, write one in PEM (-----BEGIN PRIVATE KEY-----)"
        );
    }
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
        ERR_clear_error();
        return unusable(
            options.key_file,
            "is not the private key of the certificate in " + options.certificate_file + ", give the pair"
        );
    }
    return {};
}

int choose_protocol(ssl_st*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered, unsigned size, void*) {
    unsigned char* out = nullptr;
    const int found = SSL_select_next_proto(&out, chosen_size, kAlpn, sizeof(kAlpn) - 1, offered, size);
    *chosen = out;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void demand(ssl_ctx_st* context, TlsVersion min_version) {
    SSL_CTX_set_min_proto_version(context, min_version == TlsVersion::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // A stream is written in many small steps and idle connections are kept: give record buffers back in between.
    SSL_CTX_set_mode(
        context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
    );
    // Tickets carry the sessions; a cache would be a lock that all loops share.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    static constexpr unsigned char kSessionContext[] = "aihub";
    SSL_CTX_set_session_id_context(context, kSessionContext, sizeof(kSessionContext) - 1);
    SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
}

}  // namespace

Result<TlsAcceptorPtr> TlsAcceptor::create(const TlsAcceptorOptions& options) {
    ERR_clear_error();
    ssl_ctx_st* raw = SSL_CTX_new(TLS_server_method());
    if (raw == nullptr) {
        return Error{Errc::internal, "cannot make a TLS context: " + take_tls_error()};
    }
    std::shared_ptr<TlsAcceptor> acceptor(new TlsAcceptor(raw));
    demand(raw, options.min_version);
    const auto certificates = AIHUB_TRY(read_file(options.certificate_file, "certificate_file"));
    acceptor->expires_ = AIHUB_TRY(use_certificates(raw, options.certificate_file, certificates));
    auto key = AIHUB_TRY(read_file(options.key_file, "key_file"));
    const auto used = use_key(raw, options, key);
    constexpr std::hash<std::string_view> kHash;
    acceptor->files_ = {{options.certificate_file, kHash(certificates)}, {options.key_file, kHash(key)}};
    OPENSSL_cleanse(key.data(), key.size());
    AIHUB_CHECK(used);
    return TlsAcceptorPtr(std::move(acceptor));
}

TlsAcceptor::~TlsAcceptor() {
    SSL_CTX_free(context_);
}

Result<std::unique_ptr<TlsSession>> TlsAcceptor::open(int descriptor) const {
    ssl_st* ssl = SSL_new(context_);
    if (ssl == nullptr) {
        return Error{Errc::internal, "cannot make a TLS session: " + take_tls_error()};
    }
    auto session = std::make_unique<TlsSession>(ssl);
    SSL_set_accept_state(ssl);
    if (SSL_set_fd(ssl, descriptor) != 1) {
        return Error{Errc::internal, "cannot set up TLS: " + take_tls_error()};
    }
    return session;
}

}  // namespace aihub::net
