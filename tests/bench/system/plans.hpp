// One function for each figure.
#pragma once

#include "system/subjects.hpp"

#include <string>

namespace aihub::bench {

// What is put beside the peer: the server, or the peer once more, which shows the noise.
enum class Against { aihub, peer };

struct Plan {
    int rounds = 5;
    bool quick = false;  // short rounds: to see that it works, not for figures
    Against against = Against::aihub;
    // "lean", or "noise" when the peer stands against itself.
    [[nodiscard]] std::string set() const { return against == Against::aihub ? "lean" : "noise"; }
    [[nodiscard]] SubjectPtr start_subject(std::uint16_t upstream_port) const {
        return against == Against::aihub ? start_aihub(upstream_port) : start_nginx(upstream_port);
    }
};

void measure_p1(const Plan& plan);   // CPU per request, not streaming
void measure_p3(const Plan& plan);   // added latency, everything on one core
void measure_p4(const Plan& plan);   // streams: CPU per event, memory, loss; and P5, delay
void measure_p6(const Plan& plan);   // a client leaves: until the upstream knows
void measure_p7(const Plan& plan);   // CPU per request and event of calls that are translated
void measure_p8(const Plan& plan);   // CPU per request with bodies of 400 KB
void measure_p10(const Plan& plan);  // policies and configuration read again under load
void measure_p13(const Plan& plan);  // start to the first answer
void measure_p14(const Plan& plan);  // idle memory
void measure_p16(const Plan& plan);  // closed loop of ten

}  // namespace aihub::bench
