"""The rows of `make bench`. Each returns a list of results: what was measured, and its ratio to the floor of the same minute."""
import base64

import processes
from manager import DEVICE_PATH, Fleet, Manager
from processes import FOLDER, Failed, bench, drive, fresh, median, nginx, openssl_speed

DEVICES = 2048
REPEATS = 3
LEAST_SECONDS = 3.2


def result(name, value, unit, yardstick, ratio, at_least, **details):
    return {"name": name, "value": round(value, 2), "unit": unit, "yardstick": yardstick, "ratio": None if ratio is None else round(ratio, 3),
            "at_least": at_least, "details": details}


def samples(fleet, stem, message):
    """Verifies the answers that the load kept."""
    looked_at = 0
    for thread in range(processes.THREADS):
        path = stem.with_name(f"{stem.name}.{thread}")
        looked_at += fleet.check(path, message)
    if looked_at == 0:
        raise Failed("no answer was kept to be verified")
    return looked_at


def authorize(name, at_least, folder, *, algorithm="ec-p256", keys=None, close=False, profile=None):
    """CPU of the manager for each authorize against nginx's static answer + verify + sign."""
    verify_name = "ecdsap256" if algorithm == "ec-p256" else "rsa2048"
    with Manager(fresh(folder) / "data") as manager:
        fleet = Fleet(manager, folder / "fleet", DEVICES, algorithm, keys)
        answer = open(folder / "fleet/answers").readline().strip()
        kept = folder / "samples"

        def ours(rounds):
            bodies = fleet.authorizes(rounds)
            load = drive(manager, bodies, rounds * DEVICES, path=DEVICE_PATH, message="authorize", close=close, samples=kept)
            samples(fleet, kept, "authorize")
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
                    loads.append(ours(rounds))
    return compare(name, at_least, loads, floors, speeds, 1, 1)


def floor(server, bodies, close):
    """nginx's CPU for each answer to the same bodies, over at least 3 s: the file is sent as often as that takes."""
    count = sum(1 for _ in open(bodies))
    answered = cpu = seconds = 0
    while seconds < LEAST_SECONDS:
        load = drive(server, bodies, count, path=DEVICE_PATH, close=close)
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


ROWS = {"authorize_keepalive": authorize_keepalive, "authorize_keepalive_rsa": authorize_keepalive_rsa}
