#!/usr/bin/python3
"""A story as a reader sees it: demo.py BIN_FOLDER STORY [--beside FILE] [WORDS...]. It ends with 0 in at most 60 lines, shows
WORDS (else the guide's log lines) in their order, and leaves nothing behind. --beside: the `show license summary` that it
prints stands side by side with the guide's in FILE and is the same but for dates and the account's name."""
import argparse
import glob
import itertools
import re
import subprocess
import sys
from pathlib import Path

LOG = ["CRYPTO_ENGINE-5-KEY_ADDITION", "PKI-4-NOCONFIGAUTOSAVE", "CALL_HOME-6-SCH_REGISTRATION_IN_PROGRESS",
       "SMART_LIC-6-EXPORT_CONTROLLED", "SMART_LIC-6-AGENT_REG_SUCCESS", "SMART_LIC-4-CONFIG_NOT_SAVED",
       "SMART_LIC-5-IN_COMPLIANCE", "SMART_LIC-6-AUTH_RENEW_SUCCESS"]


def masked(line):
    line = re.sub(r"[A-Z][a-z]{2} [ \d]\d? ?\d\d:\d\d:\d\d \d{4} UTC", "DATE", line.rstrip())
    return re.sub(r"(Smart Account: ).*", r"\1NAME", line)


def summary_beside(lines, guide):
    """What differs between the summary among the story's lines and the guide's."""
    start = next((i for i, line in enumerate(lines) if line.endswith("#show license summary")), len(lines))
    ours = [line[2:] for line in itertools.takewhile(lambda line: line.startswith("  "), lines[start + 1:])]
    problems = []
    print(f"  {'guide':79} real registration")
    for wanted, seen in itertools.zip_longest(guide, ours, fillvalue="(no line)"):
        same = masked(wanted) == masked(seen)
        print(f"{'  ' if same else '! '}{wanted:79} {seen}")
        if not same:
            problems.append(f"the summary says \"{seen}\" where the guide says \"{wanted}\"")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs")
    parser.add_argument("story")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--beside", type=Path)
    asked = parser.parse_args()
    before = set(glob.glob("/tmp/lictor-lab*"))
    done = subprocess.run([asked.programs + "/lictor-lab", "play", asked.story, "--once"], capture_output=True, text=True)
    problems = []
    if done.returncode != 0:
        problems.append(f"exit status {done.returncode}: {done.stderr}")
    lines = done.stdout.splitlines()
    if len(lines) > 60:
        problems.append(f"{len(lines)} lines; at most 60 are wanted")
    if "\033" in done.stdout:
        problems.append("colour, though this is no terminal")
    at = -1
    for words in asked.words or ["%" + mnemonic for mnemonic in LOG]:
        found = next((i for i, line in enumerate(lines) if i > at and words in line), None)
        if found is None:
            problems.append(f"\"{words}\" is missing, or out of its order")
            break
        at = found
    if asked.beside:
        problems += summary_beside(lines, asked.beside.read_text().splitlines())
    left = set(glob.glob("/tmp/lictor-lab*")) - before
    if left:
        problems.append(f"left behind: {left}")
    if problems:
        print("\n".join(problems), done.stdout, sep="\n")
    return 1 if problems else 0


sys.exit(main())
