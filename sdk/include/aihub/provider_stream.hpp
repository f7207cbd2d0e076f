// A provider that makes its answers itself, in C++.
#pragma once

#include <aihub/call.hpp>
#include <aihub/ext/provider_stream.h>
#include <aihub/instance.hpp>

#include <memory>
#include <utility>

namespace aihub::sdk {

// Runs (object->*Member)() on the call's loop, or never when the call ends first. `Object` has a member
// `const InstanceServices& services()`.
template <auto Member, class Object>
Emit post(Call& call, Object* object) {
    return call.post(
        [](aihub_callstate* /*state*/, void* argument) {
            auto* target = static_cast<Object*>(argument);
            const InstanceServices services = target->services();
            detail::edge(services, "post", nullptr, [&] {
                (target->*Member)();
                return AIHUB_OK;
            });
        },
        object
    );
}

// The family, for AIHUB_PLUGIN. `CallType` is one call:
//
//   class EchoCall {
//   public:
//       EchoCall(const Echo& instance, Call call);       // keep the call: it is where events go
//       aihub::Result<void> start(const Request& request);  // returns at once; error: refused, and the call is not
//       ended void resume();                                   // after an Emit::again void cancel(); // end the call
//       soon; may come more than once
//   };
//
// It is destroyed once, after the call was ended. Whoever ends the call from start() must not fail or throw after it.
template <class InstanceType, class CallType>
class ProviderStream {
public:
    using Instance = InstanceType;
    static constexpr const char* kExtension = AIHUB_EXT_PROVIDER_STREAM;
    static const void* table() { return &kTable; }

private:
    using Box = detail::InstanceBox<Instance>;
    struct State {
        State(Box& owner, Call target) : box(owner), call(std::as_const(*owner.instance), target), handle(target) {}
        Box& box;
        CallType call;
        Call handle;
    };
    static State& of(aihub_callstate* state) { return *reinterpret_cast<State*>(state); }

    static aihub_status start(
        aihub_instance* instance,
        aihub_call* call,
        const aihub_request* request,
        aihub_callstate** state,
        aihub_error* error
    ) {
        auto& box = Box::of(instance);
        return detail::edge(box.services, "start", error, [&] {
            auto made = std::make_unique<State>(box, Call(box.services.call(), call));
            const Result<void> started = made->call.start(Request(*request));
            if (!started) {
                return detail::refuse(box.services, error, started.error());
            }
            *state = reinterpret_cast<aihub_callstate*>(made.release());
            return AIHUB_OK;
        });
    }

    // An exception here has no caller to go to, so it ends the call; on an ended call that is answered with `gone`.
    template <class Body>
    static void guarded(aihub_callstate* state, const char* entry, Body&& body) {
        const InstanceServices services = of(state).box.services;
        Call handle = of(state).handle;
        const aihub_status status = detail::edge(services, entry, nullptr, [&] {
            body(of(state).call);
            return AIHUB_OK;
        });
        if (status < 0) {
            handle.fail({.message = "the provider plugin failed"});
        }
    }
    static void resume(aihub_callstate* state) {
        guarded(state, "resume", [](CallType& call) { call.resume(); });
    }
    static void cancel(aihub_callstate* state) {
        guarded(state, "cancel", [](CallType& call) { call.cancel(); });
    }
    static void destroy(aihub_callstate* state) { delete &of(state); }

    static constexpr aihub_provider_stream_v1 kTable{
        sizeof(aihub_provider_stream_v1), 0, &start, &resume, &cancel, &destroy};
};

}  // namespace aihub::sdk
