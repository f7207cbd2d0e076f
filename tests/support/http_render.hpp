// What the codecs of host/net make of bytes, as the text that golden files hold.
#pragma once

#include "net/chunked.hpp"
#include "net/http_head.hpp"
#include "net/sse.hpp"
#include "support/byte_cases.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aihub::test {

inline std::string render(const Error& error) {
    return "refused " + std::to_string(http_status(error.code)) + "\n" + error.message + "\n";
}

template <class Head>
std::string render_body(const Head& head) {
    std::string text = head.body == net::BodyKind::none          ? "body none"
                       : head.body == net::BodyKind::chunked     ? "body chunked"
                       : head.body == net::BodyKind::until_close ? "body until_close"
                                                                 : "body " + std::to_string(head.length) + " bytes";
    text += head.keep_alive ? ", keep\n" : ", close\n";
    for (const net::HeaderField& field : head.fields) {
        text += std::string(field.name) + ": " + escape(field.value) + "\n";
    }
    return text;
}

inline std::string render(const net::RequestHead& head) {
    return std::string(head.method) + " " + std::string(head.target) + " 1." + std::to_string(head.minor_version) +
           "\n" + (head.expect_continue ? "expects 100\n" : "") + render_body(head);
}

inline std::string render(const net::ReplyHead& head) {
    return std::to_string(head.status) + " 1." + std::to_string(head.minor_version) + " " + escape(head.reason) + "\n" +
           render_body(head);
}

// Gives a parser a buffer that grows piece by piece, at another address each time, as a connection does.
template <class Head, class Parse>
std::string render_head(const std::vector<std::string_view>& pieces, Parse parse) {
    Head head;
    std::string buffer;
    for (const std::string_view piece : pieces) {
        std::string grown = buffer + std::string(piece);
        buffer = std::move(grown);
        const auto progress = parse(std::string_view(buffer), head);
        if (!progress) {
            return render(progress.error());
        }
        if (*progress == net::HeadProgress::complete) {
            return render(head);
        }
    }
    return "incomplete\n";
}

inline std::string render_chunked(const std::vector<std::string_view>& pieces, net::ChunkedLimits limits = {}) {
    net::ChunkedDecoder decoder(Errc::invalid_request, limits);
    std::string payload;
    std::string rest;
    for (std::string_view piece : pieces) {
        while (!piece.empty() && !decoder.done()) {
            const auto step = decoder.decode(piece);
            if (!step) {
                return render(step.error());
            }
            payload += step->payload;
            piece.remove_prefix(step->consumed);
        }
        rest += piece;
    }
    return std::string(decoder.done() ? "done\n" : "incomplete\n") + escape(payload) + "\nrest " + escape(rest) + "\n";
}

inline std::string render_sse(const std::vector<std::string_view>& pieces, std::size_t event_bytes_max) {
    net::SseSplitter splitter(event_bytes_max);
    std::string text;
    for (const std::string_view piece : pieces) {
        const std::string copy(piece);
        const auto fed = splitter.feed(copy, [&text](const net::SseFrame& frame) {
            text += "event [" + escape(frame.event) + "] data [" + escape(frame.data) + "] raw [" + escape(frame.raw) +
                    "]\n";
        });
        if (!fed) {
            return text + render(fed.error());
        }
    }
    return text + "partial [" + escape(splitter.partial()) + "]\n";
}

}  // namespace aihub::test
