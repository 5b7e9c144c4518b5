"""What was measured, as Markdown tables, and their places in docs/PERFORMANCE.md."""

import sys
from statistics import median

from cost import PRICES, billed
from postgres import CHECKOUT

DOCUMENT = CHECKOUT / "docs/PERFORMANCE.md"
STAGES = ["ingest", "transform", "load"]
INFLATE, COPY, COPY_LINEAGE = "limit: inflate", "limit: \\copy", "limit: \\copy with lineage"
# What a stage cannot go below, where there is such a thing.
LIMITS = {"transform": INFLATE, "load": COPY_LINEAGE}


def contestants(took, names, form, rows):
    """Medians, and ratios to the first that finished: Rounds, where it ran. Behind them the limits."""
    head = ["", "wall s", "least–most", "CPU s", "peak MiB", "time", "memory"]
    lines, base = [], None
    for name in names:
        if not (takes := took[name]):
            lines.append([name, "did not finish with the expected rows"] + [""] * (len(head) - 2))
            continue
        wall, _, memory = (median(values) for values in zip(*takes))
        base = base or (wall, memory)
        lines.append([name, *times(takes), f"{wall / base[0]:.2f}", f"{memory / base[1]:.2f}"])
    for limit in (INFLATE, COPY, COPY_LINEAGE):
        if base and (takes := took.get(limit)):
            wall = median(take.wall for take in takes)
            lines.append([limit, *times(takes)[:-1], "", f"{wall / base[0]:.2f}", ""])
    runs = max(map(len, took.values()))
    title = f"{form}, {rows:,} rows of 12 columns, medians of {runs}; time and memory also as multiples of the first:"
    return f"{title}\n\n{markdown(head, lines)}"


def stages(took, form, rows):
    """Medians of Rounds' stages, how far each is from its limit, and what Lambda asks for it."""
    head = ["stage", "wall s", "least–most", "CPU s", "peak MiB", "of its limit", "GB-s"]
    head += [f"$ {architecture}" for architecture in PRICES]
    lines = []
    for name in STAGES:
        takes = took[stage(name)]
        wall, cpu, _ = (median(values) for values in zip(*takes))
        limit = took.get(LIMITS.get(name))
        ratio = f"{wall / median(take.wall for take in limit):.2f}" if limit else ""
        asked = took[stage("parts")] if name == "transform" else takes
        gigabytes, dollars = billed(name, median(take.wall for take in asked), cpu)
        price = [f"{gigabytes * 1e6 / rows:.1f}", *(f"{dollar * 1e6 / rows:.6f}" for dollar in dollars)]
        lines.append([name, *times(takes), ratio, *price])
    title = f"{form}, {rows:,} rows; GB-seconds and dollars for 1,000,000 of them:"
    return f"{title}\n\n{markdown(head, lines)}"


def growth(races, names, form):
    """Medians of wall time and memory by the number of rows."""
    head = [f"{form}, rows", *(f"{name}, {unit}" for name in names for unit in ("s", "MiB"))]
    lines = []
    for rows, took in races.items():
        cells = [f"{rows:,}"]
        for name in names:
            wall, _, memory = (median(values) for values in zip(*took[name]))
            cells += [f"{wall:.2f}", f"{memory / 2**20:.0f}"]
        lines.append(cells)
    return markdown(head, lines)


def stage(name):
    """The name under which a stage's takes stand beside those of the contestants."""
    return f"rounds {name}"


def times(takes):
    wall, cpu, memory = (median(values) for values in zip(*takes))
    spread = f"{min(take.wall for take in takes):.2f}–{max(take.wall for take in takes):.2f}"
    return [f"{wall:.2f}", spread, f"{cpu:.2f}", f"{memory / 2**20:.0f}"]


def markdown(head, lines):
    """A table whose first column is text."""
    rule = ["---"] + ["--:"] * (len(head) - 1)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, rule, *lines]) + "\n"


def tell(name, text, is_sound, write):
    """Prints a table; puts it into the document where that is wanted and it is sound."""
    print(text)
    if write and is_sound:
        put(DOCUMENT, name, text)
    elif write:
        print("Others used this machine, or one failed: this is not written down.", file=sys.stderr)


def put(document, name, text):
    """Puts a text in the place of the one that was put under this name before, or at the end."""
    begin, end = f"<!-- measured: {name} -->\n", f"<!-- end: {name} -->\n"
    content = document.read_text() if document.exists() else ""
    before, found, rest = content.partition(begin)
    after = rest.partition(end)[2] if found else ""
    separator = "" if found or not before else "\n"
    document.write_text(f"{before}{separator}{begin}\n{text}\n{end}{after}")
