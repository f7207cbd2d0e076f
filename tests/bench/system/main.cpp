// The command line of the benchmarks: aihub_bench NAME [--quick] [--rounds N] [--out FILE].
#include "system/figures.hpp"
#include "system/plans.hpp"
#include "system/process_figures.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

namespace {

using aihub::bench::Plan;

struct Entry {
    const char* name;
    void (*measure)(const Plan&);
    bool has_peer;
};

constexpr Entry kEntries[] = {
    {"P1", aihub::bench::measure_p1, true},
    {"P3", aihub::bench::measure_p3, true},
    {"P4", aihub::bench::measure_p4, true},
    {"P6", aihub::bench::measure_p6, true},
    {"P7", aihub::bench::measure_p7, true},
    {"P8", aihub::bench::measure_p8, true},
    {"P10", aihub::bench::measure_p10, false},
    {"P13", aihub::bench::measure_p13, false},
    {"P14", aihub::bench::measure_p14, false},
    {"P16", aihub::bench::measure_p16, true},
};

int usage() {
    std::fputs("aihub_bench P1|P3|P4|P6|P7|P8|P10|P13|P14|P16|noise [--quick] [--rounds N] [--out FILE]\n", stderr);
    return 2;
}

void print_machine() {
    utsname name{};
    ::uname(&name);
    double load = 0;
    if (::getloadavg(&load, 1) == 1 && load > 0.5) {
        std::printf("the machine is busy (load %.2f): figures will be noisy\n", load);
    }
    std::printf(
        "%ld cores, Linux %s, %zu files\n",
        ::sysconf(_SC_NPROCESSORS_ONLN),
        name.release,
        aihub::bench::raise_file_limit()
    );
}

int run(int count, char** arguments) {
    if (count >= 2 && std::string_view(arguments[1]) == "upstream" && count == 4) {
        aihub::bench::raise_file_limit();
        aihub::bench::run_mock_upstream({std::atoi(arguments[2]), std::chrono::milliseconds(std::atoi(arguments[3]))});
    }
    if (count < 2) {
        return usage();
    }
    Plan plan;
    std::string out;
    for (int index = 2; index < count; ++index) {
        const std::string_view argument = arguments[index];
        const bool more = index + 1 < count;
        if (argument == "--quick") {
            plan.quick = true;
            plan.rounds = 2;
        } else if (argument == "--rounds" && more) {
            plan.rounds = std::atoi(arguments[++index]);
        } else if (argument == "--out" && more) {
            out = arguments[++index];
        } else {
            return usage();
        }
    }
    if (plan.rounds < 1) {
        return usage();
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    print_machine();
    const std::string_view name = arguments[1];
    bool found = false;
    for (const auto& entry : kEntries) {
        const bool noise = name == "noise" && entry.has_peer;
        if (name == entry.name || noise) {
            plan.against = noise ? aihub::bench::Against::peer : aihub::bench::Against::aihub;
            entry.measure(plan);
            found = true;
        }
    }
    if (!found) {
        return usage();
    }
    if (!out.empty()) {
        aihub::bench::write_lines(out);
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        return run(count, arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "aihub_bench: %s\n", error.what());
        return 1;
    }
}
