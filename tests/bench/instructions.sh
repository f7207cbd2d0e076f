#!/usr/bin/env bash
# What the parts of a chat request cost, in user-space instructions: tests/bench/instructions.sh [SECONDS]
# Counted by valgrind's callgrind while wrk calls the server, so the figures repeat to a few per cent on any machine; what
# the kernel does is not in them. The build is build/release, or $AIHUB_BUILD.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${AIHUB_BUILD:-"$here/../../build/release"}
seconds=${1:-10}
for tool in valgrind wrk callgrind_control callgrind_annotate; do
    command -v "$tool" >/dev/null || { echo "instructions: $tool is missing: apt-get install valgrind wrk" >&2; exit 2; }
done

work=$(mktemp -d)
upstream=''
server=''
stop() {
    [ -n "$1" ] || return 0
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}
finish() {
    stop "$server"
    stop "$upstream"
    rm -rf "$work"
}
trap finish EXIT

# wait_for FILE PATTERN: prints the first match, within a minute.
wait_for() {
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        grep -oE -m1 "$2" "$1" 2>/dev/null && return
        read -rt 0.1 <> <(:) || true
    done
    echo "instructions: no '$2' in:" >&2
    cat "$1" >&2
    exit 1
}

"$build/aihub_bench" upstream 30 0 >"$work/upstream.out" &
upstream=$!
upstream_url=$(wait_for "$work/upstream.out" 'http://127\.0\.0\.1:[0-9]+')
cat >"$work/aihub.yaml" <<END
listen: 127.0.0.1:0
log: { level: warn, requests: false }
storage: { url: "sqlite:$work/aihub.db" }
identity: { pepper_file: $work/pepper }
providers:
  up: { plugin: aihub.provider.openai, base_url: "$upstream_url/v1", api_key: bench, models: [gpt-bench] }
default_provider: up
END
valgrind --tool=callgrind --callgrind-out-file="$work/counts" --instr-atstart=no "$build/aihub" serve \
    --config "$work/aihub.yaml" >"$work/server.out" 2>&1 &
server=$!
key=$(wait_for "$work/server.out" 'aihub_live_[A-Za-z0-9_]+')
url=$(wait_for "$work/server.out" 'listening on http://127\.0\.0\.1:[0-9]+' | grep -o 'http.*')

content=$(printf 'w%.0s' $(seq 420))
cat >"$work/chat.lua" <<END
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer $key"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [[{"model":"gpt-bench","temperature":0.7,"max_tokens":256,"messages":[{"role":"system","content":"You are a helpful assistant."},{"role":"user","content":"$content"}]}]]
END
call() { wrk -t1 -c16 "-d$1" -s "$work/chat.lua" "$url/v1/chat/completions"; }
call 2 >/dev/null
callgrind_control --instr=on "$server" >/dev/null 2>&1
call "$seconds" >"$work/wrk.out"
callgrind_control --instr=off "$server" >/dev/null 2>&1
! grep -q 'Non-2xx' "$work/wrk.out" || { cat "$work/wrk.out" >&2; exit 1; }
requests=$(grep -oE '[0-9]+ requests in' "$work/wrk.out" | cut -d' ' -f1)
stop "$server"
server=''

# Inclusive counts: a function with all that it calls. Inlined copies have lines of their own; the largest is the whole.
callgrind_annotate --inclusive=yes --threshold=100 "$work/counts" | awk -v requests="$requests" '
    BEGIN {
        n = 0
        part("aihub::net::parse_request_head", "head of the request: parsed and checked")
        part("aihub::gateway::identify", "key: found by its hash, expiry and state looked at")
        part("aihub::gateway::peek", "body: top level found, depth checked")
        part("aihub::loader::PluginCodecCall::build", "plugin: makes the request to the provider")
        part("aihub::gateway::upstream_head", "head to the provider")
        part("aihub::net::parse_reply_head", "head of the reply: parsed and checked")
        part("aihub::loader::PluginCodecCall::on_frame", "plugin: reads the reply, its model and usage")
        part("aihub::gateway::append_head", "head to the client")
        part("aihub::gateway::record", "record: metrics, and the row into its queue")
        part("aihub::usage::Writer::run", "usage row: stored in the database")
    }
    function part(name, text) { names[++n] = name; texts[n] = text }
    { count = $1; gsub(",", "", count) }
    /PROGRAM TOTALS/ { total = count }
    { for (i = 1; i <= n; i++) if ((index($0, names[i] "(") || index($0, names[i] "[")) && count + 0 > counts[i] + 0) counts[i] = count }
    END {
        printf "%d requests, %d instructions each\n", requests, total / requests
        for (i = 1; i <= n; i++) {
            known += counts[i]
            printf "%9d %5.1f %%  %s\n", counts[i] / requests, 100 * counts[i] / total, texts[i]
        }
        printf "%9d %5.1f %%  the rest: connections, coroutines, routing, limits, breaker, clock\n", \
            (total - known) / requests, 100 * (total - known) / total
        printf "bench instructions.chat per_request=%d runs=1 min=%d max=%d\n", \
            total / requests, total / requests, total / requests
    }'
