#!/usr/bin/env bash
# tests/e2e/run.sh BUILD_DIR: the status page in Chromium, served by BUILD_DIR/serve_sample and, when
# it was built, by the whole program on the demo plant. Pictures go to BUILD_DIR/e2e. Needs the
# packages chromium, fonts-noto-cjk, nodejs and npm; playwright-core comes from the npm registry once.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: tests/e2e/run.sh BUILD_DIR" >&2; exit 64; }
build=$(cd "$1" && pwd)
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
work=$build/e2e

mkdir -p "$work"
cmp -s package.json "$work/package.json" || { rm -rf "$work/node_modules"; cp package.json "$work"; }
cp ./*.mjs "$work"
if [ ! -d "$work/node_modules/playwright-core" ]; then
    (cd "$work" && npm install --no-audit --no-fund --no-package-lock --loglevel=error)
fi
cd "$work"
export PW_BUILD=$build PW_SOURCE_DIR=$root
exec node --test --test-concurrency=1 .
