#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the stops that a notification costs under `cordon emulate` with the kernel's seccomp as the trap.
stops_test.py CORDON SCENARIO"""
import os
import subprocess
import sys

import machine

CORDON, SCENARIO = sys.argv[1:3]
MOST = 6  # its target: the call and the result; the supervisor: RECV, perhaps after a sleep, and SEND
FEW, MANY = 200, 600  # rounds: the first ones stop more often


def stops(rounds):
    done = subprocess.run([CORDON, "emulate", "--trap=kernel", "--", SCENARIO, "notify-rounds"], capture_output=True,
                          text=True, timeout=120, env=dict(os.environ, CORDON_DUMP="stops", ROUNDS=str(rounds)))
    assert f"answered {rounds}\n" in done.stdout, done.stdout + done.stderr[-1000:]
    return done.stderr.count(": status ")


print("1..1")
reason = machine.no_proc() or machine.no_trap()
if reason:
    print(f"ok 1 - stops of a notification # SKIP {reason}")
else:
    each = (stops(MANY) - stops(FEW)) / (MANY - FEW)
    print(f"{'ok' if each <= MOST else 'not ok'} 1 - stops of a notification: {each:.2f}, at most {MOST}")
    sys.exit(each > MOST)
