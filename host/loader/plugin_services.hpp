// The small host services of a plugin: clock, secret, timer, work. Terms and limits are those of the ABI headers.
#pragma once

#include <aihub/ext/clock.h>
#include <aihub/ext/secret.h>
#include <aihub/ext/timer.h>
#include <aihub/ext/work.h>

namespace aihub::loader {

[[nodiscard]] const aihub_clock_v1& clock_extension();
[[nodiscard]] const aihub_secret_v1& secret_extension();
// A timer does not keep its instance: it does not fire any more once destroy() has begun, which waits for one inside.
[[nodiscard]] const aihub_timer_v1& timer_extension();
// A job keeps its instance: destroy() follows after its `done`. AIHUB_E_DENIED without the permission "work".
[[nodiscard]] const aihub_work_v1& work_extension();

}  // namespace aihub::loader
