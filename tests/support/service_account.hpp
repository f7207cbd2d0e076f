// A service account with a key of its own, and what its assertions say.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace aihub::testing {

class TestServiceAccount {
public:
    explicit TestServiceAccount(int bits = 2048) : key_(EVP_RSA_gen(static_cast<unsigned int>(bits)), &EVP_PKEY_free) {}

    [[nodiscard]] std::string pem() const {
        const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
        PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
        char* bytes = nullptr;
        const auto size = BIO_get_mem_data(out.get(), &bytes);
        return {bytes, static_cast<std::size_t>(size)};
    }
    // As Google Cloud writes it, line breaks and all.
    [[nodiscard]] std::string json(std::string_view token_uri) const {
        std::string key = pem();
        for (auto at = key.find('\n'); at != std::string::npos; at = key.find('\n', at)) {
            key.replace(at, 1, "\\n");
        }
        return "{\n  \"type\": \"service_account\",\n  \"project_id\": \"test-project\",\n  \"private_key_id\": "
               "\"key-1\",\n  \"private_key\": \"" +
               key + "\",\n  \"client_email\": \"hub@test-project.example\",\n  \"token_uri\": \"" +
               std::string(token_uri) + "\"\n}\n";
    }
    // The claims of a JWT that this account has signed; empty: it has not.
    [[nodiscard]] std::string claims(std::string_view jwt) const {
        const auto first = jwt.find('.');
        const auto last = jwt.rfind('.');
        if (first == std::string_view::npos || first == last) {
            return {};
        }
        const std::string signature = decoded(jwt.substr(last + 1));
        const std::string_view signed_part = jwt.substr(0, last);
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> check(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
        EVP_DigestVerifyInit(check.get(), nullptr, EVP_sha256(), nullptr, key_.get());
        const int good = EVP_DigestVerify(
            check.get(),
            reinterpret_cast<const unsigned char*>(signature.data()),
            signature.size(),
            reinterpret_cast<const unsigned char*>(signed_part.data()),
            signed_part.size()
        );
        return good == 1 ? decoded(jwt.substr(first + 1, last - first - 1)) : std::string();
    }

private:
    static std::string decoded(std::string_view base64url) {
        std::string text(base64url);
        std::ranges::replace(text, '-', '+');
        std::ranges::replace(text, '_', '/');
        const std::size_t padding = (4 - text.size() % 4) % 4;
        text.append(padding, '=');
        std::string out(text.size(), '\0');
        const int length = EVP_DecodeBlock(
            reinterpret_cast<unsigned char*>(out.data()),
            reinterpret_cast<const unsigned char*>(text.data()),
            static_cast<int>(text.size())
        );
        out.resize(length < 0 ? 0 : static_cast<std::size_t>(length) - padding);
        return out;
    }

    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

}  // namespace aihub::testing
