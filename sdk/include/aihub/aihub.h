/* The whole C ABI. Start reading at plugin.h, then ext/lifecycle.h and the family you write. */
#ifndef AIHUB_AIHUB_H
#define AIHUB_AIHUB_H

#include <aihub/abi.h>
#include <aihub/ext/call.h>
#include <aihub/ext/clock.h>
#include <aihub/ext/http.h>
#include <aihub/ext/http_request.h>
#include <aihub/ext/lifecycle.h>
#include <aihub/ext/log.h>
#include <aihub/ext/metrics.h>
#include <aihub/ext/provider_codec.h>
#include <aihub/ext/provider_stream.h>
#include <aihub/ext/secret.h>
#include <aihub/ext/timer.h>
#include <aihub/ext/trace_sink.h>
#include <aihub/ext/work.h>
#include <aihub/plugin.h>

#endif
