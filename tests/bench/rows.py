# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rows of the benchmark: which figures they are made of, and what is wanted.

A row has lines. A line has a figure of ours, of a peer and of a limit (either
may be missing), all in the row's unit, and goals, which are bounds on ratios or
on the figure itself.
"""

from collections import namedtuple

Line = namedtuple("Line", "name ours peer limit goals")
Goal = namedtuple("Goal", "text value most")
Row = namedtuple("Row", "name title unit peer limit programs lines")

DEVICES = ("vivid", "virtcam")
FORMATS = ("YUYV", "UYVY", "NV12", "YU12", "RGB3", "BGR3", "XR24", "GREY",
           "RGGB")
FED = ("virtcam", "v4l2loopback")
FED_MMAP = ("320x240 YUYV", "3840x2160 YUYV")
SIZES = ("640x480", "1920x1080", "3840x2160")

# Figures of the same thing differ by so much from run to run.
SAME = 1.005


def line(name, ours, peer=None, limit=None, of_peer=None, of_limit=None,
         goals=()):
    """of_peer, of_limit: the largest ratio that is wanted."""
    goals = list(goals)
    if of_limit is not None:
        goals.insert(0, Goal(f"≤ {of_limit:g} of the limit", ours / limit,
                             of_limit))
    if of_peer is not None:
        goals.insert(0, Goal(f"≤ {of_peer:g} of the peer", ours / peer,
                             of_peer))
    return Line(name, ours, peer, limit, goals)


def frame_lines(figures, io_mode, of_peer, goals):
    for device in DEVICES:
        ours = figures[f"frame/{device}/{io_mode}/virtcamsrc"]
        yield line(device, ours,
                   figures[f"frame/{device}/{io_mode}/v4l2src"],
                   figures[f"frame/{device}/bare"] + figures["frame/fakesrc"],
                   of_peer, **goals(device, ours))


def mmap(figures):
    return frame_lines(figures, "mmap", 0.65,
                       lambda device, ours: {"of_limit": 1.1})


def dmabuf(figures):
    def goals(device, ours):
        mapped = figures[f"frame/{device}/mmap/virtcamsrc"]
        return {"goals": [Goal("≤ our MMAP", ours / mapped, SAME)]}

    return frame_lines(figures, "dmabuf", 0.5, goals)


def calls(figures):
    yield line("all", figures["calls/virtcamsrc/all"],
               figures["calls/v4l2src/all"], 3,
               goals=[Goal("3", figures["calls/virtcamsrc/all"], 3.02)])
    yield line("futex", figures["calls/virtcamsrc/futex"],
               figures["calls/v4l2src/futex"], 0,
               goals=[Goal("0", figures["calls/virtcamsrc/futex"], 0.02)])


def start_lines(figures, what, **wanted):
    filters = {"any": "any raw video", "size": "a size and a rate",
               "mode": "one mode"}
    for device in DEVICES:
        for key, name in filters.items():
            yield line(f"{device}, {name}",
                       figures[f"{what}/{device}/{key}/virtcamsrc"],
                       figures[f"{what}/{device}/{key}/v4l2src"], **wanted)


def start(figures):
    return start_lines(figures, "start", of_peer=0.5)


def ioctls(figures):
    for found in start_lines(figures, "ioctls"):
        wanted = ([Goal("≤ 60", found.ours, 60)]
                  if found.name.endswith("one mode") else [])
        yield found._replace(goals=wanted)


def latency(figures):
    for part, wanted in (("p50", {"of_limit": 1.2}), ("p99", {"of_peer": 1})):
        yield line(part, figures[f"latency/captured/virtcamsrc/{part}"],
                   figures[f"latency/captured/v4l2src/{part}"],
                   figures[f"latency/captured/bare/{part}"], **wanted)


def draw(figures):
    for size in SIZES:
        for name in FORMATS:
            ours, peer, copy = (figures[f"draw/{size}/{name}/{who}"]
                                for who in ("virtcam", "vivid", "memcpy"))
            yield line(f"{name} {size}", ours, peer, copy,
                       0.3 if size == SIZES[0] else 1,
                       goals=[Goal("≤ 1.25 of the limit + 20,000",
                                   ours / (1.25 * copy + 20000), 1)])


def passage(figures):
    yield line("YUYV 640x360", figures["passage/virtcam"],
               figures["passage/vivid"], of_peer=1)


def memory(figures):
    for state in ("idle", "open", "streaming"):
        ours = figures[f"memory/{state}/virtcam"]
        yield line(state, ours, figures[f"memory/{state}/vivid"],
                   goals=[Goal("≤ 32 KiB", ours, 32 * 1024)]
                   if state == "idle" else [])


def crowd(figures):
    alone = figures["crowd/1"]
    yield line("1 camera", alone)
    for count in (4, 16, 64):
        yield line(f"{count} cameras", figures[f"crowd/{count}"],
                   limit=alone, of_limit=1.1)


def birth(figures):
    peer = figures["birth/load/vivid"]
    yield line("module load", figures["birth/load/virtcam"], peer,
               of_peer=0.2)
    yield line("configfs", figures["birth/mkdir/virtcam"], peer, of_peer=0.2)


def copies(figures):
    for path in ("mmap", "dmabuf", "dmabuf-import"):
        yield line(path, figures[f"copies/{path}"], limit=0,
                   goals=[Goal("0", figures[f"copies/{path}"], 0.005)])


def feed_write(figures):
    for mode in ("640x480 YUYV", "1920x1080 NV12"):
        ours, peer = (figures[f"feed/write/{mode}/{driver}"]
                      for driver in FED)
        copy = figures[f"feed/copy/{mode}"]
        limit = figures[f"feed/bare/{mode}"] + copy + figures["feed/call"]
        yield line(mode, ours, peer, limit, 1, 1.15,
                   goals=[Goal("≤ 0.9 of the peer beyond the copy",
                               (ours - copy) / (peer - copy), 0.9)])


def feed_mmap(figures):
    small, large = ([figures[f"feed/mmap/{mode}/{driver}"] for driver in FED]
                    for mode in FED_MMAP)
    yield line(FED_MMAP[0], *small, of_peer=1)
    yield line(FED_MMAP[1], *large, small[0], 1, 1.05)


def feed_copies(figures):
    for mode in FED_MMAP:
        seen = figures[f"feed/copies/mmap/{mode}"]
        yield line(f"MMAP, {mode}", seen, limit=0, goals=[Goal("0", seen, 0)])
    seen = figures["feed/copies/write/640x480 YUYV"]
    yield line("write(), 640x480 YUYV", seen, limit=1,
               goals=[Goal("1", seen, 1)])


def feed_pipeline(figures):
    ours, peer = (figures[f"feed-pipeline/{driver}"] for driver in FED)
    drawing = figures["feed-pipeline/drawing"]
    yield line("in all", ours, peer, drawing, of_peer=0.8)
    yield line("without the drawing", ours - drawing, peer - drawing,
               of_peer=0.8)
    copies_seen = figures["feed-pipeline/copies"]
    yield line("copies", copies_seen, limit=0,
               goals=[Goal("0", copies_seen, 0.005)])


def feed_latency(figures):
    for path, name in (("write", "write()"), ("mmap", "MMAP")):
        for part in ("p50", "p99"):
            yield line(f"{name}, {part}",
                       *(figures[f"feed-latency/{path}/{part}/{driver}"]
                         for driver in FED), of_peer=1)


def feed_unwatched(figures):
    waiting = figures["feed/unwatched/waiting"]
    yield line("waits for a viewer", waiting,
               goals=[Goal("≤ 1,000", waiting, 1000)])
    for path, name in (("write", "write()"), ("mmap", "MMAP")):
        ours, peer = (figures[f"feed/unwatched/{path}/{driver}"]
                      for driver in FED)
        yield line(f"{name} all the same", ours, peer,
                   goals=[Goal("≤ 1,000", ours, 1000)]
                   if path == "write" else [])


def feed_memory(figures):
    for state in ("idle", "open", "streaming"):
        ours = figures[f"feed-memory/{state}/virtcam"]
        yield line(state, ours, figures[f"feed-memory/{state}/v4l2loopback"],
                   goals=[Goal("≤ 48 KiB", ours, 48 * 1024)]
                   if state == "idle" else [])


def lent(figures):
    pattern, copy = (figures[f"lent/{name}"] for name in ("frame/pattern", "copy"))
    yield line("SHARED_PAGES", figures["lent/frame/pages"], limit=pattern,
               of_limit=1.5)
    mapped = figures["lent/frame/mmap"]
    yield line("MMAP", mapped, limit=pattern + copy,
               goals=[Goal("≤ 1.5 of the camera that draws, and a copy",
                           mapped / (1.5 * pattern + copy), 1)])


def lent_copies(figures):
    for name, text, most in (("pool", "upstream writes into the sink's buffers", 0),
                             ("own", "upstream has buffers of its own", 1)):
        seen = figures[f"lent/copies/{name}"]
        yield line(text, seen, limit=most, goals=[Goal(f"{most}", seen, most + 0.005)])


def lent_latency(figures):
    for part, text in (("p50", "p50"), ("p99", "p99"),
                       ("error", "more or less, at most")):
        yield line(text, figures[f"lent-latency/{part}"])


def wall(figures):
    ours, peer = figures["wall/virtcamsrc"], figures["wall/v4l2src"]
    yield line("YUYV 16x16", ours, peer,
               goals=[Goal("≥ 1.2 of the peer", peer / ours, 1 / 1.2)])


LOOP = "poll, DQBUF, QBUF and fakesrc ! fakesink"
ROWS = {row.name: row for row in (
    Row("mmap", "A frame through virtcamsrc ! fakesink, 640x360 YUY2, MMAP",
        "instructions a frame", "v4l2src", LOOP, ["stream"], mmap),
    Row("dmabuf", "The same with DMABUF", "instructions a frame",
        "v4l2src io-mode=dmabuf", LOOP, ["stream"], dmabuf),
    Row("calls", "System calls of a frame", "calls a frame", "v4l2src",
        "wait, DQBUF, QBUF", ["calls"], calls),
    Row("start", "From NULL to the first buffer", "instructions", "v4l2src",
        None, ["start"], start),
    Row("ioctls", "Ioctls from NULL to the first buffer", "ioctls", "v4l2src",
        None, ["start"], ioctls),
    Row("latency", "From capture to push", "ns of guest time", "v4l2src",
        "poll, DQBUF", ["latency"], latency),
    Row("draw", "Drawing a frame", "instructions a frame", "vivid",
        "memcpy of its bytes", ["draw"], draw),
    Row("passage", "A frame's passage apart from drawing",
        "instructions a frame", "vivid", None, ["passage"], passage),
    Row("memory", "Memory of a camera, its frames not counted", "bytes",
        "vivid", None, ["memory"], memory),
    Row("crowd", "Cameras at once", "instructions a frame and camera", None,
        "one camera", ["crowd"], crowd),
    Row("birth", "To a usable node", "instructions", "loading vivid", None,
        ["birth"], birth),
    Row("copies", "Copies of a frame", "copies a frame", None, "none",
        ["stream"], copies),
    Row("feed-write", "A frame by write() to a program that has it mapped",
        "instructions a frame", "v4l2loopback",
        "watching a camera that draws, a copy, a system call", ["feed"],
        feed_write),
    Row("feed-mmap", "A frame in a mapped buffer to a program that has it mapped",
        "instructions a frame", "v4l2loopback", "320x240", ["feed"],
        feed_mmap),
    Row("feed-copies", "Copies of a frame that a program feeds",
        "copies a frame", None, "what there must be", ["feed"], feed_copies),
    Row("feed-pipeline", "A frame from videotestsrc ! virtcamsink to "
        "virtcamsrc ! fakesink, 320x240 YUY2", "instructions a frame",
        "v4l2sink and v4l2src on v4l2loopback",
        "videotestsrc ! fakesink sync=true", ["feed-pipeline"], feed_pipeline),
    Row("feed-latency", "From the producer's call to the viewer",
        "ns of guest time", "v4l2loopback", None, ["feed-latency"],
        feed_latency),
    Row("feed-unwatched", "A frame that nobody watches",
        "instructions a frame", "v4l2loopback", None, ["feed"],
        feed_unwatched),
    Row("feed-memory", "Memory of a camera that a program feeds, its frames "
        "not counted", "bytes", "v4l2loopback", None, ["feed-memory"], feed_memory),
    Row("lent", "A frame of a camera that a virtual machine's host lends, 640x360 YUYV",
        "guest instructions a frame", None,
        "watching a camera that draws, without the drawing; for MMAP, and a copy",
        ["lent"], lent),
    Row("lent-copies", "Copies of such a frame in the host", "copies a frame", None,
        "what there must be", ["lent"], lent_copies),
    Row("lent-latency", "From the push in the host to DQBUF in the guest",
        "ns by the clock on the wall", None, None, ["lent-latency"], lent_latency),
    Row("wall", "A camera that is not paced, by the clock on the wall",
        "frames a second", "v4l2src", None, ["race"], wall),
)}

# What they are measured beside has to be built: tests/bench/loopback.
LOOPBACK_PROGRAMS = ("feed", "feed-latency", "feed-memory", "feed-pipeline")

# By the clock on the wall: never compared with another run's.
WALL_PROGRAMS = ("race", "lent-latency")

# In a guest with two cameras of the host's (tests/guest/boot --vm-camera), which goes
# by the clock on the wall in any case: never compared with another run's, either.
LENT_PROGRAMS = ("lent", "lent-latency")
