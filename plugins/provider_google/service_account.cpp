#include "service_account.hpp"

#include <aihub/json_read.hpp>
#include <aihub/json_write.hpp>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace aihub::provider_google {
namespace {

constexpr std::string_view kScope = "https://www.googleapis.com/auth/cloud-platform";
constexpr std::string_view kTokenUri = "https://oauth2.googleapis.com/token";
constexpr std::chrono::seconds kLifetime{3600};  // the longest that Google takes
constexpr std::chrono::seconds kSkew{30};        // clocks differ, and a claim of the future is refused
constexpr int kBitsMin = 2048;

Error wrong(std::string_view what) {
    return Error{
        Errc::invalid_request,
        "the secret service_account " + std::string(what) +
            ": give the JSON key of a service account as Google Cloud wrote it"};
}

// RFC 4648 section 5, without padding.
std::string base64url(std::string_view bytes) {
    std::vector<unsigned char> text((bytes.size() + 2) / 3 * 4 + 1);
    const int length = EVP_EncodeBlock(
        text.data(), reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size())
    );
    std::string out(reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length));
    std::ranges::replace(out, '+', '-');
    std::ranges::replace(out, '/', '_');
    out.erase(std::min(out.find('='), out.size()));
    return out;
}

std::string signature(EVP_PKEY* key, std::string_view text) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t length = 0;
    if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &length, bytes, text.size()) != 1) {
        return {};
    }
    std::string made(length, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(made.data()), &length, bytes, text.size()) !=
        1) {
        return {};
    }
    made.resize(length);
    return made;
}

}  // namespace

void ServiceAccount::FreeKey::operator()(EVP_PKEY* key) const {
    EVP_PKEY_free(key);
}

Result<ServiceAccount> ServiceAccount::read(std::string_view json) {
    const auto document = sdk::JsonDocument::parse(json);
    if (!document) {
        return wrong("is not valid JSON");
    }
    const sdk::JsonValue given = document->root();
    if (given["type"].string_or("") != "service_account") {
        return wrong("is not of the type service_account");
    }
    ServiceAccount made;
    made.email_ = given["client_email"].string_or("");
    made.key_id_ = given["private_key_id"].string_or("");
    made.project_ = given["project_id"].string_or("");
    if (made.email_.empty()) {
        return wrong("has no client_email");
    }
    if (!made.set_token_uri(given["token_uri"].string_or(kTokenUri))) {
        return wrong("has a token_uri that is no address");
    }
    std::string pem = given["private_key"].string_or("");
    made.key_ = read_private_key(pem);
    OPENSSL_cleanse(pem.data(), pem.size());
    if (!made.key_) {
        return wrong("has no private_key that is an RSA key of 2048 bits or more in PEM");
    }
    return made;
}

ServiceAccount::Key ServiceAccount::read_private_key(std::string_view pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free
    );
    // Without it OpenSSL would ask the terminal for the password of an encrypted key.
    const auto no_password = [](char*, int, int, void*) { return -1; };
    Key key(bytes ? PEM_read_bio_PrivateKey(bytes.get(), nullptr, no_password, nullptr) : nullptr);
    const bool usable =
        key && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key.get()) >= kBitsMin;
    return usable ? std::move(key) : nullptr;
}

bool ServiceAccount::set_token_uri(std::string_view uri) {
    constexpr std::string_view kScheme = "://";
    const auto scheme = uri.find(kScheme);
    const auto path = scheme == std::string_view::npos ? scheme : uri.find('/', scheme + kScheme.size());
    const bool plain = std::ranges::all_of(uri, [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
    if (path == std::string_view::npos || !plain) {
        return false;
    }
    token_origin_ = uri.substr(0, path);
    token_path_ = uri.substr(path);
    return true;
}

std::string ServiceAccount::assertion(std::chrono::seconds now) const {
    sdk::JsonWriter head;
    head.begin_object().field("alg", "RS256").field("typ", "JWT");
    if (!key_id_.empty()) {
        head.field("kid", std::string_view(key_id_));
    }
    head.end_object();
    sdk::JsonWriter claims;
    claims.begin_object().field("iss", std::string_view(email_)).field("scope", kScope);
    claims.field("aud", std::string_view(token_origin_ + token_path_));
    claims.field("iat", (now - kSkew).count()).field("exp", (now - kSkew + kLifetime).count()).end_object();
    std::string made = base64url(head.text()) + '.' + base64url(claims.text());
    const std::string signed_by = signature(key_.get(), made);
    return signed_by.empty() ? std::string() : made + '.' + base64url(signed_by);
}

}  // namespace aihub::provider_google
