#!/bin/sh
# Builds what was edited, gives it to the stack, and has it take the last dropped file again; until Ctrl-C. Called by
# `make dev`.
set -u
mkdir -p target
rounds="$ROUNDS_BIN/rounds"
stamp=target/dev.stamp
sources="functions shared cli catalog statemachine infra Cargo.toml"

# The last run of a file that was read, and the version of its drop.
last() {
    "$rounds" runs -n 200 --json | python3 -c '
import json, sys
runs = [json.loads(line) for line in sys.stdin]
files = [(run["run"], (run.get("output") or {}).get("drop") or {}) for run in runs if "event" in run]
print(next((run + " " + drop["version"] for run, drop in files if drop.get("version")), ""))'
}

# The same content is loaded already, whatever the code does with it: its loads are taken out of the ledger first.
again() {
    found=$(last)
    if test -z "$found"; then
        "$rounds" drop functions/transform/events/appointments.csv --domain healthtech --follow
        return
    fi
    "$rounds" local psql -- -Xqc "DELETE FROM ops.load WHERE batch IN (SELECT batch FROM ops.reading WHERE version = '${found#* }')" &&
        "$rounds" redrive "${found%% *}" --follow
}

turn() { make --no-print-directory build && "$rounds" local up && again; }

trap 'printf "\nThe stack goes on running; \`make stop\` stops it.\n"; exit 130' INT
while :; do
    touch "$stamp"
    turn || echo "That is as far as it comes." >&2
    echo "Waiting for a change below: $sources"
    # shellcheck disable=SC2086 # a list of folders
    until find $sources -type f -newer "$stamp" | grep -q .; do sleep 1; done
done
