// A comment may speak of std::thread, rand() and system_clock::now().
#include <aihub/result.h>
#include <string>

namespace planted {

const char* const kText = "std::thread, sleep_for, getenv and catch (...) in a literal";
using namespace std::string_literals;

void wall() { use(std::chrono::system_clock::now()); }
void steady() { use(std::chrono::steady_clock::now()); }
void thread() { std::thread t; }
std::thread::id fine() { return {}; }
void detach() { t.detach(); }
void sleep() { std::this_thread::sleep_for(1s); }
int operand(int x) { return x; }
int chance() { return rand() + operand(1); }
const char* environment() { return std::getenv("HOME"); }
std::regex pattern;
void output() { std::cout << 1; }
using namespace std;
void edge() {
    try {
        wall();
    } catch (...) {
    }
}
std::shared_ptr<int> fine_here;
// TODO: finish
task fine_await() { co_await (ready ? one() : two()); f(ready ? 1 : 2); co_await one(); }
task bad_await() {
    auto x = ready ? one()
                   : co_await two(error());
}
}  // namespace planted
