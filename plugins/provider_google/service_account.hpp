// A Google Cloud service account: what its JSON key says, and the assertions that its private key signs.
#pragma once

#include <aihub/result.hpp>

#include <openssl/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace aihub::provider_google {

// Immutable once made. No error and no getter tells anything of the private key.
class ServiceAccount {
public:
    // `json`: the file that Google Cloud gives out for a key. The error says what is wrong with it, without its words.
    [[nodiscard]] static Result<ServiceAccount> read(std::string_view json);

    // A signed claim (RFC 7523 section 3) for an access token, good for an hour from `now`, which is since 1970. Takes
    // about a millisecond: not on an event loop. Empty: OpenSSL cannot sign.
    [[nodiscard]] std::string assertion(std::chrono::seconds now) const;

    // Tells this account with this key from others.
    [[nodiscard]] std::string name() const { return email_ + ' ' + key_id_ + ' ' + token_origin_ + token_path_; }
    // Where access tokens are given out: "https://oauth2.googleapis.com" and "/token".
    [[nodiscard]] const std::string& token_origin() const { return token_origin_; }
    [[nodiscard]] const std::string& token_path() const { return token_path_; }
    [[nodiscard]] const std::string& project() const { return project_; }  // may be empty

private:
    struct FreeKey {
        void operator()(EVP_PKEY* key) const;
    };
    using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

    ServiceAccount() = default;
    static Key read_private_key(std::string_view pem);
    [[nodiscard]] bool set_token_uri(std::string_view uri);

    std::string email_;
    std::string key_id_;  // may be empty
    std::string project_;
    std::string token_origin_;
    std::string token_path_;
    Key key_;
};

}  // namespace aihub::provider_google
