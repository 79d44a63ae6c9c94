#!/usr/bin/python3
"""liblictor-agent as a product gets it: agent_library.py BIN_FOLDER BUILD_FOLDER.

It is installed into a folder of the test's own, found there by pkg-config and by CMake, and the examples, built against it, live
with a real manager: registered by a real token, authorized, gone on after a restart. What it exports, its size and its manual page are
looked at, too."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../support")
from programs import Folder, Manager, PATIENCE, ROOT  # noqa: E402

sys.path.insert(0, ROOT + "/tests/agent_library")
import symbols  # noqa: E402

EXAMPLES = ROOT + "/examples/agent"
STRICT = ["-pedantic", "-Wall", "-Wextra", "-Werror"]
MOST_BYTES = 3 * 1024 * 1024  # stripped
MOST_RESIDENT = 64 * 1024  # bytes an agent
AGENTS = 1000
LICENCES = (("Acme Analysis", 100), ("Acme Channels", 100))


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


class Installation:
    def __init__(self, build, folder):
        self.prefix, self.folder = folder + "/prefix", folder
        run("cmake", "--install", build, "--component", "agent", "--prefix", self.prefix)
        self.shared = self.find("liblictor-agent.so")
        self.static = self.find("liblictor-agent.a")
        self.libraries = os.path.dirname(self.shared)
        self.environment = {**os.environ, "PKG_CONFIG_PATH": self.libraries + "/pkgconfig", "LD_LIBRARY_PATH": self.libraries}

    def find(self, name):
        found = [folder + "/" + name for folder, _, files in os.walk(self.prefix) if name in files]
        if len(found) != 1:
            raise RuntimeError(f"{name} was installed {len(found)} times")
        return found[0]

    def flags(self, *options):
        return run("pkg-config", *options, "lictor-agent", env=self.environment).split()


def looked_at(installed, problems):
    """What it exports, how large it is, whether its page reads."""
    declared = symbols.declared_in(installed.find("agent.h"))
    problems += symbols.problems_of(installed.find("agent.h"), installed.shared, installed.static)
    run("strip", "-o", installed.folder + "/stripped.so", installed.shared)
    size = os.path.getsize(installed.folder + "/stripped.so")
    print(f"stripped: {size} bytes; {len(declared)} functions")
    if size >= MOST_BYTES:
        problems.append(f"stripped it has {size} bytes, {MOST_BYTES} are allowed")
    page = installed.find("lictor-agent.3")
    told = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page], capture_output=True, text=True)
    if told.returncode != 0 or told.stderr:
        problems.append(f"groff complains of the manual page: {told.stderr}")
    text = run("groff", "-man", "-Tascii", "-rLL=200n", page)
    unknown = set(re.findall(r"\blictor_\w+", open(page).read())) - declared
    unknown = {name for name in unknown if not re.search(rf"\b{name};|enum {name}\b", open(installed.find("agent.h")).read())}
    if unknown or "RETURN VALUE" not in re.sub(r"\x1b\[[0-9;]*m|.\x08", "", text):
        problems.append(f"the manual page names what is not there: {sorted(unknown)}")


def build(installed):
    """Every example as its users would build it; name -> command before the arguments."""
    compile_flags, link = installed.flags("--cflags"), installed.flags("--libs")
    out = installed.folder
    run("gcc", "-std=c89", *STRICT, *compile_flags, EXAMPLES + "/poll_loop.c", "-o", out + "/poll_loop", *link)
    run("g++", "-std=c++11", *STRICT, *compile_flags, EXAMPLES + "/threaded.cpp", "-o", out + "/threaded", "-pthread", *link)
    run("g++", "-std=c++20", *STRICT, *compile_flags, EXAMPLES + "/own_ports.cpp", "-o", out + "/own_ports", *link)
    run("gcc", "-std=c89", *STRICT, *compile_flags, EXAMPLES + "/poll_loop.c", "-o", out + "/poll_loop_static", installed.static,
        *[flag for flag in installed.flags("--libs", "--static") if flag != "-llictor-agent"])
    for compiler in ("clang-16", "clang++-16"):  # the header in other words
        language = ["-x", "c", "-std=c89"] if compiler == "clang-16" else ["-x", "c++", "-std=c++11"]
        run(compiler, *language, *STRICT, "-Wno-strict-prototypes", *compile_flags, "-fsyntax-only", installed.find("agent.h"))
    run("cmake", "-S", EXAMPLES, "-B", out + "/cmake", "-DCMAKE_PREFIX_PATH=" + installed.prefix)
    run("cmake", "--build", out + "/cmake", "-j", "2")
    neighbours = ROOT + "/tests/agent_library/neighbours.c"
    postgres = run("pkg-config", "--cflags", "--libs", "libpq", "libcurl").split()
    run("gcc", "-std=c89", *STRICT[1:], *compile_flags, neighbours, "-o", out + "/neighbours", *link, *postgres)
    run("gcc", "-std=gnu99", *STRICT[1:], *compile_flags, ROOT + "/tests/agent_library/many_agents.c", "-o", out + "/many_agents", *link)
    return {"poll_loop": [out + "/poll_loop"], "threaded": [out + "/threaded"], "own_ports": [out + "/own_ports"],
            "poll_loop_static": [out + "/poll_loop_static"], "poll_loop_cmake": [out + "/cmake/poll_loop"],
            "poll_loop_static_cmake": [out + "/cmake/poll_loop_static"], "threaded_cmake": [out + "/cmake/threaded"],
            "python": [EXAMPLES + "/agent.py", installed.shared], "neighbours": [out + "/neighbours"]}


def live(name, command, manager, installed, token, problems):
    """One example with a store of its own."""
    serial = name.upper().replace("_", "-")
    done = subprocess.run([*command, manager.url, manager.tls_root, manager.licensing_root, f"{installed.folder}/store-{name}", serial,
                           token], capture_output=True, text=True, timeout=PATIENCE, env=installed.environment)
    print(f"{name}: status {done.returncode}: {done.stdout.splitlines()[-1] if done.stdout else ''}")
    licensed = done.stdout.count(": AUTHORIZED") == 2 or name == "neighbours"
    if done.returncode != 0 or not licensed:
        problems.append(f"{name} ended with status {done.returncode}:\n{done.stdout}{done.stderr}")


def memory(installed, manager, problems):
    """A thousand registered agents in one process: copies of one store, as they would never be in the field."""
    for number in range(AGENTS):
        shutil.copytree(installed.folder + "/store-poll_loop", f"{installed.folder}/stores/{number}")
    said = run(installed.folder + "/many_agents", manager.licensing_root, "POLL-LOOP", installed.folder + "/stores", str(AGENTS),
               env=installed.environment)
    print(said.strip())
    resident = int(said.split()[0])
    if not 0 < resident < MOST_RESIDENT:
        problems.append(f"an agent takes {resident} bytes, {MOST_RESIDENT} are allowed")


def main():
    folder, problems = Folder("agent-library"), []
    programs, build_folder = sys.argv[1:3]
    installed = Installation(build_folder, folder.path)
    looked_at(installed, problems)
    examples = build(installed)
    manager = Manager(programs, folder.path + "/manager").start()
    manager.furnish(LICENCES)
    for name, command in examples.items():
        live(name, command, manager, installed, manager.token(), problems)
    instances = manager.instances()
    if len(instances) != len(examples) or set(instances.values()) != {1}:
        problems.append(f"the manager knows {instances}")
    for name, command in examples.items():  # the store has the registration: no token is used any more
        live(name, command, manager, installed, "NOT-A-TOKEN", problems)
    if manager.instances() != instances:
        problems.append(f"after a restart the manager knows {manager.instances()}")
    memory(installed, manager, problems)
    if manager.stop() != 0:
        problems.append("the manager did not end in order")
    return folder.finish(problems)


sys.exit(main())
