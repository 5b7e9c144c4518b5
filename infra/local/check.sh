#!/bin/sh
# What compiling and the one-machine stack need, looked for before anything is compiled. Called by the Makefile.
set -u
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
missing=0
has() { command -v "$1" >/dev/null; }
lacks() { printf '%s\n' "$*" >&2; missing=2; }

rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
if has cargo && has rustc; then
    found=$(rustc --version | cut -d ' ' -f 2)
    test "$(printf '%s\n%s\n' "$rust" "$found" | sort -V | head -n 1)" = "$rust" ||
        lacks "Rust $rust or later is needed, and this is $found: bring it up to date with \`rustup update stable\`."
else
    lacks "Rust $rust or later is needed, and cargo or rustc is not on PATH: install it as https://rustup.rs says, and open a new shell."
fi

has cc || lacks "A C compiler is needed, and cc is not on PATH: on Debian and Ubuntu \`apt install build-essential\`, on Fedora \`dnf install gcc\`."

if ! has python3 || ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    lacks "Python 3.10 or later is needed as python3 on PATH: on Debian and Ubuntu \`apt install python3 python3-venv\`, on Fedora \`dnf install python3\`."
elif ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    lacks "Python's modules venv and ensurepip are needed: on Debian and Ubuntu \`apt install python3-venv\`."
fi

# A first build takes some gigabytes; later ones write what changed.
test -x "$target/debug/rounds" && gigabytes=2 || gigabytes=10
folder=$target
while ! test -d "$folder"; do folder=$(dirname "$folder"); done
test "$(df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1048576) }')" -ge "$gigabytes" ||
    lacks "$gigabytes GB of free disk are needed below $folder: make room, or let CARGO_TARGET_DIR name a folder on a larger disk."

exit "$missing"
