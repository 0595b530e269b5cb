#!/usr/bin/env bash
# tests/e2e/run.sh BUILD_DIR: the status page in Chromium, served by BUILD_DIR/serve_sample and by the
# whole program on the demo plant. Pictures go to BUILD_DIR/e2e. Installs what is missing: Chromium,
# Node.js, and once per build directory playwright-core from the npm registry.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: tests/e2e/run.sh BUILD_DIR" >&2; exit 64; }
build=$(cd "$1" && pwd)

# shellcheck source=scripts/lib/setup.sh
. "$(dirname "$0")/../../scripts/lib/setup.sh"
need_packages chromium fonts-noto-cjk
# Node.js may have come from elsewhere, with its own npm; Debian's packages would not go with it.
{ command -v node && command -v npm; } >/dev/null || need_packages nodejs npm

work=$build/e2e
mkdir -p "$work"
cmp -s tests/e2e/package.json "$work/package.json" || rm -rf "$work/node_modules"
rm -f "$work"/*.mjs
cp tests/e2e/package.json tests/e2e/*.mjs "$work"
export PW_BUILD=$build PW_SOURCE_DIR=$PWD
cd "$work"
[ -d node_modules/playwright-core ] ||
    npm install --no-audit --no-fund --no-package-lock --loglevel=error
exec node --test --test-concurrency=1 ./*.test.mjs
