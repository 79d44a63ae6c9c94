#!/usr/bin/python3
"""Group commit seen from outside (idea 5 of the architecture), by strace on a real manager: group_commit.py BIN_FOLDER.

1. One client: between two answers there is always an fsync of the write-ahead log, before the answer's write.
2. 64 clients on a slow disk (every fsync is held up for 20 ms): at least 8 answers for each fsync.
"""
import http.client
import json
import os
import re
import ssl
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../support")
from programs import Folder, Manager, detach, strace  # noqa: E402

CLIENTS = 64
EACH = 10


class Client:
    """A connection that is kept."""

    def __init__(self, manager):
        context = ssl.create_default_context(cafile=manager.tls_root)
        self.connection = http.client.HTTPSConnection("localhost", manager.port, context=context)
        self.headers = {"Content-Type": "application/json", "Authorization": "Bearer " + manager.bearer}

    def post(self, path, body):
        self.connection.request("POST", path, json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {text}")


def one_client(manager, client, folder, path):
    client.post(path, {"description": "warm"})
    log = folder + "/one.log"
    tracer = strace(manager.process.pid, log, "-y", "-e", "trace=fsync,fdatasync,sendmsg,sendto,write,writev")
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
    tracer = strace(manager.process.pid, log, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:delay_exit=20000")
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
    folder = Folder("group-commit")
    manager = Manager(sys.argv[1], folder.path + "/manager").start()
    manager.furnish(())
    path = f"/api/v1/accounts/{manager.account}/tokens"
    problems = one_client(manager, Client(manager), folder.path, path)
    clients = [Client(manager) for _ in range(CLIENTS)]
    for client in clients:
        client.post(path, {"description": "warm"})
    problems += many_clients(manager, clients, folder.path, path)
    if (status := manager.stop()) != 0:
        problems.append(f"the manager ended with status {status}")
    return folder.finish(problems)


sys.exit(main())
