#!/usr/bin/python3
"""A story as a reader sees it: demo.py BIN_FOLDER STORY [WORDS...]. It ends with 0 in at most 60 lines, shows WORDS (else the
guide's log lines) in their order, and leaves nothing behind."""
import glob
import subprocess
import sys

LOG = ["CRYPTO_ENGINE-5-KEY_ADDITION", "PKI-4-NOCONFIGAUTOSAVE", "CALL_HOME-6-SCH_REGISTRATION_IN_PROGRESS",
       "SMART_LIC-6-EXPORT_CONTROLLED", "SMART_LIC-6-AGENT_REG_SUCCESS", "SMART_LIC-4-CONFIG_NOT_SAVED",
       "SMART_LIC-5-IN_COMPLIANCE", "SMART_LIC-6-AUTH_RENEW_SUCCESS"]


def main():
    before = set(glob.glob("/tmp/lictor-lab*"))
    done = subprocess.run([sys.argv[1] + "/lictor-lab", "play", sys.argv[2], "--once"], capture_output=True, text=True)
    problems = []
    if done.returncode != 0:
        problems.append(f"exit status {done.returncode}: {done.stderr}")
    lines = done.stdout.splitlines()
    if len(lines) > 60:
        problems.append(f"{len(lines)} lines; at most 60 are wanted")
    if "\033" in done.stdout:
        problems.append("colour, though this is no terminal")
    at = -1
    for words in sys.argv[3:] or ["%" + mnemonic for mnemonic in LOG]:
        found = next((i for i, line in enumerate(lines) if i > at and words in line), None)
        if found is None:
            problems.append(f"\"{words}\" is missing, or out of its order")
            break
        at = found
    left = set(glob.glob("/tmp/lictor-lab*")) - before
    if left:
        problems.append(f"left behind: {left}")
    if problems:
        print("\n".join(problems), done.stdout, sep="\n")
    return 1 if problems else 0


sys.exit(main())
