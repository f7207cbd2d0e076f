// Writing answers to the client.
#pragma once

#include "gateway/call.hpp"
#include "gateway/refusal.hpp"
#include "net/connection.hpp"
#include "net/task.hpp"

#include <string>
#include <string_view>

namespace aihub::gateway {

class Worker;

// How the body of an answer is delimited.
enum class BodyFraming { length, chunked, until_close };

// What stands in the head of an answer. Framing and connection fields are always made by us.
struct AnswerHead {
    int status = 200;
    std::string_view content_type;
    BodyFraming framing = BodyFraming::length;
    std::size_t length = 0;
    std::chrono::seconds retry_after{0};
    bool retry_is_useless = false;
    std::string_view more;  // further fields, each "\r\nname: value"
    bool keep_alive = true;
};

// Appends status line and fields, the empty line included.
void append_head(std::string& out, const AnswerHead& head, const Call& call, net::Loop& loop);

// Sends a complete answer, within the write time-out.
[[nodiscard]] net::Task<Result<void>> respond(
    Worker& worker, net::Connection& client, const Call& call, AnswerHead head, std::string_view body
);

// Sends a refusal as a complete answer in the client's dialect and counts its bytes; gives the status that it has
// there.
[[nodiscard]] net::Task<Result<int>> respond_refusal(
    Worker& worker, net::Connection& client, Call& call, const Refusal& refusal, bool keep_alive
);

}  // namespace aihub::gateway
