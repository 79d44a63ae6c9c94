"""Real programs for tests that break them: a manager, devices and strace, each in folders below one of the test's own.

Nothing here waits by sleeping: what is awaited is asked for again and again until it is there or the process has ended.
"""
import atexit
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import ssl
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CATALOG = ROOT + "/catalogs/acme-sensors.yaml"
PATIENCE = 60  # seconds until a test gives up; no result depends on it


class Failed(Exception):
    pass


started = []  # every process of ours; those that a failing test leaves are ended with it


@atexit.register
def end_all():
    for process in started:
        if process.poll() is None:
            process.kill()


def launch(command, **options):
    if command[0] == "strace":  # a traced process cannot be searched for leaks (sanitizer builds)
        options.setdefault("env", {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"})
    process = subprocess.Popen(command, **options)
    started.append(process)
    return process


def until(what, describe):
    """The first true answer of what(); fails when there is none."""
    end = time.monotonic() + PATIENCE
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > end:
            raise Failed(f"{describe}: not seen within {PATIENCE} s")
        os.sched_yield()


def end_process(process, kill=False):
    """Ends a process of ours, if it still runs; its status."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
    return process.wait(timeout=PATIENCE)


class Manager:
    """A lictor-manager on a data folder; start() and stop() as often as a test likes, on one port."""

    def __init__(self, programs, folder, data=None, catalog=CATALOG, settings=()):
        os.makedirs(folder, exist_ok=True)
        self.programs, self.folder, self.settings = programs, folder, list(settings)
        self.data = data or folder + "/data"
        self.tls_root = self.data + "/pki/tls-root.pem"
        self.licensing_root = self.data + "/pki/root.pem"
        self.store = self.data + "/lictor.db"
        self.catalog = catalog
        self.port = 0  # until it has started once
        self.process = None
        self.bearer = None
        self.password = secrets.token_hex(16)
        self.log = folder + "/manager.log"
        with open(folder + "/password", "w") as out:
            out.write(self.password + "\n")

    def command(self):
        values = [f"data_folder={self.data}", f"listen.port={self.port}", "crl.port=0", f"catalogs={self.catalog}",
                  f"admin.password_file={self.folder}/password", f"log.file={self.log}", "log.form=json",
                  *self.settings]
        return [self.programs + "/lictor-manager", *[part for value in values for part in ("--set", value)]]

    def lines(self):
        """What it logged, as objects."""
        found = []
        if os.path.exists(self.log):
            for line in open(self.log):
                try:
                    found.append(json.loads(line))
                except ValueError:
                    pass  # still being written
        return found

    def messages(self, since=0):
        return [line.get("id") for line in self.lines()[since:]]

    @property
    def url(self):
        return f"https://localhost:{self.port}"

    def spawn(self, before=()):
        """Starts it, under the command `before` if there is one, and waits for nothing."""
        self.error = self.folder + "/manager.err"
        with open(self.error, "w") as error:
            self.process = launch([*before, *self.command()], stdout=subprocess.DEVNULL, stderr=error)

    def start(self, before=()):
        """The same, until it listens."""
        seen = len(self.lines())
        self.spawn(before)

        def listening():
            if self.process.poll() is not None:
                raise Failed(f"the manager ended with status {self.process.returncode}: {open(self.error).read()}")
            return [line for line in self.lines()[seen:] if line.get("id") == "MANAGER_LISTENING"]

        line = until(listening, "MANAGER_LISTENING")[0]
        self.port = int(re.search(r":(\d+)$", line["url"]).group(1))
        return self

    def stop(self, kill=False):
        return end_process(self.process, kill)

    def call(self, method, path, body=None):
        """(status, answer); answers of a broken connection are None."""
        context = ssl.create_default_context(cafile=self.tls_root)
        connection = http.client.HTTPSConnection("localhost", self.port, context=context, timeout=PATIENCE)
        headers = {"Content-Type": "application/json"}
        if self.bearer:
            headers["Authorization"] = "Bearer " + self.bearer
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        except (OSError, http.client.HTTPException):
            return None, None
        finally:
            connection.close()

    def good(self, method, path, body=None):
        status, answer = self.call(method, path, body)
        if status is None or status >= 300:
            raise Failed(f"{method} {path}: {status} {answer}")
        return answer

    def login(self):
        self.bearer = None
        self.bearer = self.good("POST", "/api/v1/login", {"name": "admin", "password": self.password})["access_token"]

    def furnish(self, licences=(("Acme Analysis", 1000),)):
        """An account with licences; its id is kept."""
        self.login()
        self.account = self.good("POST", "/api/v1/accounts", {"domain": "plant.example", "name": "Plant"})["id"]
        base = f"/api/v1/accounts/{self.account}"
        self.va = self.good("GET", base + "/virtual-accounts")["items"][0]["id"]
        for tag, quantity in licences:
            self.good("POST", base + "/licenses", {"tag": tag, "quantity": quantity, "virtual_account": self.va})

    def token(self):
        return self.good("POST", f"/api/v1/accounts/{self.account}/tokens",
                         {"virtual_account": self.va, "description": "for tests"})["token"]

    def instances(self):
        """Live product instances: serial number -> how many."""
        found = {}
        for item in self.good("GET", f"/api/v1/accounts/{self.account}/instances?limit=1000")["items"]:
            for udi in item["udis"]:
                found[udi["sn"]] = found.get(udi["sn"], 0) + 1
        return found

    def integrity(self):
        """What the sqlite3 program says of the store; the manager must have ended."""
        return subprocess.run(["sqlite3", self.store, "PRAGMA integrity_check"], capture_output=True,
                              text=True).stdout.strip()


def fleet_licenses(programs, *options):
    """(tag, quantity) of what covers that fleet at any time."""
    text = subprocess.run([programs + "/lictor-fleet", "--print-licenses", *options], check=True, capture_output=True, text=True).stdout
    return [(tag, int(count)) for count, tag in (line.split(" ", 1) for line in text.splitlines())]


class Device:
    """A lictor-device of the invented vendor with a state folder; P-256, since RSA keys take their time."""

    def __init__(self, programs, folder, manager, serial, startup="license boot level analysis\n",
                 pid="ACME-T100"):
        os.makedirs(folder, exist_ok=True)
        self.programs, self.folder, self.serial = programs, folder, serial
        self.state = folder + "/state"
        self.socket = folder + "/control.sock"
        self.process = None
        with open(folder + "/startup.txt", "w") as out:
            out.write(startup)
        with open(folder + "/device.yaml", "w") as out:
            out.write(f"device: {{pid: {pid}, sn: {serial}, software_version: 2.3.0, key_algorithm: ec-p256, "
                      f"startup_config: startup.txt}}\nstate: {{folder: state}}\n"
                      f"catalog: {{files: [{manager.catalog}]}}\nmanager: {{url: 'https://localhost:{manager.port}'}}\n"
                      f"trust: {{licensing_anchors: {manager.licensing_root}, tls_roots: {manager.tls_root}}}\n"
                      f"control: {{socket: control.sock}}\nlog: {{file: device.log}}\n")

    def command(self):
        return [self.programs + "/lictor-device", "--config", self.folder + "/device.yaml"]

    def store_files(self):
        """Every file that the device keeps its state in, there or not."""
        names = [f"{folder}{name}{suffix}" for folder, name in
                 [("agent/", "state.0"), ("agent/", "state.1"), ("agent/", "events.0"), ("agent/", "events.1"),
                  ("", "startup-config"), ("", "clock-offset")] for suffix in ("", ".new")]
        return [self.state, self.state + "/agent", *[f"{self.state}/{name}" for name in names]]

    def begin(self, before=()):
        """Starts it without waiting."""
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.console = open(self.folder + "/console.log", "a+")
        self.console_from = self.console.seek(0, os.SEEK_END)
        self.process = launch([*before, *self.command()], stdout=self.console, stderr=self.console)

    def wait(self):
        """Until the shell's socket is there (True) or the process has ended (False)."""
        return until(lambda: "up" if os.path.exists(self.socket) else "" if self.process.poll() is None else "ended",
                     "a device's shell") == "up"

    def start(self, before=()):
        self.begin(before)
        if not self.wait():
            raise Failed(f"{self.serial} does not start: {self.said()}")
        return self

    def stop(self, kill=False):
        return end_process(self.process, kill)

    def said(self):
        """Console and standard error of the present process."""
        return open(self.folder + "/console.log").read()[self.console_from:]

    def type(self, *commands):
        """(exit status, text) of the shell; 3: the daemon does not answer."""
        line = [self.programs + "/lictor-device", "shell", "--socket", self.socket]
        for command in commands:
            line += ["-c", command]
        done = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE)
        return done.returncode, done.stdout + done.stderr

    def status(self):
        """`show license status | json`; None when it does not answer, or its agent does not run."""
        code, text = self.type("show license status | json")
        try:
            status = json.loads(text) if code == 0 else {}
        except ValueError:
            return None
        return status if "registration" in status else None

    def running(self):
        return self.process.poll() is None


def strace(pid, log, *options):
    """Attaches to a process and returns once it has."""
    tracer = launch(["strace", "-f", "-o", log, *options, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    for line in tracer.stderr:
        if "attached" in line:
            return tracer
    raise Failed("strace could not attach")


def detach(tracer):
    if tracer.poll() is None:
        tracer.send_signal(signal.SIGINT)
    tracer.wait(timeout=PATIENCE)
    tracer.stderr.close()


class Folder:
    """A folder of the test's own; kept when the test fails."""

    def __init__(self, name):
        self.path = tempfile.mkdtemp(prefix=f"lictor-{name}-")

    def finish(self, problems):
        print("\n".join(problems))
        if problems:
            print(f"what is left of it is in {self.path}")
            return 1
        shutil.rmtree(self.path)
        return 0


os.environ.pop("SSLKEYLOGFILE", None)
