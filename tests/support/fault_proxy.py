"""Faults between devices and a manager: requests and answers dropped, held, cut, doubled.

FaultProxy ends TLS on the device's side with a certificate of its own, which devices trust as a TLS root; what is signed inside
stays out of its reach (PKI-6, PRO-1). It knows one HTTP exchange a connection, and records each. BlindProxy passes bytes and
knows nothing.

    proxy = FaultProxy(folder, manager_port, manager_tls_root)
    proxy.on("register", Fault.cut(17))          # the next register: the manager answers, 17 bytes of that reach the device
    ... run a device against proxy.url, trusting proxy.ca ...
    proxy.exchanges                              # what went by
"""
import base64
import json
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass, field


@dataclass
class Fault:
    action: str  # "pass", "hold", "cut", "double"
    bytes: int = 0  # cut: of the answer, head included; below 0: counted from its end

    @staticmethod
    def hold():
        """The request does not reach the manager, until deliver()."""
        return Fault("hold")

    @staticmethod
    def cut(count):
        return Fault("cut", count)

    @staticmethod
    def double():
        """The request goes out twice, on two connections at once."""
        return Fault("double")


@dataclass
class Exchange:
    """One request as the device sent it, and each answer of the manager to it."""

    kind: str
    raw: bytes
    fault: Fault
    answers: list = field(default_factory=list)  # raw HTTP answers
    seen: list = field(default_factory=list)  # what `observe` gave after each

    @property
    def body(self):
        return body_of(self.raw)

    @property
    def request_id(self):
        return header_of(self.body)["request_id"]

    def payloads(self):
        return [payload_segment(body_of(answer)) for answer in self.answers]


def body_of(raw):
    return raw.partition(b"\r\n\r\n")[2]


def status_of(raw):
    return int(raw.split(b" ", 2)[1])


def decode(segment):
    return base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))


def header_of(compact):
    return json.loads(decode(compact.split(b".")[0]))


def payload_segment(compact):
    """The middle of a compact JWS, as it stands."""
    return compact.split(b".")[1]


def read_message(connection):
    """One HTTP message by its Content-Length; b"" when the peer ended first."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            return b""
        body += more
    return head + b"\r\n\r\n" + body


def header_value(raw, name):
    for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name.lower().encode():
            return value.strip().decode()
    return ""


class Listener:
    """Accepts on a thread; one more thread for each connection."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        self.url = f"https://localhost:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self.guarded, args=(connection,), daemon=True).start()

    def guarded(self, connection):
        try:
            self.serve(connection)
        except OSError:
            pass  # a peer that went away
        finally:
            connection.close()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class FaultProxy(Listener):
    def __init__(self, folder, manager_port, manager_tls_root, observe=lambda: None):
        """`observe` is called after each answer of the manager, before the device hears of it."""
        self.ca = folder + "/proxy.pem"
        key = folder + "/proxy.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=fault proxy", "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:TRUE",
                        "-keyout", key, "-out", self.ca], check=True, capture_output=True)
        self.server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server_side.load_cert_chain(self.ca, key)
        self.client_side = ssl.create_default_context(cafile=manager_tls_root)
        self.manager_port = manager_port
        self.observe = observe
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)  # another exchange
        self.faults = []  # (kind, fault), each for one request
        self.exchanges = []
        super().__init__()

    def on(self, kind, *faults):
        with self.lock:
            self.faults += [(kind, fault) for fault in faults]

    def take_fault(self, kind):
        with self.lock:
            for entry in self.faults:
                if entry[0] == kind:
                    self.faults.remove(entry)
                    return entry[1]
        return Fault("pass")

    def serve(self, plain):
        with self.server_side.wrap_socket(plain, server_side=True) as connection:
            raw = read_message(connection)
            if not raw:
                return
            exchange = Exchange(header_value(raw, "Lictor-Message"), raw, self.take_fault(header_value(raw, "Lictor-Message")))
            with self.changed:
                self.exchanges.append(exchange)
                self.changed.notify_all()
            if exchange.fault.action == "hold":
                return
            if exchange.fault.action == "double":
                self.at_once(exchange)
            else:
                self.deliver(exchange)
            answer = exchange.answers[0]
            if exchange.fault.action == "cut":
                connection.sendall(answer[:exchange.fault.bytes] if exchange.fault.bytes else b"")
                connection.unwrap()  # an end that the device can tell from a break of TLS
            else:
                connection.sendall(answer)

    def ask(self, raw):
        """The manager's answer to these bytes, on a connection of their own."""
        with socket.create_connection(("127.0.0.1", self.manager_port)) as plain:
            with self.client_side.wrap_socket(plain, server_hostname="localhost") as connection:
                connection.sendall(raw)
                return read_message(connection)

    def deliver(self, exchange):
        """Sends it (once more, or at last); the answer."""
        answer = self.ask(exchange.raw)
        exchange.answers.append(answer)
        exchange.seen.append(self.observe())
        return answer

    def at_once(self, exchange):
        """Two connections are ready before either request is written; both are written before either answer is read."""
        connections = []
        for _ in range(2):
            plain = socket.create_connection(("127.0.0.1", self.manager_port))
            connections.append(self.client_side.wrap_socket(plain, server_hostname="localhost"))
        for connection in connections:
            connection.sendall(exchange.raw)
        for connection in connections:
            exchange.answers.append(read_message(connection))
            connection.close()
        exchange.seen.append(self.observe())


class BlindProxy(Listener):
    """Bytes pass; each entry of `limits` ends one connection after so many bytes towards the device."""

    def __init__(self, manager_port):
        self.manager_port = manager_port
        self.lock = threading.Lock()
        self.limits = []
        self.cuts = 0
        super().__init__()

    def serve(self, device):
        with self.lock:
            limit = self.limits.pop(0) if self.limits else None
        with socket.create_connection(("127.0.0.1", self.manager_port)) as manager:
            threading.Thread(target=self.upwards, args=(device, manager), daemon=True).start()
            passed = 0
            while data := manager.recv(65536):
                if limit is not None and passed + len(data) >= limit:
                    # What it holds back is lost; the manager has said it.
                    device.sendall(data[:limit - passed])
                    with self.lock:
                        self.cuts += 1
                    break
                passed += len(data)
                device.sendall(data)
            device.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def upwards(device, manager):
        try:
            while data := device.recv(65536):
                manager.sendall(data)
            manager.shutdown(socket.SHUT_WR)
        except OSError:
            pass
