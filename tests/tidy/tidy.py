#!/usr/bin/python3
"""Holds the tree to its own rules.

tidy.py includes SOURCE_DIR           every include respects tests/tidy/arrows.yaml
tidy.py symbols SOURCE_DIR BUILD_DIR  pure rooms need no clock, socket, file, thread, environment or chance
tidy.py cmake SOURCE_DIR              src/CMakeLists.txt links no room that the table does not allow
tidy.py planted SOURCE_DIR BUILD_DIR  a copy with planted violations is refused, for each rule above
tidy.py words SOURCE_DIR              no machine path, session word or foreign vendor's address in what is committed
tidy.py names SOURCE_DIR              every requirement id of tests/tidy/required_ids.txt stands in the name of a test
tidy.py architecture SOURCE_DIR       docs/ARCHITECTURE.md has the table's rooms and its "where is X decided" lines hold

Prints one line per violation; exit status 1 when there is one.
"""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

SOURCES = (".cpp", ".hpp", ".h")


def table(source):
    return yaml.safe_load((source / "tests/tidy/arrows.yaml").read_text())


def room_of(rooms, path):
    """The room that a path below src/ belongs to: the longest folder that it starts with."""
    best = None
    for name, room in rooms.items():
        if path.startswith(room["folder"] + "/") and (best is None or len(room["folder"]) > len(rooms[best]["folder"])):
            best = name
    return best


def group_of(groups, header):
    for group, prefixes in groups.items():
        if any(header.startswith(prefix) for prefix in prefixes):
            return group
    return None


def includes(source):
    data = table(source)
    rooms, groups = data["rooms"], data["groups"]
    problems, users = [], {}
    files = sorted(p for p in (source / "src").rglob("*") if p.suffix in SOURCES)
    for path in files:
        relative = path.relative_to(source / "src").as_posix()
        room = room_of(rooms, relative)
        if room is None:
            problems.append(f"src/{relative}: belongs to no room of tests/tidy/arrows.yaml")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
            if not found:
                continue
            at = f"src/{relative}:{number}"
            kind, header = found.groups()
            if kind == '"':
                if header.startswith("lictor/"):
                    continue
                target = room_of(rooms, header)
                if not (source / "src" / header).exists():
                    problems.append(f"{at}: \"{header}\" is no header of the project, written from src/")
                elif target != room and target not in rooms[room]["uses"]:
                    problems.append(f"{at}: room {room} may not include room {target} ({header})")
                continue
            group = group_of(groups, header)
            if group is None:
                if "/" in header or "." in header:
                    if header not in ("assert.h", "stdint.h", "stddef.h", "string.h", "stdlib.h", "stdio.h"):
                        problems.append(f"{at}: <{header}> is in no group of tests/tidy/arrows.yaml")
                continue
            allowed = rooms[room].get("third", {}).get(group)
            if allowed is None:
                problems.append(f"{at}: room {room} may not include {group} (<{header}>)")
            elif isinstance(allowed, str) and allowed.startswith("only "):
                if not relative.startswith(rooms[room]["folder"] + "/" + allowed[5:]):
                    problems.append(f"{at}: {group} stays inside {rooms[room]['folder']}/{allowed[5:]}")
            elif isinstance(allowed, int):
                users.setdefault((room, group, allowed), set()).add(relative)
    for (room, group, limit), paths in sorted(users.items()):
        if len(paths) > limit:
            problems.append(f"room {room}: {group} in {len(paths)} files ({', '.join(sorted(paths))}), {limit} allowed")
    return problems


def symbols(source, build):
    data = table(source)
    deny = [re.compile(pattern) for pattern in data["deny"]]
    problems = []
    for name, room in data["rooms"].items():
        archive = build / "src" / f"liblictor_{name}.a"
        if not room.get("pure") or not archive.exists():
            continue
        adapters = {p.name + ".o" for p in (source / "src" / room["folder"]).glob("openssl/*.cpp")}
        listing = subprocess.run(["nm", "-uC", archive], capture_output=True, text=True, check=True).stdout
        member = ""
        for line in listing.splitlines():
            if line.endswith(".o:"):
                member = line[:-1]
                continue
            symbol = line.strip()[2:] if line.strip().startswith("U ") else line.strip()
            if member and member not in adapters and any(pattern.search(symbol) for pattern in deny):
                problems.append(f"pure room {name}: {member} needs {symbol}")
    return problems


def cmake(source):
    rooms = table(source)["rooms"]
    text = (source / "src/CMakeLists.txt").read_text()
    problems = []
    for call in re.findall(r"lictor_room\(([^)]*)\)", text):
        words = call.split()
        name, folder = words[0], words[1]
        if name not in rooms:
            problems.append(f"src/CMakeLists.txt: room {name} is not in tests/tidy/arrows.yaml")
            continue
        if rooms[name]["folder"] != folder:
            problems.append(f"src/CMakeLists.txt: room {name} lives in {rooms[name]['folder']}, not {folder}")
        section = ""
        for word in words[2:]:
            if word in ("DEPS", "LIBS"):
                section = word
            elif section == "DEPS" and word not in rooms[name]["uses"]:
                problems.append(f"src/CMakeLists.txt: room {name} may not link room {word}")
    return problems


def words(source):
    """What is committed speaks of the project alone."""
    bad = [re.compile(p, re.I) for p in (r"/work/(main|shared|\.library)", r"\btools\.cisco\.com\b.*https?://", r"\bfarm-studio\b",
                                         r"BEGIN (RSA |EC )?PRIVATE KEY")]
    problems = []
    listed = subprocess.run(["git", "ls-files"], cwd=source, capture_output=True, text=True).stdout.split()
    for name in listed:
        path = source / name
        if path.suffix in (".png", ".ico") or not path.is_file() or name == "tests/tidy/tidy.py":
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            for pattern in bad:
                if pattern.search(line):
                    problems.append(f"{name}:{number}: {pattern.pattern}")
    return problems


def names(source):
    """Requirement ids without a test that names them."""
    wanted = [line.split("#")[0].strip() for line in (source / "tests/tidy/required_ids.txt").read_text().splitlines()]
    text = []
    for path in sorted((source / "tests").rglob("*")):
        if path.suffix == ".cpp":
            text += re.findall(r"TEST(?:_[FP])?\(\s*\w+\s*,\s*(\w+)\s*\)", path.read_text())
            text += re.findall(r'"((?:[A-Z]{2,4}_\d+[a-z]?_?)+\w*)"', path.read_text())
            text += re.findall(r"RC_GTEST_PROP\(\s*\w+\s*,\s*(\w+)", path.read_text())
        elif path.suffix == ".py":
            text += re.findall(r"def (test_\w+)", path.read_text())
    everything = "\n".join(text)
    problems = []
    for wanted_id in filter(None, wanted):
        if not re.search(r"(?:^|_|\n)" + wanted_id.replace("-", "_") + r"(?![0-9a-z])", everything, re.M):
            problems.append(f"no test names {wanted_id}")
    return problems


def architecture(source):
    text = (source / "docs/ARCHITECTURE.md").read_text()
    problems = []
    for name, room in table(source)["rooms"].items():
        if f"`{room['folder']}`" not in text:
            problems.append(f"docs/ARCHITECTURE.md: room `{room['folder']}` is missing")
    for folder in re.findall(r"^\| `([a-z_]+(?:/[a-z_]+)*)` \|", text, re.M):
        if folder not in [room["folder"] for room in table(source)["rooms"].values()]:
            problems.append(f"docs/ARCHITECTURE.md: `{folder}` is no room of the table")
    decided = re.findall(r"\| [^|]+ \| `([\w/.]+)` \| `(\w+)` \|", text)
    if len(decided) < 10:
        problems.append(f"docs/ARCHITECTURE.md: {len(decided)} lines say where something is decided; at least 10 are wanted")
    for file, function in decided:
        path = source / file
        if not path.exists():
            problems.append(f"docs/ARCHITECTURE.md: {file} does not exist")
        elif not re.search(r"\b" + function + r"\b", path.read_text()):
            problems.append(f"docs/ARCHITECTURE.md: {file} has no {function}")
    return problems


def planted(source, build):
    """Each rule must refuse its planted violation."""
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in ("src", "tests/tidy"):
            shutil.copytree(source / part, copy / part)

        def expect(rule, path, text, word):
            target = copy / path
            before = target.read_text() if target.exists() else None
            target.write_text((before or "") + text)
            if not any(word in problem for problem in rule(copy)):
                problems.append(f"planted in {path}: {text.strip()!r} was not refused")
            if before is None:
                target.unlink()
            else:
                target.write_text(before)

        expect(includes, "src/licensing/domain/planted.cpp", '#include "server/storage/store.hpp"\n', "domain may not include room storage")
        expect(includes, "src/licensing/protocol/planted.cpp", "#include <openssl/evp.h>\n", "may not include openssl")
        expect(includes, "src/licensing/pki/planted.cpp", "#include <openssl/evp.h>\n", "openssl stays inside")
        expect(includes, "src/foundation/json/planted.cpp", "#include <boost/json/src.hpp>\n", "boost-json in 2 files")
        expect(includes, "src/planted.cpp", "\n", "belongs to no room")
        expect(cmake, "src/CMakeLists.txt", "lictor_room(domain licensing/domain DEPS base storage)\n", "may not link room storage")
        # Object code: a pure room whose archive holds a clock read.
        (copy / "build/src").mkdir(parents=True)
        code = copy / "planted.cpp"
        code.write_text("#include <ctime>\nlong planted() { return time(nullptr); }\n")
        subprocess.run(["g++", "-c", code, "-o", copy / "planted.cpp.o"], check=True)
        subprocess.run(["ar", "rc", copy / "build/src/liblictor_domain.a", copy / "planted.cpp.o"], check=True)
        if not symbols(copy, copy / "build"):
            problems.append("planted clock read in a pure room was not refused")
    return problems


def main():
    rules = {"includes": includes, "symbols": symbols, "cmake": cmake, "planted": planted, "words": words, "names": names,
             "architecture": architecture}
    if len(sys.argv) < 3 or sys.argv[1] not in rules:
        print(__doc__, file=sys.stderr)
        return 2
    problems = rules[sys.argv[1]](*[Path(a).resolve() for a in sys.argv[2:]])
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
