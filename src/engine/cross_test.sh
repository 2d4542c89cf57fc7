#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares the engine's results with those on other machines: big-endian and 32-bit, under qemu-user.
set -u
native=$1 here=$2 root=$3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
"$native" >"$work/native" || { echo "Bail out! the native run failed"; exit 1; }

# check NUMBER MACHINE COMPILER EMULATOR
check() {
    number=$1 machine=$2 compiler=$3 emulator=$4
    for tool in "$compiler" "$emulator"; do
        if ! command -v "$tool" >/dev/null 2>&1; then
            echo "ok $number - $machine # SKIP no $tool"
            return
        fi
    done
    "$compiler" -std=gnu17 -O2 -static -Wall -Werror \
        -I"$root"/src/base/include -I"$root"/src/abi/include -I"$here"/include -I"$here"/testing \
        -I"$here" "$here"/engine_replay.c "$here"/testing/random_program.c \
        "$here"/testing/random_filter.c "$here"/isa.c "$here"/verify.c "$here"/interpret.c \
        "$here"/print.c "$here"/parse.c "$here"/walk.c "$here"/cells.c "$here"/specialise.c \
        "$root"/src/base/sink.c -o "$work/$machine" || { echo "not ok $number - $machine"; return; }
    "$emulator" "$work/$machine" >"$work/out"
    if cmp "$work/native" "$work/out" >&2; then
        echo "ok $number - $machine: $(wc -l <"$work/out") programs and stacks answer as on this machine"
    else
        echo "not ok $number - $machine"
    fi
}

echo 1..3
check 1 s390x s390x-linux-gnu-gcc qemu-s390x
check 2 armhf arm-linux-gnueabihf-gcc qemu-arm
check 3 i386 i686-linux-gnu-gcc qemu-i386
