#include "identity/check_key.hpp"

namespace aihub::identity {

namespace {

Error bad_key(const char* message) {
    return {Errc::unauthorized, message, "invalid_api_key", {}};
}

}  // namespace

Result<std::shared_ptr<const model::Principal>> check_key(
    const KeyDirectory& keys, std::string_view key, const Clock& clock
) {
    auto principal = keys.find(key);
    if (!principal) {
        if (well_formed(key) && !keys.problem().empty()) {
            return Error{
                Errc::unavailable,
                "the API key is not known here, and the keys cannot be read at the moment; try again",
                "keys_unavailable",
                {}};
        }
        return bad_key("the API key is not valid; it may be mistyped or revoked");
    }
    if (principal->expires_at && *principal->expires_at <= clock.wall_now()) {
        return bad_key("the API key has expired");
    }
    return principal;
}

}  // namespace aihub::identity
