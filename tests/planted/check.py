#!/usr/bin/python3
"""Holds the planted bugs to the tree: check.py SOURCE_DIR. Every patch applies, alone and all together, where it was meant to and
nowhere else; numbers, patches and the table of README.md agree; no bug is in the tree itself. Prints one line per problem; exit
status 1 when there is one. A patch that was spoilt on purpose must be refused, or this test would hold nothing."""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BUGS = 20


def patches(source):
    return sorted((source / "tests/planted").glob("*.patch"))


def hunks(patch):
    """(file, lines before, lines after) of each hunk."""
    found, path = [], None
    for line in patch.read_text().splitlines():
        if line.startswith("+++ b/"):
            path = line[len("+++ b/"):].strip()
        elif line.startswith("@@"):
            found.append((path, [], []))
        elif found and not line.startswith("---"):
            if line[:1] in (" ", "-", ""):
                found[-1][1].append(line[1:])
            if line[:1] in (" ", "+", ""):
                found[-1][2].append(line[1:])
    return found


def apply(folder, patch, *options):
    done = subprocess.run(["patch", "-p1", "--fuzz=0", "--force", "--no-backup-if-mismatch", *options, "-i", patch], cwd=folder,
                          capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip().replace("\n", " / ")


def applies(source, listed):
    problems = []
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary)
        for patch in listed:
            for name, before, _ in hunks(patch):
                text = (source / name).read_text() if (source / name).is_file() else ""
                times = text.count("\n".join(before) + "\n")
                if times != 1:
                    problems.append(f"{patch.name}: its lines stand {times} times in {name}, not once")
                if text:
                    (copy / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(source / name, copy / name)
        for patch in listed:
            problem = apply(copy, patch, "--dry-run")
            if problem:
                problems.append(f"{patch.name}: does not apply: {problem}")
        for patch in listed if not problems else []:
            problem = apply(copy, patch)
            if problem:
                problems.append(f"{patch.name}: does not apply after those before it: {problem}")
    return problems


def table(source):
    """{name of the patch: (room, requirement ids)}"""
    rows = {}
    for line in (source / "tests/planted/README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(r"\d\d", cells[0]):
            rows[f"{cells[0]}-{cells[1]}"] = cells[2:]
    return rows


def agrees(source, listed):
    problems = []
    rows = table(source)
    names = [patch.stem for patch in listed]
    for name in sorted(set(rows) ^ set(names)):
        problems.append(f"{name}: stands in {'README.md' if name in rows else 'a patch'} alone")
    if [name[:2] for name in names] != [f"{number:02}" for number in range(1, BUGS + 1)]:
        problems.append(f"the patches are not numbered 01 to {BUGS}")
    for patch in listed:
        asked = {int(number) for number in re.findall(r"\bplanted\((\d+)\)", patch.read_text())}
        if asked != {int(patch.stem[:2])}:
            problems.append(f"{patch.name}: asks for {sorted(asked)}, not for its own number")
        room, wrong, breaks, seen = rows.get(patch.stem, ("", "x", "REG-1", "x"))
        for name, _, _ in hunks(patch):
            if room and not name.startswith(f"src/{room}/"):
                problems.append(f"{patch.name}: touches {name}, which is not in {room}")
        if not wrong or not seen or not re.fullmatch(r"[A-Z]+-\d+", breaks):
            problems.append(f"{patch.stem}: README.md says not all of what is wrong, which requirement breaks, what a user sees")
    for path in (source / "src").rglob("*.?pp"):
        if re.search(r"\bplanted\(", path.read_text()):
            problems.append(f"{path.relative_to(source)}: a planted bug is in the tree itself")
    return problems


def refuses(source, listed):
    """The same checks of a copy in which one patch no longer fits, one row is missing and one number is wrong."""
    problems = []
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary)
        shutil.copytree(source / "tests/planted", copy / "tests/planted")
        for patch in listed:
            for name, _, _ in hunks(patch):
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source / name, copy / name)
        name, before, _ = hunks(listed[0])[0]
        changed = copy / name
        changed.write_text(changed.read_text().replace("\n".join(before), "\n".join(before) + " "))
        if not any(listed[0].name in problem for problem in applies(copy, patches(copy))):
            problems.append("a patch that does not fit was not refused")
        readme = copy / "tests/planted/README.md"
        readme.write_text("\n".join(line for line in readme.read_text().splitlines() if not line.startswith("| 02 |")))
        third = patches(copy)[2]
        third.write_text(third.read_text().replace("planted(3)", "planted(4)"))
        found = agrees(copy, patches(copy))
        for expected in (listed[1].stem, listed[2].name):
            if not any(expected in problem for problem in found):
                problems.append(f"a change that makes {expected} disagree was not refused")
    return problems


def main(source):
    listed = patches(source)
    problems = applies(source, listed) + agrees(source, listed)
    problems = problems or refuses(source, listed)
    print("\n".join(problems) or f"{len(listed)} planted bugs fit the tree")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
