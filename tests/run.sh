#!/bin/sh
# Passes all tests, those of the whole pipeline on a one-machine stack of their own, and ends as they ended.
# Called by `make test`; arguments go to nextest, such as a test's name.
set -u
cd "$(dirname "$0")/.."
# Dashboards are tested in a real browser.
has_browser() { command -v chromium >/dev/null && command -v chromedriver >/dev/null; }
if ! has_browser && test "$(id -u)" = 0 && command -v apt-get >/dev/null; then
    apt-get update -q && apt-get install -qy chromium chromium-driver
fi
has_browser || {
    echo "Dashboards are tested in a browser: install Debian's packages chromium and chromium-driver, or their like." >&2
    exit 1
}
rounds="${ROUNDS_BIN:-${CARGO_TARGET_DIR:-target}/debug}/rounds"
logs="$PWD/target/local/test-logs"
ROUNDS_TEST_STACK="$PWD/target/local/test"
# Step Functions waits a twentieth of what it is told before it tries again.
SFN_WAIT_SCALE=0.05
export ROUNDS_TEST_STACK SFN_WAIT_SCALE

# Says nothing, so that nextest has the last word.
down() { "$rounds" local down --wipe --state "$ROUNDS_TEST_STACK" >/dev/null 2>&1; }
keep_logs() {
    rm -rf "$logs"
    cp -R "$ROUNDS_TEST_STACK/logs" "$logs" && echo "The stack's logs are kept in $logs"
}

test $# -gt 0 || set -- --workspace
cargo nextest run --locked --no-run "$@" || exit

down # what a broken-off run may have left
trap down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$rounds" local up --state "$ROUNDS_TEST_STACK" || { keep_logs; exit 1; }
cargo nextest run --locked "$@" || {
    code=$?
    keep_logs
    exit "$code"
}
