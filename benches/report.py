"""What contestants took, as a Markdown table, and its place in a document."""

from statistics import median

COLUMNS = ["", "wall s", "least–most", "CPU s", "peak MiB", "time", "memory"]


def table(took, form, rows):
    """Medians, and ratios to the first that finished: Rounds, where it ran."""
    lines = [COLUMNS, ["---"] + ["--:"] * (len(COLUMNS) - 1)]
    base = None
    for name, takes in took.items():
        if not takes:
            lines.append([name, "did not finish with the expected rows"] + [""] * (len(COLUMNS) - 2))
            continue
        wall, cpu, memory = (median(values) for values in zip(*takes))
        base = base or (wall, memory)
        spread = f"{min(take.wall for take in takes):.1f}–{max(take.wall for take in takes):.1f}"
        cells = [name, f"{wall:.1f}", spread, f"{cpu:.1f}", f"{memory / 2**20:.0f}"]
        lines.append(cells + [f"{wall / base[0]:.2f}", f"{memory / base[1]:.2f}"])
    runs = max(map(len, took.values()))
    title = f"{form}, {rows:,} rows of 12 columns, medians of {runs}; time and memory also as multiples of the first:"
    return "\n".join([title, "", *(f"| {' | '.join(line)} |" for line in lines), ""])


def put(document, name, text):
    """Puts a text in the place of the one that was put under this name before, or at the end."""
    begin, end = f"<!-- measured: {name} -->\n", f"<!-- end: {name} -->\n"
    content = document.read_text() if document.exists() else ""
    before, found, rest = content.partition(begin)
    after = rest.partition(end)[2] if found else ""
    separator = "" if found or not before else "\n"
    document.write_text(f"{before}{separator}{begin}\n{text}\n{end}{after}")
