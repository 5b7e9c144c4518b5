"""What a program takes: wall time, and processor time and memory of it and all that it starts."""

import os
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple

PAGE = os.sysconf("SC_PAGE_SIZE")
PAUSE = 0.02  # seconds between looks at the memory
BUSY = 0.3  # of a core, by others, with which nothing that is measured is a result
PATIENCE = 120  # seconds that are waited for others to leave the machine alone


class Took(NamedTuple):
    """Seconds of wall and processor, and the most bytes held at once."""

    wall: float
    cpu: float
    memory: int


def run(command, log):
    """Runs a command to its end; what it took and what it wrote to standard output. It may fail."""
    with open(log, "wb") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        watch = Watch(process.pid)
        output = process.stdout.read()
        # Counts the process, its threads, and of its children those that it waited for.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        # The kernel's own peak misses nothing between two looks, and knows one process only.
        memory = max(usage.ru_maxrss * 1024, watch.end())
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Took(wall, usage.ru_utime + usage.ru_stime, memory), output


class Watch:
    """Looks at the resident memory of a process and its descendants, again and again."""

    def __init__(self, pid):
        self.pid, self.most, self.over = pid, 0, threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while not self.over.wait(PAUSE):
            self.most = max(self.most, resident(self.pid))

    def end(self):
        self.over.set()
        self.thread.join()
        return self.most


def busy_cores(seconds=2):
    """How many cores are at work, for whomever, over this time."""

    def ticks():
        counts = [int(count) for count in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return sum(counts) - sum(counts[3:5])  # less idle, and idle waiting for a disk

    before = ticks()
    time.sleep(seconds)
    return (ticks() - before) / os.sysconf("SC_CLK_TCK") / seconds


def is_quiet(patiently):
    """Whether nobody else uses the machine, now or soon."""
    deadline = time.monotonic() + (PATIENCE if patiently else 0)
    while busy_cores() > BUSY:
        if time.monotonic() >= deadline:
            return False
    return True


def resident(pid):
    """Bytes of a process and its descendants; of memory that they share, each counts its own."""
    try:
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        return own + sum(map(resident, children(pid)))
    except (OSError, IndexError):
        return 0  # it has ended


def peak(pid):
    """The most bytes that a process held so far."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) * 1024


def children(pid):
    tasks = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for task in tasks for child in task.split()]
