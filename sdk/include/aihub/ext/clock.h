/* Host service: time. Plugins take it from here, so that tests can drive it. */
#ifndef AIHUB_EXT_CLOCK_H
#define AIHUB_EXT_CLOCK_H

#include <aihub/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIHUB_EXT_CLOCK "aihub.clock/1"

typedef struct aihub_clock_v1 {
    uint32_t struct_size;
    uint32_t reserved0;
    int64_t (*monotonic_ns)(const aihub_host* host); /* [any] never runs backwards; the scale of deadlines           */
    int64_t (*wall_ns)(const aihub_host* host);      /* [any] nanoseconds since 1970-01-01T00:00:00Z                  */
} aihub_clock_v1;

#ifdef __cplusplus
}
#endif
#endif
