"""A MiniStack for the benchmarks alone, out of the packages of the local stack: S3 and Secrets Manager."""

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from postgres import CHECKOUT, free_port

PYTHON = CHECKOUT / "target/local/venv/stack/bin/python"
PATIENCE = 60  # seconds until it answers
REGION = "us-east-1"
CREDENTIALS = "test"  # it takes any


class MiniStack:
    """A running service, whose data are in memory and gone with it."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        if not PYTHON.exists():
            raise SystemExit("MiniStack: run `rounds local up` once")
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {
            **{"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "TMPDIR": str(self.folder), "LC_ALL": "C.UTF-8"},
            **{"BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port)},
            **{"MINISTACK_REGION": REGION, "PERSIST_STATE": "0", "S3_PERSIST": "0"},
            **{"LAMBDA_EXECUTOR": "local", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0"},
        }
        with open(self.folder / "ministack.log", "wb") as log:
            command = [PYTHON, "-m", "ministack"]
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.wait()
        except BaseException:
            self.process.kill()
            raise
        return self

    def wait(self):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.ask("GET", "/_ministack/health")
            except urllib.error.URLError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)

    def bucket(self, name):
        """Makes a bucket without versions: of an object with one, MiniStack sends the whole where a range is asked for."""
        self.ask("PUT", f"/{name}")

    def secret(self, name, value):
        """Makes a secret: its ARN."""
        headers = {
            "X-Amz-Target": "secretsmanager.CreateSecret",
            "Content-Type": "application/x-amz-json-1.1",
        }
        asked = {"Name": name, "SecretString": json.dumps(value)}
        _, answer = self.ask("POST", "/", json.dumps(asked).encode(), headers)
        return json.loads(answer)["ARN"]

    def put(self, bucket, key, path):
        """Puts a file: the event that S3 sends of it, as EventBridge hands it on."""
        size = Path(path).stat().st_size
        with open(path, "rb") as body:
            headers, _ = self.ask("PUT", f"/{bucket}/{key}", body, {"Content-Length": str(size)})
        etag, sequencer = headers["ETag"].strip('"'), f"{time.time_ns():018X}"
        thing = {"key": key, "size": size, "etag": etag, "sequencer": sequencer}
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return {"time": now, "detail": {"bucket": {"name": bucket}, "object": thing}}

    def ask(self, method, path, body=None, headers={}):
        """Headers and body of a good answer."""
        asked = urllib.request.Request(self.endpoint + path, data=body, headers=headers, method=method)
        with urllib.request.urlopen(asked, timeout=PATIENCE * 10) as answer:
            return answer.headers, answer.read()
