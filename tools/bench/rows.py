"""The rows of `make bench`. Each returns a list of results: what was measured, and its ratio to the floor of the same minute."""

import time

import processes
from manager import DEVICE_PATH, Manager, load, register
from processes import CATALOG, FOLDER, Failed, bench, cfssl, drive, fresh, median, nginx, openssl_speed

DEVICES = 2048
REPEATS = 3
LEAST_SECONDS = 3.2


def result(name, value, unit, yardstick, ratio, at_least, **details):
    return {"name": name, "value": round(value, 2), "unit": unit, "yardstick": yardstick, "ratio": None if ratio is None else round(ratio, 3),
            "at_least": at_least, "details": details}


def samples(manager, stem, message):
    """Verifies the answers that the load kept."""
    looked_at = 0
    for thread in range(processes.THREADS):
        path = stem.with_name(f"{stem.name}.{thread}")
        looked_at += manager.check(path, message)
    if looked_at == 0:
        raise Failed("no answer was kept to be verified")
    return looked_at


def authorize(name, at_least, folder, *, algorithm="ec-p256", keys=None, close=False, profile=None):
    """CPU of the manager for each authorize against nginx's static answer + verify + sign."""
    verify_name = "ecdsap256" if algorithm == "ec-p256" else "rsa2048"
    with Manager(fresh(folder) / "data") as manager:
        fleet = register(manager, folder / "fleet", DEVICES, algorithm, keys)
        answer = open(folder / "fleet/answers").readline().strip()
        kept = folder / "samples"

        def ours(rounds):
            bodies = fleet.authorizes(rounds)
            load = drive(manager, bodies, rounds * DEVICES, path=DEVICE_PATH, message="authorize", close=close, samples=kept)
            samples(manager, kept, "authorize")
            return load

        with nginx(folder / "nginx", manager.data / "pki/tls-server.pem", manager.data / "pki/tls-server.key", answer,
                   "application/jose") as floor_server:
            probe = ours(2)
            rounds = max(2, round(LEAST_SECONDS * 1.3 / (probe.seconds / 2)))
            floors, loads, speeds = [], [], []
            for _ in range(REPEATS):
                bodies = fleet.folder / "bodies"
                speeds.append((openssl_speed("ecdsap256")[0], openssl_speed(verify_name)[1]))
                floors.append(floor(floor_server, bodies, close))
                with processes.profiled(manager.pid, profile):
                    loads.append(at_least_seconds(lambda: ours(rounds)))
    return compare(name, at_least, loads, floors, speeds, 1, 1)


def floor(server, bodies, close):
    """nginx's CPU for each answer to the same bodies, over at least 3 s: the file is sent as often as that takes."""
    count = sum(1 for _ in open(bodies))
    return at_least_seconds(lambda: drive(server, bodies, count, path=DEVICE_PATH, close=close))


def at_least_seconds(run):
    """Runs added up until they make LEAST_SECONDS."""
    answered = cpu = seconds = 0
    while seconds < LEAST_SECONDS:
        load = run()
        answered, cpu, seconds = answered + load.answered, cpu + load.cpu, seconds + load.seconds
    return processes.Load(answered, seconds, cpu, load.answer_bytes)


def compare(name, at_least, loads, floors, speeds, verifies, signs):
    ours = median(load.us for load in loads)
    static = median(load.us for load in floors)
    sign, verify = median(s for s, _ in speeds), median(v for _, v in speeds)
    bar = static + verifies * verify + signs * sign
    crypto = f"{verifies} x verify {verify:.1f} + {signs} x sign {sign:.1f}"
    return [result(name, ours, "us CPU", f"nginx static {static:.1f} + {crypto} = {bar:.1f} us", bar / ours, at_least,
                   runs=[round(load.us, 1) for load in loads], floor_runs=[round(load.us, 1) for load in floors],
                   requests=[load.answered for load in loads], seconds=[round(load.seconds, 1) for load in loads],
                   answer_bytes=[loads[0].answer_bytes, floors[0].answer_bytes])]


def authorize_keepalive(profile=None):
    return authorize("authorize_keepalive", 0.6, FOLDER / "authorize_keepalive", profile=profile)


def authorize_keepalive_rsa(profile=None):
    return authorize("authorize_keepalive_rsa", None, FOLDER / "authorize_keepalive_rsa", algorithm="rsa-2048", keys=16, profile=profile)


def authorize_handshake(profile=None):
    return authorize("authorize_handshake", 0.7, FOLDER / "authorize_handshake", close=True, profile=profile)


def authorize_handshake_rsa(profile=None):
    return authorize("authorize_handshake_rsa", None, FOLDER / "authorize_handshake_rsa", algorithm="rsa-2048", keys=16, close=True,
                     profile=profile)


def registration(profile=None):
    """CPU of the manager for each registration against nginx's static answer + two verifies + two signs; cfssl's for a certificate
    beside it."""
    return register_devices("registration", 0.5, profile=profile) + [cfssl_sign(FOLDER / "registration")]


def registration_rsa(profile=None):
    """Devices with RSA keys: a few keys for all of them, since making one each would take minutes."""
    return register_devices("registration_rsa", None, algorithm="rsa-2048", keys=16, profile=profile)


def register_devices(name, at_least, *, algorithm="ec-p256", keys=None, profile=None):
    folder = FOLDER / name
    verify_name = "ecdsap256" if algorithm == "ec-p256" else "rsa2048"
    with Manager(fresh(folder) / "data") as manager:
        token = manager.make_token(*manager.make_account())
        kept, number = folder / "samples", 0

        def ours(count):
            nonlocal number
            if keys is None or number == 0:
                bench("keys", "--algorithm", algorithm, "--count", keys or count, "--out", folder / "keys")
            bench("register", "--catalog", CATALOG, "--keys", folder / "keys", "--token", token, "--first-number", number, "--count",
                  count, "--out", folder / "bodies")
            number += count
            load = drive(manager, folder / "bodies", count, path=DEVICE_PATH, message="register", samples=kept)
            samples(manager, kept, "register")
            return load

        probe = ours(2000)
        answer = open(f"{kept}.0").readline().strip()
        count = max(2000, int(LEAST_SECONDS * 1.3 * 2000 / probe.seconds))
        loads, floors, speeds = [], [], []
        with nginx(folder / "nginx", manager.data / "pki/tls-server.pem", manager.data / "pki/tls-server.key", answer,
                   "application/jose") as static:
            for _ in range(REPEATS):
                speeds.append((openssl_speed("ecdsap256")[0], openssl_speed(verify_name)[1]))
                floors.append(floor(static, folder / "bodies", False))
                with processes.profiled(manager.pid, profile):
                    loads.append(at_least_seconds(lambda: ours(count)))
    return compare(name, at_least, loads, floors, speeds, 2, 2)


def cfssl_sign(folder):
    """cfssl's CPU for each certificate, of the keys that the last registrations had."""
    with cfssl(folder / "cfssl") as peer:
        bench("requests", "--keys", folder / "keys", "--count", 2000, "--out", folder / "requests")
        loads = [at_least_seconds(lambda: drive(peer, folder / "requests", 2000, path="/api/v1/cfssl/sign", scheme="http",
                                                answer_type="application/json", content_type="application/json"))
                 for _ in range(REPEATS)]
    return result("cfssl_sign", median(load.us for load in loads), "us CPU",
                  "cfssl serve: HTTP, CSR checked, P-256 certificate signed; nothing stored", None, None,
                  runs=[round(load.us, 1) for load in loads])


def durable_commit(profile=None):
    """CPU of the writer's thread for each authorize command, 64 waiting, against a bare loop of the same reads and writes."""
    results = []
    for name, options in (("durable_commit", ["--commands", 200_000]),
                          ("durable_commit_changes", ["--changes", "--commands", 150_000])):
        folder = fresh(FOLDER / name)
        store = ["--catalog", CATALOG, "--folder", folder / "data", "--devices", folder / "devices"]
        bench("load", *store, "--instances", 1000, "--keys", folder / "keys")
        told = bench("commit", *store, "--runs", REPEATS, *options, profile=profile and profile.with_stem(name))
        runs = [tuple(map(float, line.split())) for line in told.split("\n")]
        ours, bare = (median(run[i] for run in runs) for i in (0, 1))
        results.append(result(name, ours, "us CPU", f"bare SQLite loop {bare:.1f} us", bare / ours, 0.7, runs=[run[0] for run in runs],
                              floor_runs=[run[1] for run in runs]))
    return results


def tag_status(profile=None):
    """CPU to read the status of one of 16 tags through the library's C ABI, against a lock and unlock of a mutex that nobody else has."""
    told = bench("tag-status", "--runs", REPEATS, profile=profile)
    runs = [tuple(map(float, line.split())) for line in told.split("\n")]
    ours, mutex = (median(run[i] for run in runs) for i in (0, 1))
    return [result("tag_status", ours, "ns CPU", f"an uncontended mutex {mutex:.1f} ns", mutex / ours, 0.1,
                   runs=[round(run[0], 1) for run in runs], floor_runs=[round(run[1], 1) for run in runs])]


SMALL, LARGE = 1_000, 1_000_000
SPEAKING = 12_000


def store_of(size):
    folder = FOLDER / f"store-{size}"
    return folder, load(folder, size, min(size, SPEAKING))


def authorize_at_scale(profile=None):
    """CPU of the manager for each authorize with a million product instances against a thousand."""
    loads = {SMALL: [], LARGE: []}
    places = {size: store_of(size) for size in loads}
    with Manager(places[SMALL][0] / "data") as small, Manager(places[LARGE][0] / "data") as large:
        def run(size, manager):
            folder, devices = places[size]
            bodies = devices.authorizes(SPEAKING // min(size, SPEAKING))
            load = drive(manager, bodies, SPEAKING, path=DEVICE_PATH, message="authorize", samples=folder / "samples")
            samples(manager, folder / "samples", "authorize")
            return load

        for repeat in range(-1, REPEATS):  # the first warms up
            for size, manager in ((SMALL, small), (LARGE, large)):
                with processes.profiled(manager.pid, profile if size == LARGE else None):
                    load = at_least_seconds(lambda: run(size, manager))
                if repeat >= 0:
                    loads[size].append(load)
    small_us, large_us = (median(load.us for load in loads[size]) for size in (SMALL, LARGE))
    return [result("authorize_at_scale", large_us, "us CPU", f"the same with {SMALL} instances: {small_us:.1f} us", small_us / large_us,
                   0.9, runs=[round(load.us, 1) for load in loads[LARGE]], floor_runs=[round(load.us, 1) for load in loads[SMALL]],
                   seconds=[round(load.seconds, 1) for load in loads[LARGE]])]


def list_at_scale(profile=None):
    """Median latency of lists over REST, one client on one connection, with a million product instances against a thousand. The row
    is the worst of them; each is in the details."""
    times = {}
    places = {size: store_of(size) for size in (SMALL, LARGE)}
    with Manager(places[SMALL][0] / "data") as small, Manager(places[LARGE][0] / "data") as large:
        clients = []
        for size, manager in ((SMALL, small), (LARGE, large)):
            manager.login()
            clients.append((size, manager, manager.connection(), "/api/v1/accounts/" + (places[size][0] / "account").read_text()))
        for turn in range(-20, 400):  # the first ones warm up
            for size, manager, connection, base in clients:
                step = size // 400 * (turn % 400)
                for what, query in (("page", f"/instances?limit=50&after={step}"),
                                    ("search", f"/instances?limit=50&search=bnc{step // 10:07}"),
                                    ("wide search", "/instances?limit=50&search=bnc"), ("balance", "/balances")):
                    began = time.perf_counter()
                    answer = manager.call("GET", base + query, connection=connection)
                    took = time.perf_counter() - began
                    if not answer["items"]:
                        raise Failed(f"{query} found nothing among {size}")
                    if turn >= 0:
                        times.setdefault(what, {}).setdefault(size, []).append(took * 1000)
    medians = {what: (median(by_size[SMALL]), median(by_size[LARGE])) for what, by_size in times.items()}
    worst = min(medians, key=lambda what: medians[what][0] / medians[what][1])
    small_ms, large_ms = medians[worst]
    return [result("list_at_scale", large_ms, "ms median", f"{worst} with {SMALL} instances: {small_ms:.2f} ms", small_ms / large_ms, 0.5,
                   medians_ms={what: [round(x, 3) for x in pair] for what, pair in medians.items()})]


ROWS = {row.__name__: row for row in (authorize_keepalive, authorize_keepalive_rsa, authorize_handshake, authorize_handshake_rsa,
                                      registration, registration_rsa, durable_commit, tag_status, authorize_at_scale, list_at_scale)}
