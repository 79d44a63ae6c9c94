"""Processes that are measured, and those that drive them."""
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = HERE.parent.parent
BIN = TREE / "build/bin"
FOLDER = TREE / "build/bench"
CATALOG = TREE / "catalogs/catalyst.yaml"
THREADS = 2
CONNECTIONS = 64
KEPT_BACK = 32  # lines of each thread that load.lua leaves
# Programs have no frame pointers: stacks are copied and unwound afterwards. That costs, so a profiled run's figures are too high.
SAMPLER = ["perf", "record", "-q", "-e", "cpu-clock", "-F", "397", "--call-graph", "dwarf,16384"]
TICKS = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """What makes a row fail, in a sentence."""


def cpu_seconds(pid):
    """User and system time of a process since it began."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def bench(*arguments, profile=None):
    """Runs lictor-bench; its output."""
    sampler = [*SAMPLER, "-o", str(profile)] if profile else []
    done = subprocess.run([*sampler, BIN / "lictor-bench", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"lictor-bench {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def wait_for_port(process, port, log):
    """A process that starts tells nobody: ask until it listens or has ended."""
    while True:
        if process.poll() is not None:
            raise Failed(f"it ended at its start: {Path(log).read_text()[-2000:]}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)


class Process:
    """A server under measurement: `pid` is the process whose time counts."""

    def __init__(self, command, port, log, child=False, **options):
        self.log = log
        self.port = port
        with open(log, "a") as out:
            self.process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=out, **options)
        wait_for_port(self.process, port, log)
        self.pid = self.process.pid
        if child:  # nginx: the one worker of the master
            self.pid = int(Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()[0])

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=120)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()


def nginx(folder, certificate, key, answer, content_type):
    """One worker that answers any POST with the same text over TLS 1.3, with the manager's groups, cipher and certificate, and
    writes no log."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    parts = [answer[at:at + 2000] for at in range(0, len(answer), 2000)]  # nginx takes at most 4096 bytes a word
    texts = " ".join(f'set $part{number} "{part}";' for number, part in enumerate(parts))
    whole = "".join(f"$part{number}" for number in range(len(parts)))
    (folder / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; user root; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 60s; client_body_buffer_size 16k; server_tokens off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl backlog=1024;
    ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.3; ssl_ecdh_curve P-256:X25519:P-384;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256; ssl_conf_command NumTickets 1; ssl_session_cache off;
    location / {{ default_type {content_type}; {texts} return 200 "{whole}"; }}
  }}
}}
""")
    return Process(["/usr/sbin/nginx", "-c", folder / "nginx.conf", "-p", folder], port, folder / "out.log", child=True)


def cfssl(folder):
    """cfssl's server with a P-256 authority of its own; plain HTTP on the loopback."""
    folder.mkdir(parents=True, exist_ok=True)
    names = json.dumps({"CN": "Measured", "key": {"algo": "ecdsa", "size": 256}})
    made = subprocess.run(["cfssl", "gencert", "-initca", "-"], input=names, capture_output=True, text=True)
    if made.returncode != 0:
        raise Failed(f"cfssl gencert: {made.stderr}")
    for name, text in json.loads(made.stdout).items():
        (folder / name).write_text(text)
    port = free_port()
    return Process(["cfssl", "serve", "-address", "127.0.0.1", "-port", port, "-ca", folder / "cert", "-ca-key", folder / "key",
                    "-loglevel", "3"], port, folder / "out.log")


class Load:
    """What one run of wrk brought."""

    def __init__(self, answered, seconds, cpu, answer_bytes):
        self.answered, self.seconds, self.cpu, self.answer_bytes = answered, seconds, cpu, answer_bytes
        self.us = cpu / answered * 1e6  # of the server's CPU for each answer


def drive(server, bodies, count, *, path="/", message=None, close=False, samples=None, answer_type="application/jose",
          content_type="application/jose", scheme="https"):
    """Sends each line of `bodies` once over 64 connections and takes the server's CPU time meanwhile. Any answer but a 200 of the
    right type fails the row."""
    environment = dict(os.environ, BODIES=str(bodies), THREADS=str(THREADS), REQUEST_PATH=path, ANSWER_TYPE=answer_type,
                       CONTENT_TYPE=content_type)
    environment.pop("SSLKEYLOGFILE", None)
    if message:
        environment["MESSAGE"] = message
    if close:
        environment["CLOSE"] = "1"
        environment["LD_PRELOAD"] = str(BIN / "libno_resumption.so")
    if samples:
        environment["SAMPLES"] = str(samples)
    command = ["wrk", "-t", str(THREADS), "-c", str(CONNECTIONS), "-d", "600", "--timeout", "60s", "-s", str(HERE / "load.lua"),
               f"{scheme}://127.0.0.1:{server.port}"]
    before, began = cpu_seconds(server.pid), time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    told = []
    for line in process.stdout:
        told.append(line)
        if told.count("done\n") == THREADS:
            break
    cpu, seconds = cpu_seconds(server.pid) - before, time.monotonic() - began
    process.send_signal(signal.SIGINT)
    told += process.stdout.readlines()
    process.wait()
    text = "".join(told)
    counts = re.search(r"answered (\d+) wrong (\d+) bytes (\d+) socket_errors (\d+)\nfirst_wrong (.*)", text)
    if not counts:
        raise Failed(f"wrk did not end as it should: {text[-1500:]}")
    answered, wrong, size, errors = map(int, counts.groups()[:4])
    count -= KEPT_BACK * THREADS
    if wrong or answered != count or errors:
        raise Failed(f"{answered} of {count} answered, {wrong} wrong, {errors} socket errors; {counts.group(5)}")
    return Load(answered, seconds, cpu, size // max(answered, 1))


def openssl_speed(algorithm, seconds=2):
    """(sign, verify) in microseconds of user time."""
    done = subprocess.run(["openssl", "speed", "-mr", "-seconds", str(seconds), algorithm], capture_output=True, text=True)
    found = re.search(r"^\+F[24]:\d+:\d+:([0-9.]+):([0-9.]+)$", done.stdout, re.M)
    if not found:
        raise Failed(f"openssl speed {algorithm}: {done.stdout}{done.stderr}")
    return tuple(1e6 / float(rate) for rate in found.groups())


def median(values):
    return statistics.median(values)


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


class profiled:
    """While it lasts, perf samples a process; the profile lands in `path`. None: nothing happens."""

    def __init__(self, pid, path):
        self.pid, self.path, self.perf = pid, path, None

    def __enter__(self):
        if self.path:
            self.perf = subprocess.Popen([*SAMPLER, "-o", str(self.path), "-p", str(self.pid)], stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)

    def __exit__(self, *_):
        if self.perf:
            self.perf.send_signal(signal.SIGINT)
            self.perf.wait()
