#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the Debian packages that are missing. Usage: deps.sh [build] [test] [PACKAGE...]
# Silent and without the network when nothing is missing.
set -eu

build='gcc libc6-dev make pkg-config libncurses-dev libreadline-dev libcglm-dev libgsl-dev
    libsodium-dev libunistring-dev libarchive-dev zlib1g-dev libjansson-dev'
build_headers='curses.h readline/readline.h cglm/cglm.h gsl/gsl_math.h sodium.h unistr.h archive.h
    zlib.h jansson.h'
tests='libcmocka-dev libvterm-dev mandoc'

wanted=
for word in "$@"; do
    case $word in
    build) wanted="$wanted $build" ;;
    test) wanted="$wanted $tests" ;;
    *) wanted="$wanted $word" ;;
    esac
done

# Not Debian: only say what is needed.
if ! command -v dpkg-query >/dev/null 2>&1; then
    # shellcheck disable=SC2086 # a list of words on purpose
    if printf '#include <stdio.h>\n#include <%s>\n' $build_headers |
        "${CC:-cc}" -x c -fsyntax-only - 2>/dev/null && command -v pkg-config >/dev/null; then
        exit 0
    fi
    echo "wordhaze: please install what Debian calls" $wanted >&2
    exit 69
fi

missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

give_up() {
    echo "wordhaze: please install these Debian packages (as root):$missing" >&2
    exit 69
}

command -v apt-get >/dev/null 2>&1 || give_up
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root=sudo
else
    give_up
fi

install() {
    # shellcheck disable=SC2086 # lists of words on purpose
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends $missing
}
echo "wordhaze: installing$missing" >&2
install >/dev/null 2>&1 && exit 0
# The lists of packages may be old or not there at all.
$as_root apt-get update -q >&2 && install >&2 || give_up
