/* Instances: one per configured block. Every plugin has this extension. */
#ifndef AIHUB_EXT_LIFECYCLE_H
#define AIHUB_EXT_LIFECYCLE_H

#include <aihub/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIHUB_EXT_LIFECYCLE "aihub.lifecycle/1"

typedef struct aihub_lifecycle_v1 {
    uint32_t struct_size;
    uint32_t reserved0;
    /* [control] Makes an instance. `name` is the block's name in the configuration; `config_json` is its `settings`
     * object, already valid against the manifest's config_schema. Fails with *error filled; the message names the
     * setting and the remedy. `host_instance` is the host's handle for the service extensions: keep it. */
    aihub_status (*create
    )(aihub_plugin* plugin,
      void* host_instance,
      aihub_slice name,
      aihub_slice config_json,
      aihub_instance** instance,
      aihub_error* error);
    /* [control] No new calls will come. May be NULL. */
    void (*quiesce)(aihub_instance* instance);
    /* [control] After the last call ended. */
    void (*destroy)(aihub_instance* instance);
} aihub_lifecycle_v1;

#ifdef __cplusplus
}
#endif
#endif
