#include "base/thread_kind.hpp"

namespace aihub {

namespace {

thread_local ThreadKind this_thread_kind = ThreadKind::any;

}  // namespace

void set_thread_kind(ThreadKind kind) {
    this_thread_kind = kind;
}

ThreadKind current_thread_kind() {
    return this_thread_kind;
}

}  // namespace aihub
