#!/usr/bin/python3
"""symbols.py AGENT_H LIBLICTOR_AGENT_SO LIBLICTOR_AGENT_A: both libraries show the functions that the header declares, each once, and
nothing else, of whatever binding. What else a library shows could be taken for the product's own, or keep it from being unloaded.
Prints one line per problem; exit status 1 when there is one."""
import re
import subprocess
import sys

VERSION = "LICTOR_AGENT_1"  # the name of the version itself stands among the shared library's symbols


def declared_in(header):
    text = re.sub(r"/\*.*?\*/", "", open(header).read(), flags=re.DOTALL)
    return set(re.findall(r"LICTOR_API [^;(]*?\b(lictor_\w+)\(", text))


def shown_by(library, *options):
    told = subprocess.run(["nm", *options, "--extern-only", "--defined-only", "--format=posix", library], capture_output=True,
                          text=True, check=True).stdout
    return [line.split()[0].split("@")[0] for line in told.splitlines() if len(line.split()) > 2]


def problems_of(header, shared, static):
    declared = declared_in(header)
    problems = [] if len(declared) > 40 else [f"{header} declares {len(declared)} functions"]
    for library, shown in ((shared, shown_by(shared, "--dynamic")), (static, shown_by(static))):
        shown = [name for name in shown if name != VERSION]
        if set(shown) != declared:
            problems.append(f"{library}: shown and declared differ in {sorted(set(shown) ^ declared)[:20]}")
        if len(shown) != len(set(shown)):
            problems.append(f"{library} shows a name twice")
    return problems


def main():
    problems = problems_of(*sys.argv[1:4])
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
