#include "simulated_call.hpp"

#include "words.hpp"

#include <aihub/json_write.hpp>

namespace aihub::provider_simulator {
namespace {

constexpr int kBatchPieces = 64;

sdk::FailureKind kind_of(int status) {
    switch (status) {
        case 401:
        case 403:
            return sdk::FailureKind::auth;
        case 402:
            return sdk::FailureKind::quota;
        case 404:
            return sdk::FailureKind::not_found;
        case 408:
        case 504:
            return sdk::FailureKind::timeout;
        case 413:
            return sdk::FailureKind::too_large;
        case 429:
            return sdk::FailureKind::rate_limit;
        case 503:
        case 529:
            return sdk::FailureKind::overloaded;
        default:
            return status < 500 ? sdk::FailureKind::invalid_request : sdk::FailureKind::upstream;
    }
}

// The client's own words for it are known for one format only.
sdk::Failure simulated_failure(const Behaviour& behaviour, bool canonical) {
    sdk::Failure failure;
    failure.kind = kind_of(behaviour.fail_status);
    failure.http_status = behaviour.fail_status;
    failure.retry_after = behaviour.retry_after;
    failure.message = "simulated failure with HTTP status " + std::to_string(behaviour.fail_status);
    if (canonical) {
        return failure;
    }
    sdk::JsonWriter json;
    json.begin_object().field("message", failure.message).field("type", "simulated_error");
    json.field("param", nullptr).field("code", behaviour.fail_status).end_object();
    failure.detail_json = std::move(json).text();
    return failure;
}

}  // namespace

Result<void> SimulatedCall::start(const sdk::Request& request) {
    behaviour_ = AIHUB_TRY(simulator_.behaviour(request.model()));
    canonical_ = request.format().starts_with("aihub.");
    model_ = "simulator/" + std::string(request.model());
    if (behaviour_.kind != Kind::failure) {
        const bool embeddings = request.format() == "openai.embeddings" || request.format() == "aihub.embeddings";
        script_ = AIHUB_TRY(embeddings ? embeddings_script(behaviour_, request) : chat_script(behaviour_, request));
    }
    if (behaviour_.first.count() > 0) {
        wait(behaviour_.first);
        return {};
    }
    play();
    return {};
}

void SimulatedCall::resume() {
    if (!ended_ && waits_for_resume_) {
        waits_for_resume_ = false;
        play();
    }
}

void SimulatedCall::cancel() {
    if (!ended_) {
        fail({.kind = sdk::FailureKind::internal, .message = "the call was cancelled"});
    }
}

void SimulatedCall::begin() {
    begun_ = true;
    call_.model(model_);
}

void SimulatedCall::play() {
    if (ended_) {
        return;
    }
    if (behaviour_.kind == Kind::failure) {
        fail(simulated_failure(behaviour_, canonical_));
        return;
    }
    if (!begun_) {
        begin();
    }
    for (int played = 0; played < kBatchPieces; ++played) {
        if (!play_one()) {
            return;
        }
    }
    sdk::post<&SimulatedCall::play>(call_, this);
}

bool SimulatedCall::play_one() {
    if (behaviour_.cut_after && output_ >= *behaviour_.cut_after) {
        fail({.kind = sdk::FailureKind::network, .message = "simulated cut of the connection"});
        return false;
    }
    if (at_ == script_.pieces.size()) {
        finish();
        return false;
    }
    const Piece& piece = script_.pieces[at_++];
    const sdk::Emit emitted = emit(piece);
    if (emitted == sdk::Emit::cancelled || emitted == sdk::Emit::gone) {
        cancel();
        return false;
    }
    if (emitted == sdk::Emit::again) {
        waits_for_resume_ = true;
        return false;
    }
    if (behaviour_.pace.count() > 0 && piece.kind != Piece::Kind::finish) {
        wait(behaviour_.pace);
        return false;
    }
    return true;
}

sdk::Emit SimulatedCall::emit(const Piece& piece) {
    switch (piece.kind) {
        case Piece::Kind::reasoning:
            ++output_;
            ++reasoning_;
            return call_.reasoning(piece.text, piece.choice);
        case Piece::Kind::text:
            ++output_;
            return call_.text(piece.text, piece.choice);
        case Piece::Kind::tool_begin:
            ++output_;
            return call_.tool_begin(piece.text, piece.id, piece.choice, 0);
        case Piece::Kind::tool_arguments:
            ++output_;
            return call_.tool_arguments(piece.text, piece.choice, 0);
        case Piece::Kind::finish:
            return call_.finish(piece.text, piece.choice);
        case Piece::Kind::embedding:
            break;
    }
    return call_.embedding(embedding(piece.seed, script_.dimensions), piece.choice);
}

void SimulatedCall::wait(std::chrono::nanoseconds delay) {
    auto timer = services().start_timer<&SimulatedCall::play>(delay, this);
    if (!timer) {
        fail({.kind = sdk::FailureKind::internal, .message = timer.error().message});
        return;
    }
    timer_ = *std::move(timer);
}

void SimulatedCall::finish() {
    if (behaviour_.tells_usage) {
        sdk::Usage usage;
        usage.input = script_.input_tokens;
        usage.output = output_;
        if (behaviour_.reasoning > 0) {
            usage.reasoning = reasoning_;
        }
        call_.usage(usage);
    }
    ended_ = true;
    call_.succeed();
}

void SimulatedCall::fail(sdk::Failure failure) {
    ended_ = true;
    timer_ = {};
    call_.fail(failure);
}

}  // namespace aihub::provider_simulator
