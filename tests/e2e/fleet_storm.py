#!/usr/bin/python3
"""Two thousand devices that come back at the same instant: fleet_storm.py BIN_FOLDER CATALOG [SEED].

The manager's limits are set so low that it must refuse most of them (PRO-6). Each comes back by its own back-off (AUTH-8), with the
Retry-After that it was told; while no request is on its way, the devices' time moves on at once. In the end all are authorized,
nothing that was acknowledged is missing, and a fleet that passes its thresholds says so by its exit status."""
import json
import os
import re
import ssl
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../support")
import store_checker  # noqa: E402
from programs import Folder, Manager, end_process, fleet_licenses  # noqa: E402

AGENTS = 2000
CONNECTIONS = 800
OUTAGE = 100  # seconds of the devices' time
# Devices run ahead of the manager by what they skip (CLK-2).
LIMITS = ["admission.queue=8", "admission.latest=60ms", "admission.returning=400", "device.clock_tolerance=24h"]


def refused_by_the_manager(manager):
    """How many device messages it answered with 503, as its metrics say."""
    context = ssl.create_default_context(cafile=manager.tls_root)
    text = urllib.request.urlopen(manager.url + "/metrics", context=context).read().decode()
    counts = re.findall(r'lictor_http_requests_total\{[^}]*route="device-message"[^}]*\} (\S+)', text)
    lines = [line for line in text.splitlines() if line.startswith("lictor_http_requests_total") and 'status="503"' in line
             and 'route="device-message"' in line]
    return int(sum(float(line.rsplit(" ", 1)[1]) for line in lines)), len(counts)


def peak_memory_kb(process):
    return int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{process.pid}/status").read()).group(1))


def main():
    bin_folder, catalog = sys.argv[1:3]
    seed = sys.argv[3] if len(sys.argv) > 3 else "5"
    folder = Folder("fleet-storm")
    problems = []
    manager = Manager(bin_folder, folder.path, catalog=catalog, settings=["log.level=notice", *LIMITS]).start()
    manager.furnish(fleet_licenses(bin_folder, "--catalog", catalog, "--agents", str(2 * AGENTS)))
    with open(folder.path + "/token", "w") as out:
        out.write(manager.token())
    options = ["--catalog", catalog, "--manager", manager.url, "--token-file", folder.path + "/token", "--tls-roots", manager.tls_root, "--licensing-anchors",
                manager.licensing_root, "--coalesce-ms", "0", "--seed", seed]
    storm = subprocess.run([bin_folder + "/lictor-fleet", "storm", *options, "--agents", str(AGENTS), "--outage", str(OUTAGE), "--skip-idle", "--outstanding", "48",
                            "--connections", str(CONNECTIONS), "--retry-ms", "300", "--time-limit", "36000", "--log",
                            folder.path + "/log", "--json", folder.path + "/report.json", "--csv", folder.path + "/report.csv"],
                           stdout=subprocess.PIPE, text=True)
    print(storm.stdout.rstrip())
    report = json.load(open(folder.path + "/report.json"))
    counts, errors = report["statistics"]["storm"], report["statistics"]["errors"]
    refused, kinds = refused_by_the_manager(manager)
    print(f"the manager refused {refused} messages; its peak memory is {peak_memory_kb(manager.process)} KB")

    def expect(what, good):
        if not good:
            problems.append(what)
    expect(f"lictor-fleet storm ended with status {storm.returncode}", storm.returncode == 0)
    expect(f"{counts['back']['count']} devices came back", counts["back"]["count"] == AGENTS)
    expect("nobody had to try again: the storm was none", counts["most_retries"] >= 1 and errors.get("BUSY", 0) >= AGENTS // 20)
    expect(f"{counts['early']} attempts before their time", counts["early"] == 0)
    expect(f"{counts['beyond']} devices beyond their bound", counts["beyond"] == 0)
    expect(f"the fleet was refused {errors.get('BUSY', 0)} times, the manager refused {refused}, by {kinds} counters",
           kinds > 0 and refused == errors.get("BUSY", 0))
    rows = open(folder.path + "/report.csv").read().splitlines()
    expect("the CSV does not tell of the storm", any(row.startswith(f"storm,back,{AGENTS},") for row in rows))

    # The same devices are known already; a threshold that nothing can keep is an exit status, not a crash.
    passed = subprocess.run([bin_folder + "/lictor-fleet", "churn", *options, "--agents", "4", "--serial-prefix", "CHN", "--rounds", "3",
                             "--max-errors", "0", "--max-p99-ms", "60000"], stdout=subprocess.PIPE, text=True)
    expect(f"a churn within its thresholds ended with status {passed.returncode}: {passed.stdout}", passed.returncode == 0)
    over = subprocess.run([bin_folder + "/lictor-fleet", "steady", *options, "--agents", "4", "--serial-prefix", "STD", "--rounds", "5",
                           "--rate", "200", "--max-p99-ms", "1"], stdout=subprocess.PIPE, text=True)
    expect(f"a fleet over its threshold ended with status {over.returncode}: {over.stdout}",
           over.returncode == 1 and "99th percentile" in over.stdout and "4 of 4 as wanted" in over.stdout)
    end_process(manager.process)
    log = store_checker.FleetLog.read(folder.path + "/log")
    # The last two fleets kept no log: of their effects only what holds in itself is looked at.
    ours = "PID:[^,]*,SN:(CHN|STD)"
    problems += [problem for problem in store_checker.check(manager.store, log)
                 if not re.search(ours, problem) and not problem.startswith("tokens:")]
    return folder.finish(problems)


sys.exit(main())
