#include "app/policy_folder.hpp"

#include "policy/bundle_check.hpp"

#include <utility>

namespace aihub::app {

PolicyFolder::PolicyFolder(std::string path) : path_(std::move(path)) {}

PolicyFolder::Content PolicyFolder::read() const {
    auto bundle = policy::Bundle::load(path_);
    if (!bundle) {
        return {nullptr, std::move(bundle).error().message};
    }
    auto made = std::make_shared<const policy::Bundle>(*std::move(bundle));
    auto hash = made->hash();
    return {std::move(made), std::move(hash)};
}

PolicyFolder::Loaded PolicyFolder::checked(Content content) {
    known_ = content.what;
    last_ = content.what;
    if (!content.bundle) {
        return Error{Errc::invalid_request, content.what};
    }
    if (const auto check = policy::check_bundle(content.bundle); !check.good()) {
        return Error{Errc::invalid_request, path_ + ": " + check.text()};
    }
    return std::move(content.bundle);
}

PolicyFolder::Loaded PolicyFolder::load() {
    return checked(read());
}

std::optional<PolicyFolder::Loaded> PolicyFolder::look() {
    auto content = read();
    const bool settled = content.what == last_ && content.what != known_;
    if (!settled) {
        last_ = content.what;
        return std::nullopt;
    }
    return checked(std::move(content));
}

std::optional<PolicyFolder::Loaded> PolicyFolder::look_at_once() {
    auto content = read();
    if (content.what == known_) {
        return std::nullopt;
    }
    return checked(std::move(content));
}

}  // namespace aihub::app
