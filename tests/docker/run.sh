#!/usr/bin/env bash
# tests/docker/run.sh BUILD_DIR: dashboards against Grafana's own types, the Dockerfile and the compose
# files against their schemas. Installs what is missing: Node.js, docker-compose (no engine is needed),
# and once per build directory the checkers from the npm registry.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: tests/docker/run.sh BUILD_DIR" >&2; exit 64; }
build=$(cd "$1" && pwd)

# shellcheck source=scripts/lib/setup.sh
. "$(dirname "$0")/../../scripts/lib/setup.sh"
need_packages docker-compose yamllint
{ command -v node && command -v npm; } >/dev/null || need_packages nodejs npm

work=$build/docker-checks
mkdir -p "$work"
cmp -s tests/docker/package.json "$work/package.json" || rm -rf "$work/node_modules"
rm -f "$work"/*.mjs
cp tests/docker/package.json tests/docker/*.mjs "$work"
export PW_SOURCE_DIR=$PWD
cd "$work"
[ -d node_modules/ajv ] || npm install --no-audit --no-fund --no-package-lock --loglevel=error
exec node --test --test-concurrency=1 ./*.test.mjs
