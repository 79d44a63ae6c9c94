#!/usr/bin/python3
"""Answers that are lost, cut, late, doubled, and requests that are not what they were: lost_answers.py BIN_FOLDER CATALOG.

Real devices (lictor-fleet, stores in files) behind a fault proxy, for every message that changes something. An answer that is
asked for again has the same payload to the byte, and nothing happens twice (PRO-3); the store is compared before and after, and
in the end with everything that the devices were told."""
import glob
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

from cryptography.hazmat.primitives import serialization
from jwcrypto import jwk, jws
from jwcrypto.common import JWSEHeaderParameter

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../support")
import store_checker  # noqa: E402
from fault_proxy import BlindProxy, Fault, FaultProxy, body_of, decode, header_of, payload_segment, status_of  # noqa: E402
from programs import Manager, fleet_licenses  # noqa: E402

CHANGING = ("register", "authorize", "renew-id", "deregister")
RETRIED = ("register", "authorize", "renew-id")  # a deregistration has one attempt (REG-9)
CUTS = (0, 1, 60, 400, -1)  # bytes of the answer that arrive; -1: all but the last one
BLIND_CUTS = (1, 200, 1000, 1500, 2000, 2300)  # bytes of TLS that arrive: within the handshake, and of the answer
DEVICES = 40
P256_PKCS8 = bytes.fromhex("308187020100301306072a8648ce3d020106082a8648ce3d030107046d")
CRITICAL = ("request_id", "sequence", "sent_at", "versions")
REGISTRY = {name: JWSEHeaderParameter(name, True, True, None) for name in CRITICAL}


def contents(store):
    """Everything that licensing rests on, as a digest per table. What logins leave is no part of it."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {table: hashlib.sha256(repr(sorted(map(repr, db.execute(f"SELECT * FROM {table}")))).encode()).hexdigest()
                for table in tables if table not in ("session", "access_token")}


class World:
    """A manager, the proxy before it, devices one after another."""

    def __init__(self, bin_folder, catalog, folder):
        self.bin_folder, self.catalog, self.folder = bin_folder, catalog, folder
        self.manager = Manager(bin_folder, folder, catalog=catalog).start()
        self.manager.furnish(fleet_licenses(bin_folder, "--catalog", catalog, "--agents", str(DEVICES)))
        self.token = self.manager.token()
        self.proxy = FaultProxy(folder, self.manager.port, self.manager.tls_root, lambda: contents(self.manager.store))
        self.log = store_checker.FleetLog()
        self.last = 0
        self.runs = 0

    def new(self, steps="", want=0):
        """A new device; its number."""
        self.last += 1
        if steps:
            self.device(self.last, steps, want)
        return self.last

    def device(self, number, steps, want=0, url=None, roots=None, until=None):
        """Device `number` comes up with its store, does `steps` and goes, or is asked to go once `until` holds of its exchanges;
        these."""
        before = len(self.proxy.exchanges)
        self.runs += 1
        log = f"{self.folder}/run-{self.runs}.log"
        process = subprocess.Popen(
            [self.bin_folder + "/lictor-fleet", "--catalog", self.catalog, "--agents", "1", "--first", str(number), "--manager",
             url or self.proxy.url, "--tls-roots", roots or self.proxy.ca, "--licensing-anchors", self.manager.licensing_root, "--token",
             self.token, "--store", self.folder + "/devices", "--steps", steps, "--retry-ms", "20", "--coalesce-ms", "0", "--time-limit",
             "60", "--seed", str(number * 1000 + self.runs), "--log", log], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if until:
            with self.proxy.changed:
                self.proxy.changed.wait_for(lambda: until(self.proxy.exchanges[before:]), timeout=60)
            process.terminate()
        output = process.communicate()[0]
        with open(log) as lines:
            for line in lines:
                self.log.add(json.loads(line))
        if process.returncode != want:
            raise AssertionError(f"device {number}, {steps}: status {process.returncode}, {want} is wanted\n{output}")
        return self.proxy.exchanges[before:]

    def key(self, number):
        """The device's private key, from its store."""
        found = set()
        for path in glob.glob(f"{self.folder}/devices/{number:07}/*"):
            with open(path, "rb") as file:
                data = file.read()
            found |= {data[match.start():match.start() + 138] for match in re.finditer(re.escape(P256_PKCS8), data)}
        if len(found) != 1:
            raise AssertionError(f"device {number} has {len(found)} keys in its store")
        return jwk.JWK.from_pyca(serialization.load_der_private_key(found.pop(), None))

    def send(self, exchange, body):
        """Another message in the place of the one that was recorded; the manager's payload and the exchange's whole answer."""
        head = exchange.raw.partition(b"\r\n\r\n")[0]
        head = re.sub(rb"(?i)content-length: *\d+", b"Content-Length: %d" % len(body), head)
        answer = self.proxy.ask(head + b"\r\n\r\n" + body)
        if status_of(answer) != 200:
            raise AssertionError(f"{exchange.kind}: {answer[:400]}")
        return payload_segment(body_of(answer))


def signed_anew(exchange, key, payload=None, **header):
    """The recorded request with other header members or another payload, by the device's own key."""
    body = exchange.body
    members = header_of(body) | header
    token = jws.JWS(payload if payload is not None else decode(payload_segment(body)), header_registry=REGISTRY)
    token.add_signature(key, "ES256", json.dumps(members))
    return token.serialize(compact=True).encode()


def other_payload(exchange):
    """A payload that says something else, as well formed as the first."""
    payload = json.loads(decode(payload_segment(exchange.body)))
    payload |= {"register": {"host_name": "another"}, "authorize": {"host_name": "another"}, "renew-id": {"remark": "another"},
                "deregister": {"reason": "another"}}[exchange.kind]
    return json.dumps(payload).encode()


def of(exchanges, kind):
    return [exchange for exchange in exchanges if exchange.kind == kind]


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def expect_one_effect(exchanges, kind):
    """All attempts of one request: one payload, and the store as the first one left it."""
    attempts = of(exchanges, kind)
    ids = {exchange.request_id for exchange in attempts}
    expect(len(ids) == 1, f"{kind}: {len(ids)} request ids for one request")
    expect(len({payload_segment(exchange.body) for exchange in attempts}) == 1, f"{kind}: a retry says something else")
    payloads = [payload for exchange in attempts for payload in exchange.payloads()]
    expect(len(set(payloads)) == 1, f"{kind}: {len(set(payloads))} different payloads answer one request")
    seen = [what for exchange in attempts for what in exchange.seen]
    for later in seen[1:]:
        changed = [table for table in later if later[table] != seen[0][table]]
        expect(not changed, f"{kind}: the repeated request changed {changed}")
    return attempts


def expect_code(payload, code, text):
    said = json.loads(decode(payload))
    expect(said.get("error", {}).get("code") == code, f"{text}: {code} is wanted, the manager says {said}")


# --- the tests ------------------------------------------------------------------------------------------------------
def test_PRO_3_an_answer_lost_or_cut_after_the_commit_is_repeated_and_nothing_happens_twice(world):
    for cut in CUTS:
        number = world.new()
        for kind in RETRIED:
            world.proxy.on(kind, Fault.cut(cut))
            attempts = expect_one_effect(world.device(number, kind), kind)
            expect(len(attempts) == 2, f"{kind}, cut at {cut}: {len(attempts)} attempts, 2 are wanted")
            expect(attempts[0].fault.action == "cut" and attempts[1].fault.action == "pass", f"{kind}: the fault went elsewhere")


def test_PRO_3_three_answers_lost_in_a_row(world):
    number = world.new()
    for kind in RETRIED:
        world.proxy.on(kind, *[Fault.cut(cut) for cut in (0, 30, 0)])
        expect(len(expect_one_effect(world.device(number, kind), kind)) == 4, f"{kind}: not four attempts")


def test_REG_9_PRO_3_a_deregistration_whose_answer_is_lost_is_done_and_its_answer_outlives_it(world):
    for cut in CUTS:
        number = world.new("register")
        world.proxy.on("deregister", Fault.cut(cut))
        exchange, = of(world.device(number, "deregister", want=1), "deregister")
        world.proxy.deliver(exchange)  # the same bytes once more
        expect_one_effect([exchange], "deregister")
        expect(decode(exchange.payloads()[0]) != b"" and "error" not in json.loads(decode(exchange.payloads()[0])), "it is a refusal")


def test_PRO_3_a_request_sent_twice_at_once_has_one_effect(world):
    for _ in range(4):
        number = world.new()
        for kind in CHANGING:
            world.proxy.on(kind, Fault.double())
            exchange, = expect_one_effect(world.device(number, kind), kind)
            expect(len(exchange.answers) == 2, f"{kind}: {len(exchange.answers)} answers")


def test_PRO_3_a_request_that_comes_after_its_own_retry_has_no_second_effect(world):
    number = world.new()
    for kind in RETRIED:
        world.proxy.on(kind, Fault.hold())
        held, retried = of(world.device(number, kind), kind)
        expect(held.fault.action == "hold" and not held.answers, f"{kind}: it was not held")
        before = contents(world.manager.store)
        late = payload_segment(body_of(world.proxy.deliver(held)))
        expect(late == retried.payloads()[0], f"{kind}: the late one is answered otherwise: {decode(late)}")
        expect(contents(world.manager.store) == before, f"{kind}: the late one changed something")


def test_PRO_3_a_request_id_with_other_content_is_refused(world):
    number = world.new()
    for kind in CHANGING:
        key = world.key(number) if kind == "deregister" else None  # forgotten with the registration
        exchange, = of(world.device(number, kind), kind)
        key = key or world.key(number)
        before = contents(world.manager.store)
        expect_code(world.send(exchange, signed_anew(exchange, key, other_payload(exchange))), "LS_REQUEST_REUSED", kind)
        expect(world.send(exchange, signed_anew(exchange, key)) == exchange.payloads()[0], f"{kind}: the first content is answered no more")
        expect(contents(world.manager.store) == before, f"{kind}: the refused request changed something")


def test_PRO_1_recorded_requests_change_nothing_whenever_they_come_again(world):
    """Nobody on the way can replay a message with effect: while registered, after the deregistration, after another registration."""
    number = world.new()
    recorded = [exchange for kind in CHANGING[:3] for exchange in world.device(number, kind)]
    for what in ("while registered", "after the deregistration", "after another registration"):
        if what == "after the deregistration":
            recorded += world.device(number, "deregister")
        elif what == "after another registration":
            recorded += world.device(number, "register")
        before = contents(world.manager.store)
        for exchange in recorded:
            world.proxy.deliver(exchange)
            changed = [table for table, value in contents(world.manager.store).items() if value != before[table]]
            expect(not changed, f"{exchange.kind} sent again {what} changed {changed}")


def test_PRO_3_CLK_2_a_stored_answer_comes_before_the_clock_and_nothing_else_does(world):
    number = world.new()
    for kind in RETRIED:
        exchange, = of(world.device(number, kind), kind)
        before = contents(world.manager.store)
        for hours in (-30, -2, 2, 30):
            sent_at = header_of(exchange.body)["sent_at"] + hours * 3600 * 1000
            late = signed_anew(exchange, world.key(number), sent_at=sent_at)
            expect(world.send(exchange, late) == exchange.payloads()[0], f"{kind}, {hours} h: the stored answer is not repeated")
            sequence = {} if kind == "register" else {"sequence": 1000}
            fresh = signed_anew(exchange, world.key(number), sent_at=sent_at, request_id=os.urandom(16).hex(), **sequence)
            expect_code(world.send(exchange, fresh), "LS_CLOCK_OFFSET", f"{kind}, {hours} h")
        expect(contents(world.manager.store) == before, f"{kind}: something changed")


def test_CLK_2_recorded_bytes_are_refused_once_the_clock_has_gone_on(world):
    number = world.new("register")
    world.proxy.on("deregister", Fault.hold())
    held, = of(world.device(number, "deregister", want=1), "deregister")
    other = world.new("register")
    answered, = of(world.device(other, "authorize"), "authorize")
    world.manager.stop()
    world.manager.settings.append("device.clock_tolerance=1s")
    world.manager.start()
    while time.time() * 1000 - header_of(answered.body)["sent_at"] <= 2000:
        contents(world.manager.store)
    before = contents(world.manager.store)
    expect_code(payload_segment(body_of(world.proxy.deliver(held))), "LS_CLOCK_OFFSET", "a request that never arrived")
    expect(payload_segment(body_of(world.proxy.deliver(answered))) == answered.payloads()[0], "the stored answer is not repeated")
    expect(contents(world.manager.store) == before, "something changed")
    world.manager.stop()
    world.manager.settings.pop()
    world.manager.start()


def test_PKI_6_a_root_that_is_trusted_for_https_signs_no_answer(world):
    """The proxy's certificate is a TLS root of the devices all along; here it is their only licensing anchor, too."""
    number, before = world.new(), len(world.proxy.exchanges)
    anchors, world.manager.licensing_root = world.manager.licensing_root, world.proxy.ca
    try:
        # It asks again: it did not take the first answer.
        world.device(number, "register", want=1, until=lambda seen: len(of(seen, "register")) >= 3)
    finally:
        world.manager.licensing_root = anchors
    exchange, *_ = of(world.device(number, "register"), "register")  # the same request, by its right anchors
    expect(exchange.request_id == world.proxy.exchanges[before].request_id, "another request was made")


def test_TLS_cut_at_any_byte_loses_nothing(world):
    blind = BlindProxy(world.manager.port)
    number = world.new()
    for kind in RETRIED:
        blind.cuts, blind.limits = 0, list(BLIND_CUTS)
        world.device(number, kind, url=blind.url, roots=world.manager.tls_root)
        expect(blind.cuts == len(BLIND_CUTS), f"{kind}: {blind.cuts} cuts, {len(BLIND_CUTS)} are wanted")
    blind.close()


def test_PRO_3_CMP_5_in_the_end_all_devices_and_the_store_agree(world):
    world.manager.stop()
    problems = store_checker.check(world.manager.store, world.log)
    expect(not problems, "\n".join(problems[:20]))


def main():
    folder = tempfile.mkdtemp(prefix="lictor-lost-answers-")
    world = World(sys.argv[1], sys.argv[2], folder)
    failed = 0
    only = sys.argv[3] if len(sys.argv) > 3 else ""
    try:
        for name, test in list(globals().items()):
            if not name.startswith("test_") or only not in name:
                continue
            began = time.monotonic()
            try:
                test(world)
                print(f"{name}: passed, {time.monotonic() - began:.1f} s", flush=True)
            except (AssertionError, ValueError) as error:
                failed += 1
                print(f"{name}: FAILED: {error}", flush=True)
    finally:
        world.manager.stop()
        world.proxy.close()
    if failed:
        print(f"everything is in {folder}")
    else:
        shutil.rmtree(folder)
    return 1 if failed else 0


sys.exit(main())
