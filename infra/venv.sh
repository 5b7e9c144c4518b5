#!/bin/sh
# Installs Python packages into an environment of this checkout, unless they are in it: infra/venv.sh NAME REQUIREMENTS
set -eu
venv="target/local/venv/$1"
cmp -s "$2" "$venv/requirements.txt" && exit
echo "Installing the packages of $2, once per checkout"
python3 -m venv --clear "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$2"
cp "$2" "$venv/requirements.txt"
