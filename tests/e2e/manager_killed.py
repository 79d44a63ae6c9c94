#!/usr/bin/python3
"""A manager that is killed twenty times under load: manager_killed.py BIN_FOLDER CATALOG [SEED].

1,000 agents register and authorize five times each, while the manager is killed by SIGKILL at moments that a seed spreads over
what has been acknowledged, and started again at once. Afterwards the fleet's log and the store tell whether anything that was
acknowledged is missing or there twice (DB-2, PRO-3, CMP-5); and whether they could have told."""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../support")
import store_checker  # noqa: E402
from programs import Manager, fleet_licenses  # noqa: E402

AGENTS = 1000
CHANGES = 4  # after the first authorization
KILLS = 20
OUTSTANDING = 192
LEAST_OUTSTANDING = 64  # at each kill
ACKNOWLEDGEMENTS = AGENTS * (2 + CHANGES)


class Run:
    """The fleet at work; its log is read while it is written, so that kills follow what it was told."""

    def __init__(self, bin_folder, catalog, folder, seed):
        self.folder = folder
        self.manager = Manager(bin_folder, folder, catalog=catalog, settings=["log.level=notice"]).start()
        options = ["--catalog", catalog, "--agents", str(AGENTS)]
        self.manager.furnish(fleet_licenses(bin_folder, *options))
        with open(folder + "/token", "w") as out:
            out.write(self.manager.token())
        self.log = store_checker.FleetLog()
        self.outstanding = {}  # agent: its line
        self.acknowledged = 0
        self.kills = []
        self.killed_at = 0  # in the time of the log
        self.served = True  # since the last kill
        os.mkfifo(folder + "/log")
        self.fleet = subprocess.Popen(
            [bin_folder + "/lictor-fleet", *options, "--manager", self.manager.url, "--token-file", folder + "/token", "--tls-roots",
             self.manager.tls_root, "--licensing-anchors", self.manager.licensing_root, "--authorizations", str(CHANGES), "--outstanding",
             str(OUTSTANDING), "--connections", str(OUTSTANDING), "--coalesce-ms", "0", "--retry-ms", "150", "--seed", str(seed),
             "--log", folder + "/log", "--json", folder + "/report.json", "--time-limit", "240"], stdout=subprocess.PIPE, text=True)

    def moments(self, chance):
        """Counts of acknowledgements, one in each of as many equal parts of the whole run."""
        part = (ACKNOWLEDGEMENTS - 2 * OUTSTANDING) // KILLS
        return [number * part + chance.randrange(1, part) for number in range(KILLS)]

    def follow(self, moments):
        """Reads the log to its end. At each moment the manager is stopped where it stands (SIGSTOP) and killed as soon as the log,
        which is read a little behind the fleet, shows that every member at work waits for an answer that will not come."""
        moments = list(moments)
        stopped = False
        with open(self.folder + "/log") as lines, open(self.folder + "/kept.log", "w") as kept:
            for text in lines:
                kept.write(text)
                line = json.loads(text)
                self.log.add(line)
                self.note(line)
                if moments and not stopped and self.served and self.acknowledged >= moments[0]:
                    moments.pop(0)
                    self.manager.process.send_signal(signal.SIGSTOP)
                    stopped = True
                if stopped and len(self.outstanding) == OUTSTANDING:
                    self.kill()
                    stopped = False

    def note(self, line):
        agent, what = line["agent"], line["what"]
        if what == "sent":
            self.outstanding[agent] = line
        elif what in ("answered", "lost"):
            sent = self.outstanding.pop(agent)
            # An answer to what was sent after the kill: the manager is back.
            self.served = self.served or (what == "answered" and sent["at"] > self.killed_at)
            if what == "lost" and self.kills and sent["at"] <= self.killed_at:
                self.kills[-1]["lost"] += 1
        elif what == "acknowledged":
            self.acknowledged += 1

    def kill(self):
        self.manager.stop(kill=True)
        self.killed_at = time.time() * 1000
        self.served = False
        self.kills.append({"acknowledged": self.acknowledged, "outstanding": len(self.outstanding), "lost": 0})
        self.manager.spawn()  # nobody waits for it: the fleet tries again

    def end(self):
        output = self.fleet.communicate()[0]
        self.manager.stop(kill=True)  # once more: what is in the log of the database must do
        return self.fleet.returncode, output


def test_DB_2_PRO_3_CMP_5_acknowledged_effects_outlive_twenty_kills(run, chance):
    moments = run.moments(chance)
    run.follow(moments)
    status, output = run.end()
    print(output.rstrip())
    for kill in run.kills:
        print("  killed after {acknowledged} acknowledgements with {outstanding} requests outstanding, {lost} of them lost".format(**kill))
    problems = store_checker.check(run.manager.store, run.log)
    if status != 0:
        problems.append(f"lictor-fleet ended with status {status}")
    if len(run.kills) != KILLS:
        problems.append(f"{len(run.kills)} kills, {KILLS} are wanted")
    # All of them were outstanding: the manager had stopped. Most are told as lost; what went over a connection that had been used
    # before may be sent again by the HTTP client itself, and reach the next manager.
    for kill in run.kills:
        if kill["outstanding"] < LEAST_OUTSTANDING:
            problems.append(f"only {kill['outstanding']} requests were outstanding at a kill")
    if sum(kill["lost"] for kill in run.kills) < LEAST_OUTSTANDING:
        problems.append("the kills cost hardly an answer: they hit nothing")
    registered = sum(len(member.acknowledged["register"]) for member in run.log.members.values())
    authorized = sum(len(member.acknowledged["authorize"]) for member in run.log.members.values())
    print(f"{registered} registrations and {authorized} authorizations acknowledged")
    if registered != AGENTS or authorized < AGENTS * (1 + CHANGES):
        problems.append(f"{registered} registrations and {authorized} authorizations were acknowledged; {AGENTS} and "
                        f"{AGENTS * (1 + CHANGES)} are wanted")
    return problems


def test_the_checker_names_every_planted_damage(run, _):
    return store_checker.check_checker(run.manager.store, run.log, run.folder)


def main():
    bin_folder, catalog = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(1, 2**31)
    print(f"seed {seed}")
    folder = tempfile.mkdtemp(prefix="lictor-manager-killed-")
    began = time.monotonic()
    problems = []
    run = Run(bin_folder, catalog, folder, seed)
    try:
        for test in (test_DB_2_PRO_3_CMP_5_acknowledged_effects_outlive_twenty_kills, test_the_checker_names_every_planted_damage):
            found = test(run, random.Random(seed))
            print(f"{test.__name__}: {'passed' if not found else 'FAILED'}, {time.monotonic() - began:.1f} s since the start")
            problems += found
    finally:
        for process in (run.fleet, run.manager.process):
            if process.poll() is None:
                process.kill()
                process.wait()
    print("\n".join(problems[:40]))
    if problems:
        print(f"{len(problems)} problems; everything is in {folder}")
    else:
        shutil.rmtree(folder)
    return 1 if problems else 0


sys.exit(main())
