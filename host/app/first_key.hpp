// The key of the first minute: made when there is none, so that a fresh start can be called at once.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "identity/key_store.hpp"

#include <string>

namespace aihub::app {

// Used once at start.
class FirstKey {
public:
    FirstKey(identity::KeyStore& store, std::string file, std::string brand)
        : store_(store), file_(std::move(file)), brand_(std::move(brand)) {}

    // When the store has never held a key: makes one, writes it to the file with mode 0600 and returns it, to be shown
    // once. It may do everything (platform.admin). Otherwise returns an empty secret.
    [[nodiscard]] Result<Secret> ensure() const;

private:
    identity::KeyStore& store_;
    std::string file_;
    std::string brand_;
};

}  // namespace aihub::app
