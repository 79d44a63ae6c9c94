#!/usr/bin/python3
"""A manager whose disk is full, or fails (DB-2, DECISIONS 17): disk_full.py BIN_FOLDER.

1. The data folder's file system, a small tmpfs, fills up: writes are refused with 507, over REST and to devices; reads go
   on; when space comes back, the same process goes on.
2. A sync of the log fails (EIO), and a write of it (ENOSPC), by strace: nothing is acknowledged any more, the process says
   why and ends with status 1, and the next start holds every acknowledged effect.
"""
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../support")
from programs import Device, Folder, Manager, PATIENCE, strace, until  # noqa: E402

TMPFS_MIB = 64  # the store keeps 32 MiB in reserve


def descriptions(manager):
    """Those of all tokens."""
    found, after = set(), ""
    while True:
        page = manager.good("GET", f"/api/v1/accounts/{manager.account}/tokens?limit=1000{after}")
        found |= {item["description"] for item in page["items"]}
        if not page["next"]:
            return found
        after = f"&after={page['next']}"


def make_token(manager, description):
    return manager.call("POST", f"/api/v1/accounts/{manager.account}/tokens",
                        {"virtual_account": manager.va, "description": description})


def fill(path, leave_mib):
    """A file that grows until its file system has so much left."""
    with open(path, "ab") as out:
        facts = os.statvfs(path)
        size = facts.f_bavail * facts.f_frsize - leave_mib * 1024 * 1024
        out.write(b"\0" * size)


def full(programs, folder, problems):
    """Part 1, on a tmpfs of this process's own mount namespace."""
    disk = folder + "/disk"
    os.makedirs(disk)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={TMPFS_MIB}m,mode=0700", "tmpfs", disk], check=True)
    manager = Manager(programs, folder + "/manager", data=disk + "/data").start()
    manager.furnish()
    old = Device(programs, folder + "/old", manager, "OLD").start()
    old.type("license smart register idtoken " + manager.token(), "write memory")
    until(lambda: (old.status() or {})["authorization"]["last_communication"], "the first device to be authorized")
    token = manager.token()
    make_token(manager, "before")
    new = Device(programs, folder + "/new", manager, "NEW").start()

    for leave in (16, 0):
        fill(disk + "/filler", leave)
        status, answer = make_token(manager, f"full, {leave} MiB left")
        if status != 507 or not answer or "reserve" not in answer.get("detail", "") + answer.get("title", ""):
            problems.append(f"with {leave} MiB left a write is answered {status} {answer}")
        print(f"{leave} MiB left: {status} {answer}")
        if "before" not in descriptions(manager):
            problems.append("reads do not go on")
        if manager.call("GET", "/health/live")[0] not in (200, 404):
            problems.append("the manager does not answer")
    new.type("license smart register idtoken " + token)
    status = until(lambda: (lambda s: s if s["registration"]["next_registration_attempt"] or
                            s["registration"]["status"] == "REGISTERED" else None)(new.status()), "the refusal")
    print("device:", status["registration"]["status"], "-", status["registration"]["initial_registration"])
    if status["registration"]["status"] == "REGISTERED":
        problems.append("a device registered on a full disk")
    old.type("license smart renew auth")
    failed = until(lambda: (lambda a: a if a["result"] != "SUCCEEDED" else None)(
        old.status()["authorization"]["last_communication"]), "the refused authorization")
    print("device:", failed)
    if old.status()["registration"]["status"] != "REGISTERED":
        problems.append("a registered device lost its registration to a full disk")
    if manager.messages().count("STORE_FULL") == 0:
        problems.append("the log does not tell of the full disk")

    os.unlink(disk + "/filler")
    status, answer = make_token(manager, "after")
    if status != 200:
        problems.append(f"with space again a write is answered {status} {answer}")
    new.type(f"license smart register idtoken {token} force")
    until(lambda: new.status()["registration"]["status"] == "REGISTERED", "the registration with space again")
    if manager.instances() != {"OLD": 1, "NEW": 1}:
        problems.append(f"instances: {manager.instances()}")
    there = descriptions(manager)
    if not {"before", "after"} <= there or any("full" in d for d in there):
        problems.append(f"tokens: {there}")
    for device in (old, new):
        device.stop()
    if manager.stop() != 0:
        problems.append("the manager did not end in order")
    if manager.integrity() != "ok":
        problems.append(f"integrity_check: {manager.integrity()}")
    subprocess.run(["umount", disk], check=True)


def failing(programs, folder, inject, problems):
    """Part 2: clients write while the N-th call fails; what they were told is there after a restart."""
    name = inject.replace(",", "-").replace(":", "-").replace("=", "-")
    manager = Manager(programs, f"{folder}/{name}").start()
    manager.furnish()
    acknowledged, unsure, lock = {"first"}, set(), threading.Lock()
    make_token(manager, "first")
    tracer = strace(manager.process.pid, f"{folder}/{name}/strace.log", "-P", manager.data + "/lictor.db-wal",
                    "-e", "trace=" + inject.split(":")[0], "-e", "inject=" + inject)

    def work(client):
        for number in range(200):
            description = f"{client}-{number}"
            status, _ = make_token(manager, description)
            with lock:
                (acknowledged if status == 200 else unsure).add(description)
            if status is None:
                return

    clients = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for client in clients:
        client.start()
    ended = until(lambda: manager.process.poll() is not None, "the manager's end")
    for client in clients:
        client.join()
    tracer.communicate(timeout=PATIENCE)
    if not ended or manager.process.returncode != 1:
        problems.append(f"{inject}: the manager ended with status {manager.process.returncode}")
    lines = manager.lines()
    for message in ("STORE_WRITER_ENDED", "MANAGER_STORE_FAILED"):
        found = [line for line in lines if line.get("id") == message]
        if not found:
            problems.append(f"{inject}: the log has no {message}")
        else:
            print(f"{inject}: {found[0]}")
    if not unsure:
        problems.append(f"{inject}: nothing was refused")
    if manager.integrity() != "ok":
        problems.append(f"{inject}: integrity_check: {manager.integrity()}")
    manager.start()
    manager.login()
    there = descriptions(manager)
    lost = acknowledged - there
    print(f"{inject}: {len(acknowledged)} acknowledged, {len(there & unsure)} of {len(unsure)} others there, too")
    if lost:
        problems.append(f"{inject}: acknowledged and lost: {sorted(lost)[:5]}")
    if make_token(manager, "after")[0] != 200:
        problems.append(f"{inject}: no write after the restart")
    if manager.stop() != 0 or manager.integrity() != "ok":
        problems.append(f"{inject}: no good end after the restart: {manager.integrity()}")


NAMESPACE = ["unshare", "-m", "--propagation", "private"]  # nothing is left mounted, however this ends


def main():
    inside = sys.argv[2:] == ["inside"]
    may_mount = inside or subprocess.run([*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).returncode == 0
    if may_mount and not inside:
        return subprocess.run([*NAMESPACE, sys.executable, __file__, sys.argv[1], "inside"]).returncode
    folder, problems = Folder("disk-full"), []
    if may_mount:
        full(sys.argv[1], folder.path, problems)
    else:
        print("nothing may be mounted here: the disk is full for single calls alone, by strace")
    failing(sys.argv[1], folder.path, "fsync,fdatasync:error=EIO:when=20", problems)
    failing(sys.argv[1], folder.path, "pwrite64:error=ENOSPC:when=20", problems)
    return folder.finish(problems)


sys.exit(main())
