// Self-signed certificates with their keys.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace aihub::testing {

struct CertificateOptions {
    std::string name;                   // DNS name in it
    std::string address = "127.0.0.1";  // IP address in it; empty: none
    int days_left = 1;                  // negative: expired
};

class Certificate {
public:
    explicit Certificate(const CertificateOptions& options)
        : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free), certificate_(X509_new(), &X509_free) {
        X509* made = certificate_.get();
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
        add_extension(NID_subject_alt_name, names);
        add_extension(NID_basic_constraints, "critical,CA:TRUE");
        X509_sign(made, key_.get(), EVP_sha256());
    }

    [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }
    [[nodiscard]] X509* get() const { return certificate_.get(); }
    [[nodiscard]] std::string pem() const {
        return written([this](BIO* out) { PEM_write_bio_X509(out, certificate_.get()); });
    }
    // `passphrase` empty: not encrypted.
    [[nodiscard]] std::string key_pem(const std::string& passphrase = {}) const {
        return written([&](BIO* out) {
            const auto* cipher = passphrase.empty() ? nullptr : EVP_aes_128_cbc();
            auto* word = passphrase.empty() ? nullptr : const_cast<char*>(passphrase.data());
            PEM_write_bio_PKCS8PrivateKey(
                out, key_.get(), cipher, word, static_cast<int>(passphrase.size()), nullptr, nullptr
            );
        });
    }

private:
    void add_extension(int id, const std::string& value) {
        X509V3_CTX context;
        X509V3_set_ctx_nodb(&context);
        X509V3_set_ctx(&context, certificate_.get(), certificate_.get(), nullptr, nullptr, 0);
        auto* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
        X509_add_ext(certificate_.get(), extension, -1);
        X509_EXTENSION_free(extension);
    }
    template <class Write>
    static std::string written(Write write) {
        const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
        write(memory.get());
        char* text = nullptr;
        const auto size = BIO_get_mem_data(memory.get(), &text);
        return {text, static_cast<std::size_t>(size)};
    }

    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

}  // namespace aihub::testing
