"""What Lambda asks for a stage, at the sizes of infra/template.yaml."""

import re

from postgres import CHECKOUT

# Dollars per GB-second of memory, in us-east-1 up to 6 (x86-64) or 7.5 (arm64) billion of them a month, as AWS listed
# them in May 2026; per GB-second of disk above the first 512 MiB; and per request.
PRICES = {"arm64": 0.0000133334, "x86-64": 0.0000166667}
DISK, DISK_FREE = 0.0000000309, 512
REQUEST = 0.20 / 1e6
# MiB of memory with which Lambda gives a whole core.
CORE = 1769


def billed(stage, wall, cpu):
    """GB-seconds, and dollars by architecture, of a stage that took so many seconds here.

    Where it has less of the cores there than it had here, it takes longer: at least its processor time, on the share
    of a core that comes with its memory.
    """
    memory, disk = sizes(stage)
    seconds = max(wall, cpu * CORE / memory)
    gigabytes = seconds * memory / 1024
    more = seconds * (disk - DISK_FREE) / 1024 * DISK + REQUEST
    return gigabytes, [gigabytes * price + more for price in PRICES.values()]


def sizes(stage):
    """MiB of memory and of disk."""
    template = (CHECKOUT / "infra/template.yaml").read_text()
    _, _, function = template.partition(f"\n  {stage.capitalize()}Function:\n")
    function = re.split(r"\n  \w", function, maxsplit=1)[0]
    disk = re.search(r"EphemeralStorage: {Size: (\d+)}", function)
    return int(re.search(r"MemorySize: (\d+)", function)[1]), int(disk[1]) if disk else DISK_FREE
