"""What was measured on a quiet machine, kept, so that a bench that was broken off goes on where it was.

Takes are forgotten once what they are of is made otherwise: the program, its packages, or the work.
"""

import hashlib
import json
from pathlib import Path

from measure import Took

BENCHES = Path(__file__).resolve().parent
WORK = ["catalog/clinic/appointments.toml", "columns.py", "contract.py", "data.py", "limits.py", "sheet.py"]


class Kept:
    """Takes of one file: each a time and memory by name, of the contestant and of the parts of it that are told."""

    def __init__(self, path):
        self.path = path
        self.all = json.loads(path.read_text()) if path.exists() else {}

    def of(self, name, made_of):
        known = self.all.get(name)
        if not known or known["made_of"] != made_of:
            return []
        return [{part: Took(*took) for part, took in take.items()} for take in known["takes"]]

    def add(self, name, made_of, take):
        self.all[name] = {"made_of": made_of, "takes": [*self.of(name, made_of), take]}
        self.path.write_text(json.dumps(self.all, indent=1))


def made_of(files, options=()):
    """A digest of the work, of these files, and of a program's options."""
    digest = hashlib.sha256(repr(options).encode())
    for file in [*WORK, *files]:
        with open(BENCHES / file, "rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:16]
