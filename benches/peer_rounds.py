"""Rounds: python benches/peer_rounds.py FILE FOLDER DATABASE

The release programs of ingest, transform and load, a process each, called one after the other as the state machine
does, over an S3 and a Secrets Manager of this machine. Starting the programs is part of what they take, the servers are
not.
"""

import hashlib
import os
import re
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

from contract import answer
from measure import Took
from ministack import CREDENTIALS, REGION, MiniStack
from stage import Stage

BENCHES = Path(__file__).resolve().parent
LANDING, LAKE = "bench-landing", "bench-lake"


def main(file, folder, database):
    with Line(folder, database) as line:
        stages, parts = line.run(file)
        counts = line.counts()
    took = Took(
        sum(took.wall for took in stages.values()),
        sum(took.cpu for took in stages.values()),
        max(took.memory for took in stages.values()),
    )
    # What Lambda asks for: each part, whichever run at once.
    stages["parts"] = Took(sum(part.wall for part in parts), sum(part.cpu for part in parts), parts[0].memory)
    answer(**counts, took=took._asdict(), stages={name: took._asdict() for name, took in stages.items()})


class Line:
    """The stages in a row, without the state machine."""

    def __init__(self, folder, database, under=()):
        self.folder, self.database, self.under = folder.resolve(), database, under
        self.ministack = MiniStack(self.folder / "ministack")

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ministack.__enter__()
        for bucket in (LANDING, LAKE):
            self.ministack.bucket(bucket)
        at = urlsplit(self.database)
        secret = {
            **{"engine": "postgres", "host": at.hostname, "port": at.port, "dbname": at.path.lstrip("/")},
            **{"username": at.username, "password": at.password},
        }
        self.environment = {
            **{"AWS_ENDPOINT_URL": self.ministack.endpoint, "AWS_REGION": REGION},
            **{"AWS_ACCESS_KEY_ID": CREDENTIALS, "AWS_SECRET_ACCESS_KEY": CREDENTIALS},
            **{"LANDING_BUCKET": LANDING, "LAKE_BUCKET": LAKE, "CATALOG_DIR": str(BENCHES / "catalog")},
            **{"DATABASE_SECRET_ARN": self.ministack.secret("bench/database", secret), "DATABASE_TLS": "disable"},
            **{"CLINIC_TIME_ZONE": "UTC", "TMPDIR": str(self.folder)},
        }
        return self

    def __exit__(self, *failure):
        self.ministack.__exit__(*failure)

    def run(self, file):
        """Takes a file through the stages: what each took, and what the transform's parts did one by one."""
        self.drop(file)
        took = {name: getattr(self, name)() for name in ("ingest", "transform", "load")}
        return took, self.parts

    def drop(self, file):
        self.event = self.ministack.put(LANDING, f"clinic/appointments{file.suffix}", file)

    def ingest(self):
        self.inspected, took, _ = self.call("ingest", {"action": "inspect", "event": self.event})
        return took

    def transform(self):
        """As many parts at once as there are pairs of cores: of each part one thread reads, and another checks. So many of
        the largest are held in memory at the same time."""
        asked = {name: self.inspected[name] for name in ("drop", "as_of", "file")}
        at_once, parts = max(1, len(os.sched_getaffinity(0)) // 2), self.inspected["parts"]
        start = time.perf_counter()
        with ThreadPoolExecutor(at_once) as pool:
            called = pool.map(lambda part: self.call("transform", asked | {"part": part}), parts)
            answers, self.parts, ends = zip(*called)
        self.order = self.inspected | {"parts": answers, "decision": None}
        largest = sorted(part.memory for part in self.parts)[-at_once:]
        return Took(max(ends) - start, sum(part.cpu for part in self.parts), sum(largest))

    def load(self):
        self.loaded, took, _ = self.call("load", self.order)
        return took

    def counts(self):
        """What became of the rows."""
        [load] = self.loaded["loads"]
        rejected = Counter()
        for finding in load["findings"]:
            if finding["severity"] == "reject":
                rejected[f"{finding['column']} {finding['rule']}"] += finding["count"]
        counts = load["counts"]
        return {"loaded": counts["loaded"], "superseded": counts["superseded"], "rejected": rejected}

    def put(self):
        """A digest of what the transform put: the same as long as the same bytes are at the same keys."""
        listed, after = [], ""
        while True:
            _, page = self.ministack.ask("GET", f"/{LAKE}?list-type=2&start-after={quote(after)}")
            found = re.findall(r"<Key>(.*?)</Key>.*?<ETag>(.*?)</ETag>", page.decode(), re.S)
            if not found:
                put = [entry for entry in listed if not entry[0].startswith("lake/")]  # that is the load's
                return hashlib.md5(repr(put).encode()).hexdigest()[:8]
            listed += found
            after = found[-1][0]

    def call(self, name, payload):
        """The answer of a stage's new process, what that took, and when it answered."""
        with Stage(name, self.environment, self.folder / f"{name}.log", self.under) as stage:
            stage.first_poll()
            told = stage.invoke(payload)
            return told, stage.end(), stage.answered


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
