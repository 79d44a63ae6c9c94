#!/usr/bin/python3
"""The demo's second half, as a reader uses it: stays_up.py BIN_FOLDER STORY. After the story three commands are printed;
each of them works while everything is up; Ctrl-C ends it, and nothing is left."""
import glob
import os
import shlex
import signal
import subprocess
import sys


def main():
    before = set(glob.glob("/tmp/lictor-lab*"))
    player = subprocess.Popen([sys.argv[1] + "/lictor-lab", "play", sys.argv[2]], stdout=subprocess.PIPE, text=True)
    commands, said = [], []
    for line in player.stdout:  # ends when the player does, so a failing story ends this too
        said.append(line)
        words = shlex.split(line) if "Try:" in "".join(said) else []
        if words and "Try:" not in line:
            commands.append(words)
        if len(commands) == 3:
            break
    problems = []
    if len(commands) != 3:
        problems.append("three commands were not printed:\n" + "".join(said))
    expected = ["show license summary", None, None]
    for words, extra in zip(commands, expected):
        command = words + (["-c", extra] if extra else [])
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if done.returncode != 0 or not done.stdout.strip():
            problems.append(f"{shlex.join(command)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    player.send_signal(signal.SIGINT)
    status = player.wait(timeout=60)
    if status != 0:
        problems.append(f"Ctrl-C: exit status {status}")
    left = set(glob.glob("/tmp/lictor-lab*")) - before
    if left:
        problems.append(f"left behind: {left}")
    print("\n".join(problems))
    return 1 if problems else 0


os.environ.pop("LICTOR_CONTEXTS", None)
sys.exit(main())
