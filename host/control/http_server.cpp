#include "control/http_server.hpp"

#include "base/ids.hpp"
#include "base/thread_kind.hpp"
#include "base/unix_socket.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/ServerSocketImpl.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <Poco/ThreadPool.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace aihub::control {

namespace {

constexpr std::size_t kNameRandom = 12;
constexpr std::size_t kPieceBytes = 16384;
constexpr const char* kPrefix = "control-";

// A listening socket that was made elsewhere. Poco's own would be open to others for a moment, and what it accepts
// would go on in programs that this one starts.
class Listening final : public Poco::Net::ServerSocketImpl {
public:
    explicit Listening(int descriptor) { reset(descriptor); }

    Poco::Net::SocketImpl* acceptConnection(Poco::Net::SocketAddress& client) override {
        const int accepted = ::accept4(sockfd(), nullptr, nullptr, SOCK_CLOEXEC);
        if (accepted < 0) {
            throw Poco::Net::NetException("accept");  // Poco's way of saying it; its loop goes on.
        }
        client = Poco::Net::SocketAddress();
        return new Poco::Net::StreamSocketImpl(accepted);  // Poco takes ownership.
    }
};

class ListeningSocket final : public Poco::Net::ServerSocket {
public:
    explicit ListeningSocket(int descriptor) : ServerSocket(new Listening(descriptor), true) {}
};

// Reads the body. Error: it is too large.
Result<std::string> read_body(Poco::Net::HTTPServerRequest& request, std::size_t most) {
    std::string body;
    std::array<char, kPieceBytes> piece{};
    auto& stream = request.stream();
    while (stream.good()) {
        stream.read(piece.data(), piece.size());
        body.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
        if (body.size() > most) {
            return Error{
                Errc::too_large,
                "the request body is larger than " + std::to_string(most) + " bytes (control.body_bytes_max)",
                "request_too_large",
                {}};
        }
    }
    const auto promised = request.getContentLength64();
    if (promised >= 0 && static_cast<std::size_t>(promised) != body.size()) {
        return Error{Errc::client_gone, "the request broke off"};
    }
    return body;
}

void send(Poco::Net::HTTPServerResponse& response, const Answer& answer) {
    response.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(answer.status));
    response.setReason(Poco::Net::HTTPResponse::getReasonForStatus(response.getStatus()));
    for (const auto& [name, value] : answer.fields) {
        response.set(name, value);
    }
    response.setContentType("application/json");
    response.setContentLength64(static_cast<Poco::Int64>(answer.body.size()));
    response.sendBuffer(answer.body.data(), answer.body.size());
}

class Handler final : public Poco::Net::HTTPRequestHandler {
public:
    Handler(const Service& service, std::size_t body_bytes_max) : service_(service), body_bytes_max_(body_bytes_max) {}

    void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
        set_thread_kind(ThreadKind::control);
        try {
            if (!gone(request)) {
                answer(request, response);
            }
        } catch (const std::exception&) {
            // The other side has gone or has stopped listening: there is nobody to tell.
        }
    }

private:
    // Who has been told that it took too long must not see it done later.
    static bool gone(Poco::Net::HTTPServerRequest& request) {
        auto& socket = dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(request).socket();
        char byte = 0;
        return ::recv(socket.impl()->sockfd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    }

    void answer(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) {
        Incoming incoming;
        incoming.method = request.getMethod();
        incoming.target = request.getURI();
        incoming.authorization = request.get("authorization", "");
        incoming.if_match = request.get("if-match", "");
        incoming.client = request.get(HttpServer::kClientField, "");
        incoming.tls = request.has(HttpServer::kTlsField);
        incoming.request_id = request.get("x-request-id", "");
        auto body = read_body(request, body_bytes_max_);
        if (!body) {
            send(response, answer_of(body.error(), incoming.request_id));
            return;
        }
        incoming.body = *std::move(body);
        send(response, service_.serve(incoming));
    }

    const Service& service_;
    std::size_t body_bytes_max_;
};

class HandlerFactory final : public Poco::Net::HTTPRequestHandlerFactory {
public:
    HandlerFactory(const Service& service, std::size_t body_bytes_max)
        : service_(service), body_bytes_max_(body_bytes_max) {}

    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
        return new Handler(service_, body_bytes_max_);  // Poco takes ownership.
    }

private:
    const Service& service_;
    std::size_t body_bytes_max_;
};

Poco::Net::HTTPServerParams::Ptr parameters_of(const HttpServerOptions& options) {
    Poco::Net::HTTPServerParams::Ptr parameters = new Poco::Net::HTTPServerParams;
    parameters->setMaxThreads(static_cast<int>(options.threads));
    // The gateway lets in no more than threads and queue; a thread may still be ending the request before.
    parameters->setMaxQueued(static_cast<int>(options.queue_max + options.threads));
    parameters->setKeepAlive(false);
    parameters->setTimeout(Poco::Timespan(options.timeout.count() * Poco::Timespan::MILLISECONDS));
    return parameters;
}

}  // namespace

struct HttpServer::Engine {
    Engine(const Service& service, const HttpServerOptions& options, int descriptor)
        : pool("control", 1, static_cast<int>(options.threads)),
          server(
              new HandlerFactory(service, options.body_bytes_max),
              pool,
              ListeningSocket(descriptor),
              parameters_of(options)
          ) {}
    Poco::ThreadPool pool;
    Poco::Net::HTTPServer server;
};

Result<std::unique_ptr<HttpServer>> HttpServer::start(const Service& service, const HttpServerOptions& options) {
    remove_stale_sockets(options.directory, kPrefix);
    // A name of its own: during an upgrade two processes have one each.
    std::string socket = options.directory + "/" + kPrefix + random_base62(kNameRandom) + ".sock";
    const int descriptor = AIHUB_TRY(listen_unix(socket, static_cast<int>(options.queue_max + options.threads)));
    auto engine = std::make_unique<Engine>(service, options, descriptor);
    engine->server.start();
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(socket), std::move(engine)));
}

HttpServer::HttpServer(std::string socket, std::unique_ptr<Engine> engine)
    : socket_(std::move(socket)), engine_(std::move(engine)) {}

HttpServer::~HttpServer() {
    ::unlink(socket_.c_str());
    engine_->server.stop();
    engine_->pool.joinAll();
}

}  // namespace aihub::control
