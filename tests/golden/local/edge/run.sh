#!/bin/sh
# Starts global/edge. The workers of an nginx that was killed live on and keep its port. They end here:
# every nginx that runs in this folder is ours. It may finish what it is doing for a second.
set -u
cd "$(dirname "$0")" || exit 1
here=$(pwd -P)

ours() {
    for pid in $(pgrep -x nginx); do
        [ "$(readlink "/proc/$pid/cwd")" = "$here" ] && echo "$pid"
    done
}

signal=QUIT
tries=20
while left=$(ours); [ -n "$left" ]; do
    [ "$tries" -le 0 ] && signal=KILL
    [ "$tries" -le -40 ] && break # nginx will say who holds its port
    # shellcheck disable=SC2086  # a list of process ids
    kill -s "$signal" $left 2>/dev/null
    tries=$((tries - 1))
    sleep 0.05
done
rm -f inspection.sock

# Each connection is an open file: as many as we may have.
ulimit -S -n "$(ulimit -H -n)"
exec {nginx} -p "$here/" -c nginx.conf
