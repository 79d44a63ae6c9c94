#!/usr/bin/python3
"""A device whose files fail (STO-1, STO-2, STO-5, PRO-3), by strace on real processes: device_killed.py BIN_FOLDER.

A life: first start in evaluation, registration saved by write memory, other licences after a reload, renewal of the
identity, deregistration, orderly end. It is lived again and again, and each time the N-th call of one kind on the files of
the device's store ends it (SIGKILL) or fails (EIO, ENOSPC; once and for ever), N = 1, 2, 3, ... until a life ends
untouched. Then the device starts again without strace: what was acknowledged is there, nothing else is lost or made up,
and the manager counts it once.
"""
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../support")
from programs import Device, Folder, Manager, until  # noqa: E402

CALLS = {
    "write": "write,writev,pwrite64",
    "sync": "fsync,fdatasync",
    "rename": "rename,renameat,renameat2",
    "shorten": "ftruncate",
    "unlink": "unlink,unlinkat",
}
STEP_SECONDS = 60  # of evaluation (STO-5)
STARTUP = "hostname before\nlicense boot level measuring\n"


class Life:
    def __init__(self, programs, folder, manager, serial, inject):
        self.manager, self.inject = manager, inject
        self.device = Device(programs, folder, manager, serial, STARTUP, "ACME-V8")
        self.trace = folder + "/strace.log"
        self.told = ""  # all that shell, console and standard error said
        self.saved = self.renamed = False  # acknowledged: the registration, the new configuration
        self.asked_to_deregister = self.deregistered = False
        self.remaining = None  # of the evaluation, and when that was seen
        self.seen_at = 0.0

    def live(self):
        options = [part for path in self.device.store_files() for part in ("-P", path)]
        calls = self.inject.split(":")[0]
        self.device.begin(["strace", "-D", "-f", "-o", self.trace, *options, "-e", "trace=" + calls,
                            "-e", "inject=" + self.inject])
        if self.device.wait():
            self.steps()
        if self.device.running():
            self.status = self.device.stop()
        else:
            self.status = self.device.process.wait()
        self.told += self.device.said()
        # The tracer writes its last line after the device has ended.
        until(lambda: re.search(r"\+\+\+ (exited|killed)", self.traced()), "the end of the trace")

    def traced(self):
        return open(self.trace).read() if os.path.exists(self.trace) else ""

    def hit(self):
        """Whether the fault came to pass: a call that was failed is marked; a device that was killed is dead."""
        return "(INJECTED)" in self.traced() or self.status == -9

    def type(self, *commands):
        code, text = self.device.type(*commands)
        self.told += text
        return code == 0 and "%" not in text

    def look(self):
        status = self.device.status()
        if status is not None:
            self.remaining, self.seen_at = status["authorization"]["evaluation_remaining_seconds"], time.monotonic()
        return status

    def settle(self, done):
        """Until the device has done something or given it up, or is no more; the status, or None."""
        def ended():
            if not self.device.running():
                return "gone"
            status = self.look()
            if status is None:  # its agent does not run, and it said why
                return "gone" if self.complained() else None
            return status if done(status) else None
        found = until(ended, "an end of the step")
        return None if found == "gone" else found

    def steps(self):
        if not self.settle(lambda status: True):  # its socket is there a moment before it listens
            return
        typed = self.type("license smart register idtoken " + self.manager.token())
        saved = self.type("write memory")
        status = self.settle(registration_ended)
        self.saved = typed and saved and status is not None and status["registration"]["status"] == "REGISTERED" and \
            not self.complained()
        self.type("configure terminal", "hostname after", "license boot level measuring addon analysis")
        self.renamed = self.type("write memory")
        self.type("reload noconfirm")
        status = self.settle(lambda s: len(s["licenses"]) == 2 or self.complained())
        status = self.settle(lambda s: communication_ended(s) or self.complained())
        if status and status["registration"]["status"] == "REGISTERED":
            self.type("license smart renew id")
            self.settle(lambda s: s["registration"]["last_renewal"] or self.complained())
        if not self.device.running():
            return
        self.asked_to_deregister = True
        if self.type("license smart deregister"):
            status = self.settle(lambda s: s["registration"]["status"] != "REGISTERED" or self.complained())
            self.deregistered = status is not None and status["registration"]["status"] == "UNREGISTERED" and \
                not self.complained()

    def complained(self):
        """Whether the device has told of a fault, so that nothing since counts as acknowledged."""
        return re.search(r"Input/output error|No space left", self.told + self.device.said()) is not None

    def restart(self):
        """Problems of a start without faults."""
        device, problems = self.device, []
        device.start()
        status = until(device.status, "the restarted device's status")
        passed = time.monotonic() - self.seen_at
        remaining = status["authorization"]["evaluation_remaining_seconds"]
        if self.remaining is not None:
            if remaining > self.remaining:
                problems.append(f"evaluation grew from {self.remaining} s to {remaining} s")
            if remaining < self.remaining - STEP_SECONDS - passed - 1:
                problems.append(f"evaluation fell from {self.remaining} s to {remaining} s")
        registered = status["registration"]["status"]
        if self.saved and not self.asked_to_deregister and registered != "REGISTERED":
            problems.append(f"the saved registration is gone: {registered}")
        if self.deregistered and registered != "UNREGISTERED":
            problems.append(f"deregistered, and after the restart {registered}")
        _, startup = device.type("show startup-config")
        if self.renamed and not self.complained() and "hostname after" not in startup:
            problems.append("the saved configuration is gone")
        status = until(lambda: settled(device.status()), "the restarted device to settle")
        if status["registration"]["status"] != "REGISTERED":
            device.type(f"license smart register idtoken {self.manager.token()} force", "write memory")
            status = until(lambda: settled(device.status()), "the restarted device to register")
        if status["registration"]["status"] != "REGISTERED" or status["authorization"]["status"] != "AUTHORIZED":
            problems.append(f"cannot be brought back: {status['registration']}, {status['authorization']['status']}")
        if self.manager.instances().get(device.serial) != 1:
            problems.append(f"the manager counts it {self.manager.instances().get(device.serial)} times")
        if "DAMAGED" in device.said() + self.told:
            problems.append("STORE DAMAGED")
        if device.stop() != 0:
            problems.append("no orderly end after the restart")
        return problems


def registration_ended(status):
    registration = status["registration"]
    return "REGISTERING" not in registration["status"] or registration["next_registration_attempt"]


def communication_ended(status):
    return registration_ended(status) and (
        status["registration"]["status"] != "REGISTERED" or status["authorization"]["last_communication"] is not None)


def settled(status):
    return status if status and communication_ended(status) else None


class Lane(threading.Thread):
    """Loops over N, one fault kind after another, with devices of its own."""

    def __init__(self, programs, folder, manager, name, faults):
        super().__init__()
        self.programs, self.folder, self.manager, self.name, self.faults = programs, folder, manager, name, faults
        self.problems, self.lives = [], []

    def run(self):
        try:
            for call, error, first, step in self.faults:
                self.loop(call, error, first, step)
        except Exception as failure:  # told below, by the main thread
            self.problems.append(f"{self.name}: {failure!r}")
            self.device.stop(kill=True)

    def loop(self, call, error, first, step):
        number, hits = first, 0
        while True:
            when = f"{number}+" if step > 1 else f"{number}"
            kill = error == "SIGKILL"
            inject = f"{CALLS[call]}:{'signal' if kill else 'error'}={error}:when={when}"
            serial = f"{self.name}-{call}-{error}-{when}".replace("+", "p")
            life = Life(self.programs, f"{self.folder}/{serial}", self.manager, serial, inject)
            self.device = life.device
            life.live()
            hit = life.hit()
            problems = life.restart()
            if hit and not kill and not life.complained():
                problems.append("the fault was not told")
            self.problems += [f"{serial}: {problem}" for problem in problems]
            if not hit:
                if not (life.saved and life.deregistered and life.status == 0):
                    self.problems.append(f"{serial}: an untouched life did not come to its end: {life.told}")
                break
            hits += 1
            number += step
        self.lives.append(f"{call} {error}{' for ever' if step > 1 else ''}: {hits}")


def main():
    folder = Folder("device-killed")
    manager = Manager(sys.argv[1], folder.path + "/manager").start()
    manager.furnish([("Acme Analysis", 10000), ("Acme Channels", 10000)])
    lanes = [
        [("write", "SIGKILL", 1, 1), ("rename", "SIGKILL", 1, 1), ("write", "EIO", 1, 1), ("rename", "ENOSPC", 1, 1),
         ("sync", "EIO", 1, 5), ("write", "ENOSPC", 1, 5)],
        [("sync", "SIGKILL", 1, 1), ("shorten", "SIGKILL", 1, 1), ("unlink", "SIGKILL", 1, 1), ("sync", "EIO", 1, 1),
         ("rename", "EIO", 1, 1), ("sync", "ENOSPC", 1, 5), ("write", "EIO", 1, 5), ("rename", "EIO", 1, 2)],
    ]
    running = [Lane(sys.argv[1], folder.path, manager, f"L{n}", faults) for n, faults in enumerate(lanes, 1)]
    for lane in running:
        lane.start()
    for lane in running:
        lane.join()
    for lane in running:
        print("\n".join(lane.lives))
    problems = [problem for lane in running for problem in lane.problems]
    if manager.stop() != 0:
        problems.append("the manager did not end in order")
    return folder.finish(problems)


sys.exit(main())
