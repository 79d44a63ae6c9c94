#!/usr/bin/python3
"""The manager as its operator types it: manager_command_line.py BIN_FOLDER. What --help, --version, --settings, --check and
--config say and return; a first start with its one-time password; health and metrics; SIGTERM."""
import os
import re
import signal
import ssl
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../support")
from programs import CATALOG, PATIENCE, Folder, Manager, launch, until  # noqa: E402

problems = []


def expect(what, good, told=""):
    if not good:
        problems.append(f"{what}: {told!r}")


def run(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


def words(program, folder):
    """What needs no manager that runs."""
    status, out, _ = run(program, "--help")
    expect("--help teaches", status == 0 and "--config" in out and "Examples:" in out and "one-time administrator" in out, out)
    status, out, _ = run(program, "--version")
    expect("--version", status == 0 and re.fullmatch(r"lictor-manager \d+\.\d+\.\d+\n", out), out)
    status, out, _ = run(program, "--settings")
    expect("--settings lists all", status == 0 and "`listen.port`" in out and "`data_folder`" in out, out)

    config = folder + "/manager.yaml"

    def check(text, *more):
        with open(config, "w") as file:
            file.write(text)
        return run(program, "--config", config, *more, "--check")

    status, out, _ = check(f"data_folder: {folder}/none\ncatalogs: [{CATALOG}]\n")
    expect("a good configuration", status == 0 and "is good" in out, out)
    expect("--check makes nothing", not os.path.exists(folder + "/none"))
    bad = [("listen:\n  prot: 1\n", (), "manager.yaml:2:", "prot"), ("listen:\n  port: 70000\n", (), "manager.yaml:2:", "70000"),
           ("listen: {port: 1\n", (), "manager.yaml:", ""), ("catalogs: [/no/such.yaml]\n", (), "/no/such.yaml", ""),
           ("", ("--set", "listen.prot=1"), "listen.prot", ""), ("", ("--set", "listen.port"), "NAME=VALUE", "")]
    for text, more, place, what in bad:
        status, out, error = check(text, *more)
        expect(f"{text!r} {more}", status == 1 and place in error and what in error, error)
    status, _, error = run(program, "--config", folder + "/absent.yaml")
    expect("a configuration that is not there", status == 1 and "absent.yaml" in error, error)
    status, _, error = run(program, "--chekc")
    expect("an option that is none", status != 0 and "--chekc" in error, error)


def first_start(programs, folder):
    """By a configuration file; its password is for one time, and stands in no log."""
    manager = Manager(programs, folder + "/first")
    config = folder + "/first.yaml"
    with open(config, "w") as file:
        file.write(f"data_folder: {manager.data}\nlisten: {{port: 0}}\ncrl: {{port: 0}}\ncatalogs: [{CATALOG}]\n"
                   f"log: {{file: {manager.log}, form: json}}\n")
    process = launch([programs + "/lictor-manager", "--config", config], stdout=subprocess.PIPE, text=True)
    line = until(lambda: [line for line in manager.lines() if line.get("id") == "MANAGER_LISTENING"], "the manager to listen")[0]
    manager.port = int(line["url"].rsplit(":", 1)[1])
    told = process.stdout.readline() + process.stdout.readline()
    password = re.search(r"One-time password: +(\S+)", told)
    expect("the first start prints a password", password, told)
    expect("it is in no log", password and password.group(1) not in open(manager.log).read())
    body = {"name": "admin", "password": password.group(1) if password else ""}
    answer = manager.good("POST", "/api/v1/login", body)
    expect("it must be changed", answer.get("must_change_password") is True, answer)
    context = ssl.create_default_context(cafile=manager.tls_root)
    for path, part in (("/healthz", "ok"), ("/readyz", "ok"), ("/metrics", "lictor_store_commits_total"), ("/api/openapi.json", '"3.1')):
        text = urllib.request.urlopen(manager.url + path, context=context, timeout=PATIENCE).read().decode()
        expect(path, part in text, text[:200])
    process.send_signal(signal.SIGTERM)
    expect("SIGTERM ends it in order", process.wait(timeout=PATIENCE) == 0)
    expect("and it says so", "MANAGER_STOPPING" in manager.messages(), manager.messages())
    process.stdout.close()


def main():
    folder = Folder("manager-command-line")
    words(sys.argv[1] + "/lictor-manager", folder.path)
    first_start(sys.argv[1], folder.path)
    return folder.finish(problems)


sys.exit(main())
