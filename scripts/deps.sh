#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the Debian packages that are missing for "build" and, if asked, for "test". Silent and
# without the network when nothing is missing.
set -eu

build='gcc libc6-dev make pkg-config libncurses-dev libreadline-dev libcglm-dev libgsl-dev
    libsodium-dev libunistring-dev libarchive-dev libjansson-dev'
tests='libcmocka-dev libvterm-dev mandoc clang'

wanted=
for set in "$@"; do
    case $set in
    build) wanted="$wanted $build" ;;
    test) wanted="$wanted $tests" ;;
    *) echo "deps.sh: unknown set '$set'" >&2; exit 64 ;;
    esac
done

# Elsewhere than on Debian the compiler and pkg-config tell what is missing.
command -v dpkg-query >/dev/null 2>&1 || exit 0

missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root=sudo
else
    echo "wordhaze: please install these Debian packages (as root):$missing" >&2
    exit 69
fi
echo "wordhaze: installing$missing" >&2
install() {
    # shellcheck disable=SC2086 # lists of words on purpose
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
}
install >/dev/null 2>&1 || { $as_root apt-get update -q >&2 && install >&2; } || {
    echo "wordhaze: could not install these Debian packages:$missing" >&2
    exit 69
}
