/* Host service: the instance's secrets, by name. Most plugins never need a value: see aihub_request_header.secret. */
#ifndef AIHUB_EXT_SECRET_H
#define AIHUB_EXT_SECRET_H

#include <aihub/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIHUB_EXT_SECRET "aihub.secret/1"

typedef struct aihub_secret_v1 {
    uint32_t struct_size;
    uint32_t reserved0;
    /* [any] AIHUB_OK when the instance has a secret of this name, else AIHUB_E_UNAVAILABLE. */
    aihub_status (*exists)(void* host_instance, aihub_slice name);
    /* [any] Copies the value into `buffer` (capacity bytes) and sets *length. AIHUB_E_DENIED unless the manifest has
     * the permission "secrets.read"; AIHUB_E_LIMIT when it does not fit (*length says what is needed). */
    aihub_status (*read)(void* host_instance, aihub_slice name, char* buffer, size_t capacity, size_t* length);
} aihub_secret_v1;

#ifdef __cplusplus
}
#endif
#endif
