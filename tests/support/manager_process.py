"""A real lictor-manager for end-to-end tests, and the few REST calls that they need."""
import http.client
import json
import os
import secrets
import signal
import socket
import ssl
import subprocess


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Manager:
    """Lives in `folder`; may be killed and started again on the same port and store."""

    def __init__(self, bin_folder, folder, catalogs, *settings):
        self.program = bin_folder + "/lictor-manager"
        self.folder = folder
        self.port = free_port()
        self.url = f"https://localhost:{self.port}"
        self.data = folder + "/data"
        self.tls_root = self.data + "/pki/tls-root.pem"
        self.licensing_root = self.data + "/pki/root.pem"
        self.store = self.data + "/lictor.db"
        self.log = folder + "/manager.log"
        self.password = secrets.token_hex(16)
        self.bearer = None
        self.process = None
        with open(folder + "/password", "w") as out:
            out.write(self.password + "\n")
        self.settings = [f"data_folder={self.data}", f"listen.port={self.port}", f"public_url={self.url}", "crl.port=0",
                         f"admin.password_file={folder}/password", "log.level=warning", f"catalogs={','.join(catalogs)}",
                         f"log.file={self.log}", *settings]

    def spawn(self):
        """Starts it and waits for nothing."""
        self.process = subprocess.Popen([self.program, *sum((["--set", text] for text in self.settings), [])])

    def start(self):
        self.spawn()
        while True:  # a process that starts: there is nothing to be told by
            if self.process.poll() is not None:
                raise RuntimeError(f"the manager ended with {self.process.returncode}:\n{open(self.log).read()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                pass

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """The exit status of an orderly end."""
        if self.process is None or self.process.poll() is not None:
            return self.process and self.process.returncode
        self.process.terminate()
        return self.process.wait(timeout=60)

    def call(self, method, path, body=None, want=(200, 201)):
        context = ssl.create_default_context(cafile=self.tls_root)
        connection = http.client.HTTPSConnection("localhost", self.port, context=context)
        headers = {"Content-Type": "application/json"}
        if self.bearer:
            headers["Authorization"] = "Bearer " + self.bearer
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status not in want:
            raise RuntimeError(f"{method} {path}: {answer.status} {text}")
        return json.loads(text)

    def login(self):
        self.bearer = None
        self.bearer = self.call("POST", "/api/v1/login", {"name": "admin", "password": self.password})["access_token"]

    def account(self, licenses):
        """An account that owns `licenses` (tag: quantity) in its default virtual account; its id and a token."""
        account = self.call("POST", "/api/v1/accounts", {"domain": "example.com", "name": "Example"})["id"]
        for tag, quantity in licenses.items():
            self.call("POST", f"/api/v1/accounts/{account}/licenses", {"tag": tag, "quantity": quantity})
        token = self.call("POST", f"/api/v1/accounts/{account}/tokens", {"description": "fleet"})["token"]
        return account, token


def fleet_licenses(bin_folder, *options):
    """Tag: quantity that covers that fleet at any time."""
    text = subprocess.run([bin_folder + "/lictor-fleet", "--print-licenses", *options], check=True, capture_output=True,
                          text=True).stdout
    return {tag: int(count) for count, tag in (line.split(" ", 1) for line in text.splitlines())}


os.environ.pop("SSLKEYLOGFILE", None)
