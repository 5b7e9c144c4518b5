#!/bin/sh
# Lints the infrastructure, with tools of its own that are installed once per checkout. Called by `make lint-infra`.
set -eu
cd "$(dirname "$0")/../.."
venvs=target/local/venv

# Installs what a requirements file names into an environment, unless that is what is in it.
install() {
    cmp -s "$2" "$venvs/$1/requirements.txt" && return
    echo "Installing the packages of $2, once per checkout"
    python3 -m venv --clear "$venvs/$1"
    "$venvs/$1/bin/pip" install --quiet --disable-pip-version-check --requirement "$2"
    cp "$2" "$venvs/$1/requirements.txt"
}

install lint infra/lint/requirements.txt
install sam infra/lint/requirements-sam.txt
"$venvs/lint/bin/python" infra/lint/lint.py
