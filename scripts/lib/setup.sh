# Sourced by the scripts: where the tree is, and how its packages come onto a bare Debian 12.
# shellcheck shell=bash disable=SC2034

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

packages_build=(gcc libc6-dev cmake ninja-build pkg-config libuv1-dev libmodbus-dev
    libcurl4-gnutls-dev libcjson-dev libsqlite3-dev libmicrohttpd-dev libssl-dev zlib1g-dev
    libdeflate-dev libcmocka-dev)
packages_test=(python3 python3-pymodbus python3-serial python3-serial-asyncio influxdb
    influxdb-client victoria-metrics openssl mbpoll socat curl sqlite3 procps ca-certificates
    chromium fonts-noto-cjk git kannel kannel-extras)
packages_check=(clang clang-format clang-tidy shellcheck git)
packages_fuzz=(clang libclang-rt-14-dev)

# need_packages NAME...: installs those that are missing, and only then asks the network.
need_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null | grep -q '^ii' ||
            missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "packages are missing and neither root nor sudo is at hand: ${missing[*]}" >&2
            exit 1
        }
        as_root=(sudo)
    fi
    echo "installing: ${missing[*]}" >&2
    "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=900 update >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=900 \
        install -y --no-install-recommends "${missing[@]}" >&2
}

# build_preset NAME [TARGET...]: configures and builds; quiet unless something is to be said.
build_preset() {
    local preset=$1
    shift
    cmake --preset "$preset" >"build/.configure-$preset.log" 2>&1 || {
        cat "build/.configure-$preset.log" >&2
        return 1
    }
    cmake --build --preset "$preset" ${1:+--target "$@"} -- --quiet >&2
}

mkdir -p build
