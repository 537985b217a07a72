#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes its input to the output node of a camera: write.py NODE [FORMAT WIDTHxHEIGHT]

With a mode it sets that first, and then writes a frame a call; without one it
writes as to any file.
"""
import fcntl
import shutil
import struct
import sys

VIDIOC_S_FMT = 0xC0D05605
V4L2_BUF_TYPE_VIDEO_OUTPUT = 2


def set_format(node, fourcc, size):
    width, height = (int(side) for side in size.split("x"))
    fmt = bytearray(208)
    struct.pack_into("=I4xII4s", fmt, 0, V4L2_BUF_TYPE_VIDEO_OUTPUT, width, height,
                     fourcc.encode())
    fcntl.ioctl(node, VIDIOC_S_FMT, fmt)
    return struct.unpack_from("=I", fmt, 28)[0]


with open(sys.argv[1], "wb", buffering=0) as node:
    if len(sys.argv) > 2:
        frame = set_format(node, *sys.argv[2:])
        while data := sys.stdin.buffer.read(frame):
            node.write(data)
    else:
        shutil.copyfileobj(sys.stdin.buffer, node)
