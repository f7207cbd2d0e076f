// What of the head of a provider's answer the client gets, when the answer is passed through.
#pragma once

#include "gateway/attempt.hpp"
#include "net/http_head.hpp"

namespace aihub::gateway {

// Status, content type, length and the fields of a fixed list: what describes the content and what tells of the
// provider's time and rate limits. Framing, cookies, identities and everything unknown stay here. The form is not set.
// `own_rate`: the gateway tells of its own limit of requests, so what the provider says of its own stays here, too.
[[nodiscard]] AnswerShape passed_head(const net::ReplyHead& head, bool own_rate = false);

}  // namespace aihub::gateway
