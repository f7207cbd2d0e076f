// The management API without its transport: from a request as it came to its answer.
#pragma once

#include "base/clock.hpp"
#include "control/route_table.hpp"
#include "identity/key_directory.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <string>

namespace aihub::control {

// What the transport knows.
struct Incoming {
    std::string method;
    std::string target;         // path and query
    std::string authorization;  // header
    std::string if_match;       // header
    std::string body;
    std::string client;
    bool tls = false;
    std::string request_id;
};

// Any thread. What it is made of outlives it, and the table is complete.
class Service {
public:
    Service(
        const RouteTable& table,
        const identity::KeyDirectory& keys,
        const Clock& clock,
        telemetry::Log& log,
        telemetry::Metrics& metrics
    );

    // Runs the request on this thread, which may block. In this order: 404 and 405 for what there is not, 401 (or 503
    // while the keys cannot be read) without a good key, 403 with the name of the permission that is missing, then the
    // handler. What fails has the shape of api_error.hpp.
    [[nodiscard]] Answer serve(const Incoming& incoming) const;

private:
    [[nodiscard]] Result<Answer> try_serve(const Incoming& incoming, std::string& allow, std::string& key_id) const;

    const RouteTable& table_;
    const identity::KeyDirectory& keys_;
    const Clock& clock_;
    telemetry::Log& log_;
    telemetry::Histogram& seconds_;
};

// The answer to a failure.
[[nodiscard]] Answer answer_of(const Error& error, std::string_view request_id);

}  // namespace aihub::control
