#!/usr/bin/python3
"""Real agents that are killed two hundred times: agents_killed.py BIN_FOLDER CATALOG [SEED].

Four processes of twelve agents each, with stores in files, register, use, renew, deregister and register again at a real manager.
Each is killed by SIGKILL after so many lines of its log as a seed says, and started again on the same stores, where every agent
goes on where it was (STO-2, PRO-3). Afterwards nothing but the logs and the stores tell whether a registration that was saved is
missing on either side, or anything was done twice (REG-6, REG-9, REG-11); and whether they could have told."""
import json
import os
import random
import selectors
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../support")
import store_checker  # noqa: E402
from programs import PATIENCE, Failed, Folder, Manager, end_process, fleet_licenses, launch  # noqa: E402

PROCESSES = 4
AGENTS = 12  # of each process
KILLS = 200
MOST_LINES = 60  # of a process's log until it is killed; it takes a dozen to tell how its agents found their stores
LIFE = "register,authorize*2,renew-id,authorize,deregister"
STEPS = ",".join([LIFE] * 6 + ["register,authorize"])


class Process:
    """One lictor-fleet on its stores, as often as it is started; its log comes through a pipe."""

    def __init__(self, run, number):
        self.run, self.number = run, number
        self.folder = f"{run.folder}/fleet-{number}"
        os.makedirs(self.folder)
        os.mkfifo(self.folder + "/log")
        self.lives = 0
        self.ended = None  # the status of one that came to its end by itself

    def start(self, lines):
        """`lines`: of its log until it is killed; None: it may live."""
        self.lives += 1
        self.left, self.partial, self.outstanding = lines, b"", set()
        self.out = open(f"{self.folder}/out", "w")
        self.process = launch(
            [self.run.bin + "/lictor-fleet", *self.run.options, "--agents", str(AGENTS), "--first", str(1 + self.number * AGENTS),
             "--seed", str(self.run.seed + self.number + PROCESSES * self.lives), "--steps", STEPS, "--store", self.folder + "/stores",
             "--continue", "--force-known", "--outstanding", str(AGENTS), "--connections", "4", "--coalesce-ms", "0", "--retry-ms",
             "50", "--log", self.folder + "/log", "--time-limit", str(PATIENCE)], stdout=self.out, stderr=self.out)
        self.pipe = os.open(self.folder + "/log", os.O_RDONLY | os.O_NONBLOCK)

    def read(self):
        """Lines that are there; None: the process has ended and all that it wrote was read."""
        try:
            data = os.read(self.pipe, 65536)
        except BlockingIOError:
            return []
        if not data:
            return None if self.process.poll() is not None else []
        whole, _, self.partial = (self.partial + data).rpartition(b"\n")
        return whole.splitlines()

    def close(self):
        os.close(self.pipe)
        self.out.close()


class Run:
    def __init__(self, bin_folder, catalog, folder, seed):
        self.bin, self.folder, self.seed = bin_folder, folder, seed
        self.chance = random.Random(seed)
        self.manager = Manager(bin_folder, folder + "/manager", catalog=catalog, settings=["log.level=notice"]).start()
        self.manager.furnish(fleet_licenses(bin_folder, "--catalog", catalog, "--agents", str(PROCESSES * AGENTS)))
        with open(folder + "/token", "w") as out:
            out.write(self.manager.token())
        self.options = ["--catalog", catalog, "--manager", self.manager.url, "--token-file", folder + "/token", "--tls-roots",
                        self.manager.tls_root, "--licensing-anchors", self.manager.licensing_root]
        self.log = store_checker.FleetLog()
        self.kept = open(folder + "/kept.log", "w", buffering=1)
        self.planned = self.kills = 0
        self.sent = {}  # request: how often its process had been started when it was sent first
        self.in_flight = 0  # requests without an answer, over all kills
        self.resumed = 0  # requests that a life after the one that made them brought to their end
        self.opened = 0

    def lines_to_live(self):
        if self.planned == KILLS:
            return None
        self.planned += 1
        return self.chance.randrange(1, MOST_LINES)

    def play(self, processes):
        """All processes at once, until each has come to its end by itself."""
        for process in processes:
            process.start(self.lines_to_live())
        alive = list(processes)
        end = time.monotonic() + 4 * PATIENCE
        while alive:
            if time.monotonic() > end:
                raise Failed(f"after {self.kills} kills they do not come to their end")
            with selectors.DefaultSelector() as ready:
                for process in alive:
                    ready.register(process.pipe, selectors.EVENT_READ, process)
                for key, _ in ready.select(timeout=1):
                    if self.serve(key.data):
                        alive.remove(key.data)

    def serve(self, process):
        """Takes what a process told, and kills it when its time has come; True: it has ended by itself."""
        lines = process.read()
        for text in lines or []:
            self.take(process, json.loads(text))
            if process.left is None:
                continue
            process.left -= 1
            if process.left == 0:
                process.process.kill()  # what it wrote until then is still read
        if lines is not None:
            return False
        status = process.process.wait()
        process.close()
        if status == -signal.SIGKILL:
            self.kills += 1
            self.in_flight += len(process.outstanding)
            process.start(self.lines_to_live())
            return False
        if process.left is not None:
            self.planned -= 1  # it was faster than its kill
        process.ended = status
        return True

    def take(self, process, line):
        self.kept.write(json.dumps(line) + "\n")
        self.log.add(line)
        what, agent, request = line["what"], line["agent"], line.get("request")
        self.opened += what == "opened"
        if what == "sent":
            process.outstanding.add(agent)
            self.sent.setdefault(request, process.lives)
        elif what in ("answered", "lost"):
            process.outstanding.discard(agent)
        elif what == "acknowledged":
            self.resumed += self.sent[request] < process.lives


def test_PRO_3_STO_2_REG_11_nothing_saved_is_lost_and_nothing_doubled_by_two_hundred_kills(run):
    processes = [Process(run, number) for number in range(PROCESSES)]
    run.play(processes)
    run.play(processes)  # nothing is left to do: they open their stores and tell what they are
    end_process(run.manager.process)
    problems = store_checker.check(run.manager.store, run.log)
    for process in processes:
        if process.ended != 0:
            problems.append(f"fleet {process.number} ended with status {process.ended}: {open(process.folder + '/out').read()}")
    counts = {kind: sum(len(member.acknowledged[kind]) for member in run.log.members.values())
              for kind in ("register", "authorize", "renew-id", "deregister")}
    adopted = sum(member.adopted for member in run.log.members.values())
    print(f"{run.kills} kills of {PROCESSES} processes with {AGENTS} agents each; stores opened {run.opened} times; acknowledged: "
          + ", ".join(f"{count} {kind}" for kind, count in counts.items())
          + f"; at the kills {run.in_flight} requests had no answer; {run.resumed} were brought to their end by a later life; "
          f"{adopted} registrations were saved by agents that were killed before they could tell")
    if run.kills != KILLS:
        problems.append(f"{run.kills} kills, {KILLS} are wanted")
    if run.in_flight < KILLS or run.resumed < KILLS // 2:
        problems.append("the kills cut off hardly a request")
    least = {"register": 7, "authorize": 19, "renew-id": 6, "deregister": 5}  # of each agent: fewer were told where a kill came first
    for kind, count in least.items():
        if counts[kind] < count * PROCESSES * AGENTS * 8 // 10:
            problems.append(f"only {counts[kind]} of {kind} were acknowledged")
    return problems


def test_the_checker_names_every_planted_damage(run):
    return store_checker.check_checker(run.manager.store, run.log, run.folder)


def test_the_checker_names_what_a_store_forgot_or_made_up(run):
    problems = []
    for name, instance in (("forgot", None), ("made up", 999999)):
        log = store_checker.FleetLog.read(run.folder + "/kept.log")
        udi, member = next(iter(log.members.items()))
        log.add({"what": "opened", "udi": udi, "instance": instance, "detail": "Unregistered"})
        if not any(udi in problem for problem in log.problems):
            problems.append(f"planted: a store that {name} a registration was not named")
    return problems


def main():
    bin_folder, catalog = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(1, 2**31)
    print(f"seed {seed}")
    folder = Folder("agents-killed")
    began = time.monotonic()
    run = Run(bin_folder, catalog, folder.path, seed)
    problems = []
    for test in (test_PRO_3_STO_2_REG_11_nothing_saved_is_lost_and_nothing_doubled_by_two_hundred_kills,
                 test_the_checker_names_every_planted_damage, test_the_checker_names_what_a_store_forgot_or_made_up):
        found = test(run)
        print(f"{test.__name__}: {'passed' if not found else 'FAILED'}, {time.monotonic() - began:.1f} s since the start")
        problems += found
    return folder.finish(problems)


sys.exit(main())
