#include "net/frame_cache.hpp"

#include <array>
#include <new>

namespace aihub::net {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kKeep = false;
#else
constexpr bool kKeep = true;
#endif

constexpr std::size_t kStep = 128;    // sizes are rounded up to this
constexpr std::size_t kClasses = 16;  // frames up to 2 KiB
constexpr std::size_t kKeptMax = 64;  // of each size

struct Free {
    Free* next;
};

// The free frames of one thread.
struct Cache {
    struct List {
        Free* first = nullptr;
        std::size_t length = 0;
    };
    std::array<List, kClasses> lists;

    Cache() = default;
    Cache(const Cache&) = delete;
    Cache& operator=(const Cache&) = delete;
    ~Cache() {
        for (auto& list : lists) {
            while (list.first != nullptr) {
                Free* const frame = list.first;
                list.first = frame->next;
                ::operator delete(frame);
            }
            list.length = kKeptMax;  // Frames freed after this go straight back.
        }
    }
};

Cache& cache() {
    thread_local Cache instance;
    return instance;
}

std::size_t class_of(std::size_t bytes) {
    return (bytes + kStep - 1) / kStep;
}

}  // namespace

void* take_frame(std::size_t bytes) {
    const auto size_class = class_of(bytes);
    if (!kKeep || size_class >= kClasses) {
        return ::operator new(bytes);
    }
    auto& list = cache().lists[size_class];
    if (list.first == nullptr) {
        return ::operator new(size_class* kStep);
    }
    Free* const frame = list.first;
    list.first = frame->next;
    --list.length;
    return frame;
}

void give_frame(void* frame, std::size_t bytes) {
    const auto size_class = class_of(bytes);
    if (!kKeep || size_class >= kClasses) {
        ::operator delete(frame);
        return;
    }
    auto& list = cache().lists[size_class];
    if (list.length >= kKeptMax) {
        ::operator delete(frame);
        return;
    }
    list.first = new (frame) Free{list.first};
    ++list.length;
}

}  // namespace aihub::net
