#!/usr/bin/env bash
# tests/lint/tidy_one.sh BUILD SOURCE: clang-tidy for one source, without its count of hidden warnings.
set -uo pipefail

output=$(clang-tidy-14 --quiet -p "$1" "$2" 2>&1)
status=$?
grep -vE '^[0-9]+ warnings? (and [0-9]+ errors? )?(generated|treated as errors?)' <<<"$output" | sed '/^$/d'
exit "$status"
