"""The manager as it ships, prepared over its REST interface, and devices registered with it."""
import concurrent.futures
import hashlib
import http.client
import json
import secrets
import shutil
import ssl
import time

from processes import BIN, CATALOG, HERE, TREE, Failed, Process, bench, free_port

DEVICE_PATH = "/its/service/oddce/services/DDCEService"
POSTERS = 16
KEPT_SECONDS = 20 * 86400
LICENSES = 50_000_000  # of each tag: every device of every row is in compliance


class Manager(Process):
    """A lictor-manager over `data`; log level, durability and threads are the defaults."""

    def __init__(self, data):
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        password = data / "password"
        if not password.exists():
            password.write_text(secrets.token_hex(16) + "\n")
        self.password = password.read_text().strip()
        port = free_port()
        settings = {"data_folder": data, "listen.port": port, "public_url": f"https://localhost:{port}", "crl.port": 0,
                    "admission.token_rate": 1_000_000, "admin.password_file": password, "log.file": data / "manager.log", "catalogs": CATALOG}
        command = [BIN / "lictor-manager"]
        for name, value in settings.items():
            command += ["--set", f"{name}={value}"]
        super().__init__(command, port, data / "output.log")
        self.signing = data / "pki/signing.pem"
        self.bearer = None

    def connection(self):
        context = ssl.create_default_context(cafile=str(self.data / "pki/tls-root.pem"))
        return http.client.HTTPSConnection("localhost", self.port, context=context)

    def call(self, method, path, body=None, connection=None):
        headers = {"Content-Type": "application/json"}
        if self.bearer:
            headers["Authorization"] = "Bearer " + self.bearer
        connection = connection or self.connection()
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise Failed(f"{method} {path}: {answer.status} {text[:500]}")
        return json.loads(text)

    def login(self):
        self.bearer = self.call("POST", "/api/v1/login", {"name": "admin", "password": self.password})["access_token"]

    def make_account(self):
        """An account with licences for everybody; (account, virtual account)."""
        self.login()
        account = self.call("POST", "/api/v1/accounts", {"domain": "example.com", "name": "Example Corporation"})["id"]
        base = f"/api/v1/accounts/{account}"
        va = self.call("POST", base + "/virtual-accounts", {"name": "Measured"})["id"]
        for tag in bench("usage", "--catalog", CATALOG).split("\n"):
            self.call("POST", base + "/licenses", {"tag": tag, "quantity": LICENSES, "virtual_account": va})
        return account, va

    def make_token(self, account, va):
        return self.call("POST", f"/api/v1/accounts/{account}/tokens",
                         {"description": "measured", "virtual_account": va, "expires_after_days": 30})["token"]

    def post_all(self, bodies, answers, message):
        """Sends each line of a file over some connections at once, and keeps the answers in the same order."""
        lines = open(bodies).read().split()
        found = [None] * len(lines)
        headers = {"Content-Type": "application/jose", "Lictor-Message": message, "Lictor-Carrier-Key": secrets.token_hex(16)}

        def post(first):
            connection = self.connection()
            for number in range(first, len(lines), POSTERS):
                connection.request("POST", DEVICE_PATH, lines[number], headers)
                answer = connection.getresponse()
                found[number] = answer.read().decode()
                if answer.status != 200:
                    raise Failed(f"{message}: {answer.status} {found[number][:500]}")

        with concurrent.futures.ThreadPoolExecutor(POSTERS) as pool:
            list(pool.map(post, range(POSTERS)))
        answers.write_text("\n".join(found) + "\n")

    def check(self, answers, message):
        """Answers are what a device would believe; how many were looked at."""
        return int(bench("check", "--signing", self.signing, "--message", message, "--answers", answers))


class Devices:
    """Devices that a manager knows; makes their next messages. The next sequence number is kept beside them, and moves before a
    message is sent."""

    def __init__(self, folder):
        self.folder, self.keys, self.devices = folder, folder / "keys", folder / "devices"
        folder.mkdir(parents=True, exist_ok=True)

    def authorizes(self, rounds):
        """A file with `rounds` renewals of each device."""
        kept = self.folder / "sequence"
        sequence = int(kept.read_text()) if kept.exists() else 1
        kept.write_text(str(sequence + rounds))
        bench("authorize", "--catalog", CATALOG, "--keys", self.keys, "--devices", self.devices, "--first-sequence", sequence,
              "--rounds", rounds, "--out", self.folder / "bodies")
        return self.folder / "bodies"


def register(manager, folder, count, algorithm="ec-p256", keys=None):
    """Devices registered over HTTPS, whose usage the manager has counted."""
    devices = Devices(folder)
    account, va = manager.make_account()
    bench("keys", "--algorithm", algorithm, "--count", keys or count, "--out", devices.keys)
    bench("register", "--catalog", CATALOG, "--keys", devices.keys, "--token", manager.make_token(account, va), "--count", count,
          "--out", folder / "bodies")
    manager.post_all(folder / "bodies", folder / "answers", "register")
    bench("devices", "--keys", devices.keys, "--signing", manager.signing, "--answers", folder / "answers", "--out", devices.devices)
    manager.post_all(devices.authorizes(1), folder / "answers", "authorize")
    manager.check(folder / "answers", "authorize")
    return devices


def load(folder, instances, speaking):
    """A manager's data folder with so many product instances, and the devices among them that can speak. Made once and kept until
    what makes it changes, or it gets old: devices that are silent for 90 days give their licences back."""
    devices = Devices(folder / "devices")
    made_by = hashlib.sha256(b"".join(path.read_bytes() for path in (
        HERE / "store_maker.cpp", TREE / "src/server/storage/sqlite/schema.cpp", CATALOG)))
    mark = folder / "made"
    name = f"{made_by.hexdigest()} {instances} {speaking}"
    if mark.exists() and mark.read_text() == name and time.time() - mark.stat().st_mtime < KEPT_SECONDS:
        return devices
    shutil.rmtree(folder)
    devices = Devices(folder / "devices")
    with Manager(folder / "data") as manager:
        account, va = manager.make_account()
    (folder / "account").write_text(account)
    bench("load", "--catalog", CATALOG, "--folder", folder / "data", "--account", account, "--va", va, "--instances", instances,
          "--speaking", speaking, "--keys", devices.keys, "--devices", devices.devices)
    (devices.folder / "sequence").write_text("2")
    mark.write_text(name)
    return devices
