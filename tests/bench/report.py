# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmark's table, as text, as a page and as a chart."""

import json
import pathlib
import platform
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
HEADS = ("", "ours", "peer", "limit", "of peer", "of limit", "goal", "met")


def number(value):
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def ratio(value, of):
    return f"{value / of:.3f}" if of else ""


class Table:
    """Of rows whose figures are all there."""

    def __init__(self, chosen, figures):
        self.measured = []
        self.lines = {}
        for row in chosen:
            try:
                self.lines[row.name] = list(row.lines(figures))
            except KeyError:
                continue
            self.measured.append(row)

    def cells(self, row):
        for line in self.lines[row.name]:
            missed = [goal for goal in line.goals if goal.value > goal.most]
            yield (line.name, number(line.ours), number(line.peer),
                   number(line.limit), ratio(line.ours, line.peer),
                   ratio(line.ours, line.limit),
                   "; ".join(goal.text for goal in line.goals),
                   "" if not line.goals else "no" if missed else "yes")

    @staticmethod
    def heading(row):
        parts = [row.unit]
        if row.peer:
            parts.append(f"peer: {row.peer}")
        if row.limit:
            parts.append(f"limit: {row.limit}")
        return "; ".join(parts)

    def text(self):
        for row in self.measured:
            cells = [HEADS, *self.cells(row)]
            widths = [max(map(len, column)) for column in zip(*cells)]
            yield f"{row.name}: {row.title} ({self.heading(row)})"
            for line in cells:
                left, *right = (
                    text.ljust(width) if at in (0, 6, 7) else text.rjust(width)
                    for at, (text, width) in enumerate(zip(line, widths)))
                yield ("  " + "  ".join([left, *right])).rstrip()

    def markdown(self, row):
        yield "| " + " | ".join(HEADS) + " |"
        yield "| --- |" + " ---: |" * 5 + " --- | --- |"
        for line in self.cells(row):
            yield "| " + " | ".join(line) + " |"


def notes():
    """What is said of rows: paragraphs of notes.md by their headings."""
    found, name = {"": []}, ""
    for text in (HERE / "notes.md").read_text(encoding="utf-8").splitlines():
        if text.startswith("## "):
            name = text[3:]
            found[name] = []
        elif not text.startswith("<!--"):
            found[name].append(text)
    return {name: "\n".join(text).strip() for name, text in found.items()}


def tools():
    """What is not the guest's."""
    qemu = subprocess.run(["qemu-system-x86_64", "--version"],
                          capture_output=True, text=True, check=True)
    gcc = subprocess.run(["gcc", "--version"], capture_output=True, text=True,
                         check=True)
    return {"QEMU": qemu.stdout.split("\n")[0].split("version ")[1],
            "gcc": gcc.stdout.split("\n")[0].split()[-1],
            "machine": platform.machine()}


def page(table, environment):
    said = notes()
    where = ", ".join(f"{name} {value}"
                      for name, value in environment.items())
    yield "<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->"
    yield "<!-- Written by tests/bench/run --write; what is said in words is in"
    yield "     tests/bench/notes.md. -->"
    yield "# What does a frame cost?\n"
    yield said[""] + "\n"
    yield f"Seen with: {where}.\n"
    yield "![each figure beside its peer's](performance.svg)\n"
    for row in table.measured:
        yield f"## {row.name}: {row.title}\n"
        yield f"{table.heading(row)[0].upper()}{table.heading(row)[1:]}.\n"
        yield from table.markdown(row)
        yield ""
        if row.name in said:
            yield said[row.name] + "\n"


def bars(table):
    """(name, ratio to the peer or to the limit, what of) of the chart."""
    for row in table.measured:
        for line in table.lines[row.name]:
            of = line.peer or line.limit
            if of and line.ours >= 0:
                higher = row.name == "wall"
                yield (f"{row.name}: {line.name}",
                       of / line.ours if higher else line.ours / of)


def chart(table):
    """One bar a line; the thin line is the peer."""
    height, left, unit = 15, 230, 420
    found = list(bars(table))
    width = left + int(unit * 1.25) + 45
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
           f'height="{height * len(found) + 40}" font-family="sans-serif" '
           'font-size="10">')
    yield '<rect width="100%" height="100%" fill="white"/>'
    yield (f'<text x="{left}" y="14" fill="#555">what it costs, as a part of '
           'the peer (or of the limit, where there is no peer)</text>')
    for at, (name, value) in enumerate(found):
        top = 22 + at * height
        shown = min(value, 1.25)
        colour = "#3a7d44" if value <= 1 else "#b5533c"
        yield (f'<text x="{left - 6}" y="{top + 10}" text-anchor="end">'
               f'{name}</text>')
        yield (f'<rect x="{left}" y="{top + 2}" width="{shown * unit:.1f}" '
               f'height="{height - 5}" fill="{colour}"/>')
        yield (f'<text x="{left + shown * unit + 4:.1f}" y="{top + 10}" '
               f'fill="#333">{value:.2f}</text>')
    end = 22 + len(found) * height
    yield (f'<path d="M{left + unit} 20V{end}" stroke="#333" '
           'stroke-width="1"/>')
    yield (f'<text x="{left + unit}" y="{end + 11}" text-anchor="middle">'
           '1</text>')
    yield "</svg>"


def write(docs, table, figures, environment):
    (docs / "performance.md").write_text(
        "\n".join(page(table, environment)).rstrip() + "\n", encoding="utf-8")
    (docs / "performance.svg").write_text(
        "\n".join(chart(table)) + "\n", encoding="utf-8")
    (docs / "performance.json").write_text(
        json.dumps({"environment": environment,
                    "figures": dict(sorted(figures.items()))}, indent=1) + "\n",
        encoding="utf-8")
