#!/bin/sh
# SPDX-License-Identifier: MIT
# The engine may only need mem*: it is compiled without libc, and its undefined symbols are checked.
set -u
here=$1 root=$2
cc=${CC:-cc}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# 32-bit ARM without a divide instruction has division in the compiler's own runtime, which every ARM
# environment provides, the Linux kernel too.
allowed='mem(cpy|set|move|cmp)|_GLOBAL_OFFSET_TABLE_|__aeabi_uidiv'

# check NUMBER NAME COMPILER FLAGS…
check() {
    number=$1 name=$2 compiler=$3
    shift 3
    if ! command -v "$compiler" >/dev/null 2>&1; then
        echo "ok $number - $name # SKIP no $compiler"
        return
    fi
    objects=
    for source in "$here"/cells.c "$here"/chain.c "$here"/facility.c "$here"/inspect.c "$here"/interpret.c \
        "$here"/isa.c "$here"/judge.c "$here"/log.c "$here"/notify.c "$here"/parse.c \
        "$here"/print.c "$here"/specialise.c "$here"/supervise.c "$here"/verify.c \
        "$here"/walk.c "$root"/src/base/sink.c; do
        object=$work/$number-$(basename "$source" .c).o
        "$compiler" "$@" -std=c17 -O2 -ffreestanding -nostdlib -fno-stack-protector -Wall -Werror \
            -I"$root"/src/base/include -I"$root"/src/abi/include -I"$here"/include \
            -c "$source" -o "$object" || { echo "not ok $number - $name"; return; }
        objects="$objects $object"
    done
    # shellcheck disable=SC2086
    "$compiler" "$@" -nostdlib -r $objects -o "$work/$number.o" ||
        { echo "not ok $number - $name"; return; }
    needed=$(nm --undefined-only "$work/$number.o" | awk '{ print $NF }' |
        grep -vE "^($allowed)\$" | tr '\n' ' ')
    if [ -z "$needed" ]; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name: needs $needed"
    fi
}

echo 1..4
check 1 "x86_64" "$cc"
check 2 "i386" i686-linux-gnu-gcc
check 3 "armhf" arm-linux-gnueabihf-gcc
check 4 "s390x" s390x-linux-gnu-gcc
