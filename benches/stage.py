"""A stage's own program under a Lambda runtime interface that this serves: one process, called as Lambda calls it."""

import json
import os
import platform
import queue
import signal
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from measure import Took, children, peak
from postgres import CHECKOUT

FUNCTIONS = ["ingest", "transform", "load", "report", "collect"]
DEADLINE = 900  # seconds, as in infra/template.yaml


class Stage:
    """A process from its start to its end; no call is begun before it asks for one."""

    def __init__(self, name, environment, log, under=()):
        """Starts it with this environment and no other; `under` a command that runs it, such as perf."""
        if not program(name).exists():
            raise SystemExit(f"{program(name)} is not there: see `make bench`")
        self.name, self.said = name, queue.Queue()
        self.runtime = Runtime(self.said)
        environment = environment | {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.runtime.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": f"rounds-{name}",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "3008",
        }
        with open(log, "ab") as output:
            streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            self.start = time.perf_counter()
            self.pid = subprocess.Popen([*under, program(name)], env=environment, **streams).pid
        self.usage = None
        self.reaper = threading.Thread(target=self.reap)
        self.reaper.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.usage is None:
            os.kill(self.innermost(), signal.SIGKILL)
        self.reaper.join()
        self.runtime.close()

    def reap(self):
        """Waits for the end, which is said behind what the process says before."""
        _, _, self.usage = os.wait4(self.pid, 0)
        self.said.put(("ended", time.perf_counter(), b""))

    def innermost(self):
        """The program's own process; a command that it runs under writes down what it saw once that has ended."""
        pid = self.pid
        while below := children(pid):
            [pid] = below
        return pid

    def first_poll(self):
        """Seconds from the start of the process to when it asked for its first call."""
        what, when, _ = self.said.get(timeout=DEADLINE)
        if what != "asked":
            raise Failed(f"{self.name} did not come up")
        return when - self.start

    def invoke(self, payload):
        """Its answer to a call."""
        self.runtime.calls.put(json.dumps(payload).encode())
        while True:
            what, self.answered, body = self.said.get(timeout=DEADLINE)
            if what == "answered":
                return json.loads(body)
            if what != "asked":
                raise Failed(f"{self.name} {what}: {body.decode()}")

    def end(self):
        """Ends the process after an answer; what it took up to that."""
        pid = self.innermost()
        memory = peak(pid)
        os.kill(pid, signal.SIGKILL)
        self.reaper.join()
        return Took(self.answered - self.start, self.usage.ru_utime + self.usage.ru_stime, memory)


class Failed(Exception):
    """A stage did not answer, or with an error."""


class Runtime(ThreadingHTTPServer):
    """Hands out calls, and says what it is asked and answered, and when."""

    daemon_threads = True

    def __init__(self, said):
        super().__init__(("127.0.0.1", 0), Handler)
        self.said, self.calls = said, queue.Queue()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def handle_error(self, *_):
        """The process has ended, and its connection with it."""

    def close(self):
        self.calls.put(None)
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.server.said.put(("asked", time.perf_counter(), b""))
        if (call := self.server.calls.get()) is None:
            self.close_connection = True
            return
        deadline = int((time.time() + DEADLINE) * 1000)
        self.respond(
            200,
            {
                "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:stage",
            },
            call,
        )

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        what = "answered" if self.path.endswith("/response") else "failed"
        self.server.said.put((what, time.perf_counter(), body))
        self.respond(202, {}, b"{}")

    def respond(self, status, headers, body):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def program(name, machine=platform.machine()):
    """A stage's release program, as `make build ARCH=…` makes it."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", CHECKOUT / "target"))
    return target / f"{machine}-unknown-linux-gnu/release" / name
