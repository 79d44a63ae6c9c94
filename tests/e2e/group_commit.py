#!/usr/bin/python3
"""Group commit seen from outside (idea 5 of the architecture), by strace on a real manager: group_commit.py BIN_FOLDER.

1. One client: between two answers there is always an fsync of the write-ahead log, before the answer's write.
2. 64 clients on a slow disk (every fsync is held up for 20 ms): at least 8 answers for each fsync.
"""
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

PASSWORD = secrets.token_hex(16)
CLIENTS = 64
EACH = 10


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Client:
    def __init__(self, port, folder):
        context = ssl.create_default_context(cafile=folder + "/data/pki/tls-root.pem")
        self.connection = http.client.HTTPSConnection("localhost", port, context=context)
        self.bearer = None

    def post(self, path, body):
        headers = {"Content-Type": "application/json"}
        if self.bearer:
            headers["Authorization"] = "Bearer " + self.bearer
        self.connection.request("POST", path, json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {text}")
        return json.loads(text)


def strace(pid, log, *options):
    """Attaches and returns once it has."""
    tracer = subprocess.Popen(["strace", "-f", "-y", "-o", log, *options, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    for line in tracer.stderr:
        if "attached" in line:
            return tracer
    raise RuntimeError("strace could not attach")


def detach(tracer):
    tracer.send_signal(signal.SIGINT)
    tracer.wait(timeout=30)


def one_client(manager, client, folder, path):
    client.post(path, {"description": "warm"})
    log = folder + "/one.log"
    tracer = strace(manager.pid, log, "-e", "trace=fsync,fdatasync,sendmsg,sendto,write,writev")
    count = 10
    for number in range(count):
        client.post(path, {"description": f"one {number}"})
    detach(tracer)
    answers = syncs = 0
    problems = []
    for line in open(log):
        if re.search(r"\bf(data)?sync\(\d+<[^>]*-wal>", line):
            syncs += 1
        # An answer goes out on the connection's socket; what else is written goes to pipes, eventfds and files.
        elif re.search(r"\b(sendmsg|sendto|write|writev)\(\d+<(TCP|socket)", line):
            answers += 1
            if syncs == 0:
                problems.append(f"answer {answers} was written before any fsync: {line.strip()[:120]}")
            syncs = 0
    if answers < count:
        problems.append(f"{answers} answers seen, {count} sent: the trace does not show what it should")
    return problems


def many_clients(manager, clients, folder, path):
    log = folder + "/many.log"
    tracer = strace(manager.pid, log, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:delay_exit=20000")
    failures = []

    def work(client, number):
        try:
            for i in range(EACH):
                client.post(path, {"description": f"many {number} {i}"})
        except Exception as error:  # told below, by the main thread
            failures.append(repr(error))

    threads = [threading.Thread(target=work, args=(c, n)) for n, c in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    detach(tracer)
    # An interrupted line and its "resumed" are one call.
    syncs = len(re.findall(r"\bf(?:data)?sync\(", open(log).read()))
    answers = CLIENTS * EACH
    print(f"{answers} answers, {syncs} fsyncs: {answers / max(syncs, 1):.1f} answers for each")
    if failures:
        return failures[:3]
    if syncs == 0 or answers < 8 * syncs:
        return [f"{answers} answers for {syncs} fsyncs; at least 8 for each are wanted"]
    return []


def main():
    folder = tempfile.mkdtemp(prefix="lictor-group-commit-")
    port = free_port()
    with open(folder + "/password", "w") as out:
        out.write(PASSWORD + "\n")
    manager = subprocess.Popen([sys.argv[1] + "/lictor-manager", "--set", f"data_folder={folder}/data", "--set", f"listen.port={port}",
                                "--set", "crl.port=0", "--set", f"admin.password_file={folder}/password",
                                "--set", f"log.file={folder}/log", "--set", "log.level=warning"])
    try:
        while True:  # a process that starts: there is nothing to be told by
            if manager.poll() is not None:
                print(open(folder + "/log").read())
                return 1
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                pass
        first = Client(port, folder)
        first.bearer = first.post("/api/v1/login", {"name": "admin", "password": PASSWORD})["access_token"]
        account = first.post("/api/v1/accounts", {"domain": "example.com", "name": "Example"})["id"]
        path = f"/api/v1/accounts/{account}/tokens"
        problems = one_client(manager, first, folder, path)
        clients = [Client(port, folder) for _ in range(CLIENTS)]
        for client in clients:
            client.bearer = first.bearer
            client.post(path, {"description": "warm"})
        problems += many_clients(manager, clients, folder, path)
    finally:
        manager.terminate()
        status = manager.wait(timeout=30)
    if status != 0:
        problems.append(f"the manager ended with status {status}")
    print("\n".join(problems))
    if problems:
        print(f"traces are in {folder}")
    else:
        shutil.rmtree(folder)
    return 1 if problems else 0


os.environ.pop("SSLKEYLOGFILE", None)
sys.exit(main())
