#include "net/chunked.hpp"
#include "net/http_head.hpp"
#include "net/sse.hpp"
#include "net/target.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace aihub::net {
namespace {

std::string typical_request() {
    std::string head =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: hub.example.com\r\nUser-Agent: client/1.2 (linux; x64)\r\n"
        "Accept: application/json\r\nAccept-Encoding: gzip, deflate, br\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer sk-0123456789abcdef0123456789abcdef0123456789abcdef\r\nContent-Length: 612\r\n"
        "Connection: keep-alive\r\nX-Client-Lang: js\r\nX-Client-Package-Version: 4.77.0\r\nX-Client-OS: Linux\r\n"
        "X-Client-Arch: x64\r\nX-Client-Runtime: node\r\nX-Client-Runtime-Version: v20.20.2\r\nX-Retry-Count: 0\r\n";
    head += "X-Trace: ";
    head.append(600 - head.size() - 4, 'a');
    return head + "\r\n\r\n";
}

std::string typical_reply() {
    std::string head =
        "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 09:00:00 GMT\r\nContent-Type: application/json\r\n"
        "Content-Length: 1100\r\nConnection: keep-alive\r\nServer: cloud\r\nX-Request-Id: req_0123456789abcdef\r\n"
        "X-RateLimit-Remaining-Requests: 99\r\nX-Processing-Ms: 212\r\n";
    head += "X-Trace: ";
    head.append(300 - head.size() - 4, 'a');
    return head + "\r\n\r\n";
}

void request_head(benchmark::State& state) {
    const std::string text = typical_request();
    RequestHead head;
    for (auto _ : state) {
        benchmark::DoNotOptimize(parse_request_head(text, {}, head));
    }
    state.counters["bytes"] = static_cast<double>(head.head_bytes);
}
BENCHMARK(request_head);

void reply_head(benchmark::State& state) {
    const std::string text = typical_reply();
    ReplyHead head;
    for (auto _ : state) {
        benchmark::DoNotOptimize(parse_reply_head(text, {}, ReplyTo::other, head));
    }
    state.counters["bytes"] = static_cast<double>(head.head_bytes);
}
BENCHMARK(reply_head);

// Events of 250 bytes, `range` of them in one piece of input; 0: each one cut in two.
void sse_event(benchmark::State& state) {
    const std::string name = "event: delta\n";
    const std::string event = name + "data: " + std::string(250 - name.size() - 8, 'a') + "\n\n";
    std::string piece;
    for (int count = 0; count < state.range(0); ++count) {
        piece += event;
    }
    SseSplitter splitter(1U << 20U);
    std::size_t frames = 0;
    const auto count = [&frames](const SseFrame& frame) {
        benchmark::DoNotOptimize(frame.data.data());
        ++frames;
    };
    for (auto _ : state) {
        if (piece.empty()) {
            (void)splitter.feed(std::string_view(event).substr(0, 100), count).has_value();
            (void)splitter.feed(std::string_view(event).substr(100), count).has_value();
            continue;
        }
        (void)splitter.feed(piece, count).has_value();
    }
    state.counters["per_event"] =
        benchmark::Counter(static_cast<double>(frames), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(sse_event)->Arg(0)->Arg(1)->Arg(16);

void chunk_of_250_bytes(benchmark::State& state) {
    std::string chunk;
    append_chunk(chunk, std::string(250, 'a'));
    ChunkedDecoder decoder(Errc::upstream_failed);
    for (auto _ : state) {
        std::string_view rest = chunk;
        while (!rest.empty()) {
            const auto step = decoder.decode(rest);
            benchmark::DoNotOptimize(step->payload.data());
            rest.remove_prefix(step->consumed);
        }
    }
}
BENCHMARK(chunk_of_250_bytes);

void plain_target(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(Target::parse("/v1/chat/completions"));
    }
}
BENCHMARK(plain_target);

}  // namespace
}  // namespace aihub::net

BENCHMARK_MAIN();
