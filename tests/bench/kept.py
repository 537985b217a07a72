# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was seen, held against what is kept in docs/performance.json."""

import collections
import math

# What a figure of ours may lose until it is a loss.
TOLERANCE = 1.03
# Of these more is worse, and they repeat. Ours is compared, no peer is.
COUNTED = ("instructions", "calls", "ioctls")


def is_counted(row):
    return row.unit.split()[0] in COUNTED


def ours(row, figures):
    """Our figures of a row by the names of its lines; NaN where one is not."""
    known = collections.defaultdict(lambda: math.nan, figures)
    return {line.name: line.ours for line in row.lines(known)}


def compare_row(row, figures, kept):
    before = ours(row, kept)
    for name, seen in ours(row, figures).items():
        what = f"{row.name}: {name}"
        if math.isnan(seen):
            yield False, f"{what} is measured"
        elif math.isnan(before[name]):
            yield True, f"{what} is {seen:.0f} # SKIP it is new"
        else:
            # Of calls there are three: a third of a per cent is none.
            lost = seen > before[name] * TOLERANCE + 0.01
            yield not lost, (f"{what} is at most 3 % above "
                             f"{before[name]:.6g}: {seen:.6g}")


def compare(chosen, figures, kept):
    """TAP lines, one a figure of ours."""
    for row in filter(is_counted, chosen):
        yield from compare_row(row, figures, kept)


def check(chosen, figures, environment, kept):
    """TAP lines; None and a reason where there is nothing to compare with."""
    for name, here in environment.items():
        there = kept["environment"].get(name)
        if there != here:
            return None, f"kept for {name} {there}, this is {here}"
    return list(compare(chosen, figures, kept["figures"])), None


def verdict(tests, reason=None):
    """Prints TAP; returns the exit status. tests: None where reason is why."""
    if tests is None:
        print(f"1..0 # skip {reason}")
        return 77
    for number, (good, text) in enumerate(tests, 1):
        print("ok" if good else "not ok", number, "-", text)
    print(f"1..{len(tests)}")
    return 0 if all(good for good, _ in tests) else 1
