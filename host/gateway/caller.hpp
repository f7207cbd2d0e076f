// Who makes a call, as policies and experiments name it.
#pragma once

#include "gateway/call.hpp"
#include "model/principal.hpp"

#include <string_view>

namespace aihub::gateway {

// Views into the call and the principal; empty where nothing is known.
struct Caller {
    std::string_view organization;  // the key's tag of that name, as the next two and the region
    std::string_view team;
    std::string_view user;     // without a tag: `user` or `metadata.user_id` of the request, which is the client's word
    std::string_view key;      // its id
    std::string_view session;  // the header x-aihub-session
    std::string_view region;
};

// After receive(): the request's body is there.
[[nodiscard]] Caller caller_of(const Call& call, const model::Principal& principal);

}  // namespace aihub::gateway
