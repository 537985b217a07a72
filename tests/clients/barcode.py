#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes frames in YUYV that say VIRTCAM in bars, Code 39, without an end: barcode.py WIDTHxHEIGHT"""
import sys
import time

# Narrow and wide bars and gaps, in turn
CODES = {
    "V": "nwwnnnnnw", "I": "nnwnnwwnn", "R": "wnnnnnwwn", "T": "nnnnwnwwn",
    "C": "wnwnnwnnn", "A": "wnnnnwnnw", "M": "wnwnnnnwn", "*": "nwnnwnwnn",
}
PIXELS = {"n": 2, "w": 5}
DARK, BRIGHT = b"\x10\x80", b"\xeb\x80"

width, height = (int(side) for side in sys.argv[1].split("x"))
bars = b""
for letter in "*VIRTCAM*":
    # A narrow gap ends each letter.
    for i, element in enumerate(CODES[letter] + "n"):
        bars += (BRIGHT if i % 2 else DARK) * PIXELS[element]
quiet = BRIGHT * ((width - len(bars) // 2) // 2)
row = (quiet + bars + quiet + BRIGHT)[:2 * width]
while True:
    sys.stdout.buffer.write(row * height)
    sys.stdout.buffer.flush()
    time.sleep(1 / 30)
