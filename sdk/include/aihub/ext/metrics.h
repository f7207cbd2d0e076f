/* Host service: metrics of a plugin, shown at /metrics as aihub_plugin_<id with '.' and '-' as '_'>_<name>. */
#ifndef AIHUB_EXT_METRICS_H
#define AIHUB_EXT_METRICS_H

#include <aihub/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIHUB_EXT_METRICS "aihub.metrics/1"

#define AIHUB_METRIC_COUNTER 1
#define AIHUB_METRIC_GAUGE 2
#define AIHUB_METRIC_HISTOGRAM 3 /* of seconds */

typedef struct aihub_metric aihub_metric; /* host-owned, valid until deinit() returns */

typedef struct aihub_metrics_v1 {
    uint32_t struct_size;
    uint32_t reserved0;
    /* [control] In init() only; afterwards AIHUB_E_DENIED. `name` is [a-z0-9_]+. `label` names the one label, or is
     * empty. At most 32 metrics a plugin (AIHUB_E_LIMIT). Declaring one twice gives the same metric. */
    aihub_status (*declare
    )(const aihub_host* host, int32_t kind, aihub_slice name, aihub_slice help, aihub_slice label, aihub_metric** metric
    );
    /* [any] Counter: adds `value` (not negative). Gauge: sets. Histogram: observes. At most 64 label values a metric;
     * later ones are counted as "other". */
    void (*record)(aihub_metric* metric, aihub_slice label_value, double value);
} aihub_metrics_v1;

#ifdef __cplusplus
}
#endif
#endif
