/* How a plugin introduces itself, and what the host hands it first. */
#ifndef AIHUB_PLUGIN_H
#define AIHUB_PLUGIN_H

#include <aihub/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Constant for as long as the library is mapped. Returned by the entry function.
 *
 * The host decides in this order, and says both numbers and the remedy when it refuses:
 *   abi_major equal; flavour equal; abi_needs_minor <= the host's minor (abi_minor alone never refuses);
 *   AIHUB_PF_DRAFT_EXTENSIONS only where the operator allows drafts; every family that the manifest claims is answered
 *   by get_extension. */
typedef struct aihub_plugin_entry {
    uint32_t struct_size;
    uint32_t reserved0;
    uint32_t abi_major;        /* AIHUB_ABI_MAJOR it was built with: must be equal to the host's                     */
    uint32_t abi_minor;        /* AIHUB_ABI_MINOR it was built with: shown                                           */
    uint32_t abi_needs_minor;  /* oldest host minor it can live with: decides                                        */
    uint32_t flags;            /* AIHUB_PF_*                                                                         */
    const char* id;            /* reverse domain name, "com.acme.echo"; unique                                      */
    const char* version;       /* semantic version of the plugin, "0.1.0"                                           */
    const char* built_with;    /* for people: "aihub-sdk 1.0, gcc 12.2"                                             */
    const char* flavour;       /* "" or the name of a white-label ABI flavour; must equal the host's                */
    const char* manifest_json; /* see docs/plugins.md: families, formats, config JSON Schema, permissions           */

    /* [control] Called once after load. On failure fill *error and leave *plugin alone. */
    aihub_status (*init)(const aihub_host* host, aihub_plugin** plugin, aihub_error* error);
    /* [control] Called once, after the last instance is destroyed. */
    void (*deinit)(aihub_plugin* plugin);
    /* [any] The struct behind an extension id, for example AIHUB_EXT_LIFECYCLE, or NULL. Constant, plugin-owned. */
    const void* (*get_extension)(aihub_plugin* plugin, const char* id);
} aihub_plugin_entry;

#define AIHUB_PF_DRAFT_EXTENSIONS 1u /* uses draft extension ids: refused unless the operator allows drafts */

/* The only symbol that a plugin exports. [any] Pure: no allocation, no threads, no I/O. */
typedef const aihub_plugin_entry* (*aihub_plugin_entry_fn)(void);
#define AIHUB_PLUGIN_ENTRY_SYMBOL "aihub_plugin_entry"

/* Begins the definition of the entry function. In C a function cannot have the name of a type, so it is written under
 * another name and exported as aihub_plugin_entry:
 *   AIHUB_DEFINE_ENTRY(my_entry) { return &entry; } */
#define AIHUB_DEFINE_ENTRY(name)                                                          \
    AIHUB_EXPORT const aihub_plugin_entry* name(void) __asm__(AIHUB_PLUGIN_ENTRY_SYMBOL); \
    const aihub_plugin_entry* name(void)

/* What the host gives to init(). Valid until deinit() returns. */
struct aihub_host {
    uint32_t struct_size;
    uint32_t reserved0;
    uint32_t abi_major;
    uint32_t abi_minor;
    void* host_data;             /* the host's own; not for plugins                                                  */
    const char* product;         /* product name, for user agents and messages                                       */
    const char* product_version; /* semantic version                                                                 */
    const char* flavour;
    /* [any] A host service by extension id, for example AIHUB_EXT_LOG, or NULL when this host has none. */
    const void* (*get_extension)(const aihub_host* host, const char* id);
    /* [same thread as the call that lent `error`] Says why a function fails. `code` is a short machine word, `message`
     * is for people, `detail_json` may be empty. Everything is copied. */
    void (*set_error
    )(aihub_error* error, aihub_status status, aihub_slice code, aihub_slice message, aihub_slice detail_json);
};

#ifdef __cplusplus
}
#endif
#endif
