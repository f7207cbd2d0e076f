/* Host service: structured log. */
#ifndef AIHUB_EXT_LOG_H
#define AIHUB_EXT_LOG_H

#include <aihub/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIHUB_EXT_LOG "aihub.log/1"

#define AIHUB_LOG_DEBUG 1
#define AIHUB_LOG_INFO 2
#define AIHUB_LOG_WARN 3
#define AIHUB_LOG_ERROR 4

/* One fact beside the message. */
typedef struct aihub_field {
    aihub_slice key;
    aihub_slice value;
} aihub_field;

typedef struct aihub_log_v1 {
    uint32_t struct_size;
    uint32_t reserved0;
    /* [any] Constant message, facts as fields; both are copied. Never blocks: limited to 100 lines a second and plugin,
     * the rest is counted in aihub_plugin_log_dropped_total. The plugin id is added by the host. */
    void (*write
    )(const aihub_host* host, int32_t level, aihub_slice message, const aihub_field* fields, size_t n_fields);
    /* [any] 1 when lines of this level are kept. */
    int32_t (*enabled)(const aihub_host* host, int32_t level);
} aihub_log_v1;

#ifdef __cplusplus
}
#endif
#endif
