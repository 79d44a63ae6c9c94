#!/usr/bin/python3
"""One manager a data folder (DB-1): a second one is refused and told who holds it, the first goes on; after SIGKILL of
the first a new one starts at once. Two first starts at the same time make one authority: second_manager.py BIN_FOLDER."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../support")
from programs import Folder, Manager, PATIENCE, launch, until  # noqa: E402


def root_of(manager):
    return open(manager.data + "/pki/root.pem").read()


def race(programs, folder, problems):
    """Several first starts at once on an empty folder."""
    managers = [Manager(programs, f"{folder}/racer-{n}", data=folder + "/raced") for n in range(4)]
    started = [launch(m.command(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
               for m in managers]
    until(lambda: sum(p.poll() is not None for p in started) == len(started) - 1, "all but one to be refused")
    winner = next(n for n, p in enumerate(started) if p.poll() is None)
    until(lambda: "MANAGER_LISTENING" in managers[winner].messages(), "the one to listen")
    root = root_of(managers[winner])
    for n, process in enumerate(started):
        if n == winner:
            process.terminate()
        told = process.communicate(timeout=PATIENCE)[1]
        # Whose number stands in the lock is not sure while the winner is still about to write it.
        if n != winner and (process.returncode == 0 or "raced/manager.lock is held" not in told):
            problems.append(f"a racer ended with status {process.returncode} and said {told!r}")
    again = Manager(programs, folder + "/raced-again", data=folder + "/raced").start()
    if root_of(again) != root:
        problems.append("the authority of the race's winner was overwritten")
    again.stop()


def main():
    folder, problems = Folder("second-manager"), []
    programs = sys.argv[1]
    first = Manager(programs, folder.path + "/first").start()
    first.furnish()
    second = Manager(programs, folder.path + "/second", data=first.data)
    refused = subprocess.run(second.command(), capture_output=True, text=True, timeout=PATIENCE)
    told = refused.stdout + refused.stderr
    print(told.strip())
    if refused.returncode == 0:
        problems.append("the second manager ended with status 0")
    if first.data not in told or str(first.process.pid) not in told:
        problems.append(f"the second manager does not name the folder and process {first.process.pid}: {told!r}")
    first.token()  # a write
    if first.good("GET", f"/api/v1/accounts/{first.account}/tokens")["items"] == []:
        problems.append("the first manager does not go on")

    root, tokens = root_of(first), len(first.good("GET", f"/api/v1/accounts/{first.account}/tokens")["items"])
    first.stop(kill=True)
    first.start()
    first.login()
    if root_of(first) != root:
        problems.append("another authority after SIGKILL")
    if len(first.good("GET", f"/api/v1/accounts/{first.account}/tokens")["items"]) != tokens:
        problems.append("a token is gone after SIGKILL")
    if first.stop() != 0:
        problems.append("the manager did not end in order")
    if first.integrity() != "ok":
        problems.append(f"integrity_check: {first.integrity()}")
    race(programs, folder.path, problems)
    return folder.finish(problems)


sys.exit(main())
