"""Compares what a fleet was told with what the manager's store holds, knowing nothing but the fleet's log and the database.

An acknowledged effect must be there, and once. An effect that was sent and never acknowledged may be there or not. Each
problem is one sentence that begins with the name of its check."""
import collections
import hashlib
import json
import sqlite3
import struct


class Member:
    """One device as its log tells it."""

    def __init__(self, udi):
        self.udi = udi
        self.instance = None  # while registered
        self.registration = 0  # how many there were; a sequence begins anew with each
        self.acknowledged = collections.defaultdict(dict)  # kind: {request: line}, in order
        self.sent = collections.defaultdict(dict)
        self.refused = collections.defaultdict(set)  # kind: requests; a refusal has no effect
        self.adopted = 0  # registrations that were saved and, as the agent was killed, not told

    def of_this_registration(self, lines, *kinds):
        return [line for kind in kinds for line in lines[kind].values() if line["registration"] == self.registration]

    def unanswered(self, kind):
        return [line for request, line in self.sent[kind].items()
                if request not in self.acknowledged[kind] and request not in self.refused[kind]]

    def open_now(self, kind):
        """Without an answer, and not overtaken: what has a smaller sequence than an acknowledged one can have no effect any more."""
        last = max((line["sequence"] for line in self.of_this_registration(self.acknowledged, "authorize", "renew-id", "deregister")),
                   default=0)
        return [line for line in self.unanswered(kind) if line["registration"] == self.registration and line["sequence"] > last]


class FleetLog:
    def __init__(self):
        self.members = {}
        self.problems = []  # what the agents' own stores said wrong when they were opened

    def add(self, line):
        member = self.members.setdefault(line["udi"], Member(line["udi"]))
        if line["what"] == "opened":
            self.opened(member, line)
        if "request" not in line:
            return
        kind, request = line["kind"], line["request"]
        line["registration"] = member.registration
        if line["what"] == "sent":
            member.sent[kind].setdefault(request, line)
            member.sent[kind][request]["sequence"] = line["sequence"]  # a later attempt may take another one
        elif line["what"] == "acknowledged":
            self.acknowledged(member, kind, request, line)
        elif line["what"] == "refused":
            member.refused[kind].add(request)
        # Deregistration has one attempt (REG-9): the device is free, whatever became of it.
        if kind == "deregister" and line["what"] in ("lost", "refused"):
            member.instance = None

    @staticmethod
    def acknowledged(member, kind, request, line):
        member.acknowledged[kind][request] = line
        if kind == "register":
            member.instance = line["instance"]
            member.registration += 1
        elif kind == "deregister":
            member.instance = None

    def opened(self, member, line):
        """A store that was opened, perhaps after a kill, says what was acknowledged, or what may have come of an open request."""
        instance = line.get("instance")
        if instance == member.instance:
            return
        asked = member.unanswered("register")
        if instance is None:
            # A deregistration that a crash cuts off is finished locally (REG-9).
            if not member.open_now("deregister"):
                self.problems.append(f"agent stores: {member.udi} was registered as {member.instance} and is {line.get('detail')}")
            member.instance = None
        elif member.instance is not None or not asked:
            self.problems.append(f"agent stores: {member.udi} is registered as {instance}, acknowledged is {member.instance}")
        else:
            member.adopted += 1
            self.acknowledged(member, "register", asked[-1]["request"], {**asked[-1], "instance": instance})

    @classmethod
    def read(cls, path):
        log = cls()
        with open(path) as lines:
            for line in lines:
                log.add(json.loads(line))
        return log


def as_printed(udi):
    """"PID,SN" of the store as devices print it."""
    pid, sn = udi.split(",")
    return f"PID:{pid},SN:{sn}"


def udis_of(column):
    """The column holds "ROLE PID,SN" a line."""
    return [as_printed(line.split(" ", 1)[1]) for line in column.splitlines()]


def audit_hash(row):
    """As DECISIONS says of the product: SHA-256 over every member, each text with its length before it."""
    def number(value):
        return struct.pack(">q", value)

    def text(value):
        raw = value.encode()
        return number(len(raw)) + raw

    covered = text("lictor audit 1") + number(row["account"]) + number(row["sequence"]) + number(row["at"])
    for name in ("actor", "action", "object", "detail", "request_id"):
        covered += text(row[name])
    return hashlib.sha256(covered + row["previous_hash"]).digest()


class Checker:
    def __init__(self, store, log):
        self.log = log
        self.db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
        self.db.row_factory = sqlite3.Row
        self.problems = []

    def rows(self, sql, *values):
        return self.db.execute(sql, values).fetchall()

    def one(self, sql, *values):
        return self.db.execute(sql, values).fetchone()[0]

    def say(self, check, text):
        self.problems.append(f"{check}: {text}")

    def run(self):
        for check in (self.integrity, self.instances, self.tokens, self.sequences, self.usage, self.pools, self.ledger, self.audit_chain,
                      self.audit_complete, self.answers):
            check()
        self.db.close()
        return self.log.problems + self.problems

    # --- the checks -------------------------------------------------------------------------------------------------
    def integrity(self):
        for row in self.rows("PRAGMA integrity_check"):
            if row[0] != "ok":
                self.say("integrity", row[0])

    def instances(self):
        live = collections.defaultdict(list)
        for row in self.rows("SELECT id, status, udis, serial FROM instance"):
            if row["status"] == "removed":
                continue
            for udi in udis_of(row["udis"]):
                live[udi].append(row)
        held = {as_printed(row["udi"]): row["instance"] for row in self.rows("SELECT udi, instance FROM instance_udi")}
        issued = {(row["instance"], row["serial"]) for row in self.rows("SELECT instance, serial FROM certificate WHERE status = 'issued'")}
        for udi, member in self.log.members.items():
            found = live.pop(udi, [])
            if len(found) > 1:
                self.say("instances", f"{udi} is {len(found)} live instances")
            pending = member.unanswered("register") or member.unanswered("deregister")
            if member.instance is None:
                if found and not pending:
                    self.say("instances", f"{udi} was deregistered and lives on as {found[0]['id']}")
                continue
            if not found:
                if not pending:
                    self.say("instances", f"{udi} was registered and is not there")
                continue
            if member.instance not in [row["id"] for row in found]:
                self.say("instances", f"{udi} was registered as {member.instance} and is {found[0]['id']}")
            if held.get(udi) != member.instance:
                self.say("instances", f"{udi} is held by {held.get(udi)}, not by {member.instance}")
            for row in found:
                if row["id"] == member.instance and (row["status"] != "active" or (row["id"], row["serial"]) not in issued):
                    self.say("instances", f"{udi} is {row['status']}, or has no issued certificate of its serial")
        for udi in live:
            self.say("instances", f"{udi} lives, and nobody registered it")

    def tokens(self):
        uses = self.one("SELECT sum(uses) FROM token")
        done = sum(len(member.acknowledged["register"]) for member in self.log.members.values())
        open_ones = sum(len(member.unanswered("register")) for member in self.log.members.values())
        if not done <= uses <= done + open_ones:
            self.say("tokens", f"{uses} uses for {done} registrations and {open_ones} without an answer")

    def sequences(self):
        last = {row["id"]: row["last_sequence"] for row in self.rows("SELECT id, last_sequence FROM instance")}
        for member in self.log.members.values():
            if member.instance not in last:
                continue
            sequenced = ("authorize", "renew-id", "deregister")
            told = [line["sequence"] for line in member.of_this_registration(member.acknowledged, *sequenced)]
            sent = [line["sequence"] for line in member.of_this_registration(member.sent, *sequenced)]
            if not max(told, default=0) <= last[member.instance] <= max(sent, default=0):
                self.say("sequences", f"{member.udi}: the store says {last[member.instance]}, acknowledged is {max(told, default=0)}, "
                                      f"sent {max(sent, default=0)}")

    def usage(self):
        held = collections.defaultdict(dict)
        for row in self.rows("SELECT instance, tag, claimed, counted, valid FROM usage"):
            held[row["instance"]][row["tag"]] = row["claimed"]
            if row["counted"] != (row["claimed"] if row["valid"] else 0):
                self.say("usage", f"instance {row['instance']} claims {row['claimed']} and counts {row['counted']} of {row['tag']}")
        for member in self.log.members.values():
            told = member.of_this_registration(member.acknowledged, "authorize")
            if member.instance is None or not told:
                continue
            allowed = [told[-1]["usage"]] + [line["usage"] for line in member.open_now("authorize")]
            allowed += [{}] if member.open_now("deregister") else []
            if held[member.instance] not in allowed:
                self.say("usage", f"{member.udi}: the store holds {held[member.instance]}, acknowledged is {allowed[0]}")

    def pools(self):
        used = {(row["account"], row["va"], row["tag"]): row["n"] for row in self.rows(
            "SELECT i.account AS account, i.va AS va, u.tag AS tag, sum(u.counted) AS n FROM usage u JOIN instance i "
            "ON i.account = u.account AND i.id = u.instance GROUP BY 1, 2, 3")}
        pools = {(row["account"], row["va"], row["tag"]): row for row in self.rows("SELECT account, va, tag, owned, in_use FROM pool")}
        for key in used.keys() | pools.keys():
            in_use = pools[key]["in_use"] if key in pools else 0
            if used.get(key, 0) != in_use:
                self.say("pools", f"{key[2]}: {in_use} in use, the usages add up to {used.get(key, 0)}")
        owned = {(row["account"], row["va"], row["tag"]): row["n"] for row in self.rows(
            "SELECT b.account AS account, b.va AS va, l.tag AS tag, sum(b.quantity) AS n FROM lot_balance b JOIN lot l "
            "ON l.account = b.account AND l.id = b.lot GROUP BY 1, 2, 3")}
        for key in owned.keys() | pools.keys():
            of_pool = pools[key]["owned"] if key in pools else 0
            if owned.get(key, 0) != of_pool:
                self.say("pools", f"{key[2]}: {of_pool} owned, the lots add up to {owned.get(key, 0)}")

    def ledger(self):
        for row in self.rows("SELECT account, posting, sum(delta) AS n FROM ledger_entry GROUP BY 1, 2 HAVING n <> 0"):
            self.say("ledger", f"the legs of posting {row['posting']} add up to {row['n']}")
        for row in self.rows("SELECT posting FROM ledger_entry WHERE (account, posting) NOT IN (SELECT account, id FROM posting)"):
            self.say("ledger", f"a leg of posting {row['posting']}, which is not there")
        legs = {tuple(row)[:4]: row["n"] for row in self.rows(
            "SELECT account, va, place, lot, sum(delta) AS n FROM ledger_entry WHERE place <> 'outside' GROUP BY 1, 2, 3, 4 HAVING n <> 0")}
        lots = {tuple(row)[:4]: row["quantity"] for row in self.rows(
            "SELECT account, va, place, lot, quantity FROM lot_balance WHERE quantity <> 0")}
        for key in legs.keys() | lots.keys():
            if legs.get(key, 0) != lots.get(key, 0):
                self.say("ledger", f"lot {key[3]} at {key[2]}: {lots.get(key, 0)}, its legs add up to {legs.get(key, 0)}")

    def audit_chain(self):
        for head in self.rows("SELECT account, audit_sequence, audit_hash FROM account_head"):
            before, expected = b"\0" * 32, 1
            for row in self.rows("SELECT * FROM audit WHERE account = ? ORDER BY sequence", head["account"]):
                if row["sequence"] != expected:
                    self.say("audit chain", f"account {head['account']}: row {expected} is missing")
                elif row["previous_hash"] != before:
                    self.say("audit chain", f"account {head['account']}: row {expected} does not follow the one before")
                if row["hash"] != audit_hash(row):
                    self.say("audit chain", f"account {head['account']}: row {row['sequence']} was changed")
                before, expected = row["hash"], row["sequence"] + 1
            if (before, expected - 1) != (head["audit_hash"], head["audit_sequence"]):
                self.say("audit chain", f"account {head['account']}: it ends at {expected - 1}, its head says {head['audit_sequence']}")

    def audit_complete(self):
        written = collections.Counter((row["actor"], row["action"]) for row in self.rows("SELECT actor, action FROM audit"))
        for member in self.log.members.values():
            for kind, action in (("register", "instance.register"), ("renew-id", "certificate.renew"), ("deregister", "instance.deregister")):
                self.count(member, kind, action, written, len(member.acknowledged[kind]))
            # The first usage is a change unless it is empty, and each that differs from the one before.
            changes, before = 0, (0, {})
            for line in member.acknowledged["authorize"].values():
                changes += line["usage"] != (before[1] if line["registration"] == before[0] else {})
                before = line["registration"], line["usage"]
            self.count(member, "authorize", "usage.change", written, changes)

    def count(self, member, kind, action, written, wanted):
        found = written["device:" + member.udi, action]
        open_ones = len(member.unanswered(kind))
        # Without an answer: done or not; and a usage that was changed in between may make the next one a change, or none.
        least = wanted - (open_ones if kind == "authorize" else 0)
        if not least <= found <= wanted + 2 * open_ones:
            self.say("audit", f"{member.udi}: {found} rows of {action} for {wanted} acknowledged")

    def answers(self):
        kept = self.rows("SELECT instance, request, type, payload FROM stored_answer UNION ALL "
                         "SELECT id, last_request, 'authorize', authorize_answer FROM instance WHERE authorize_answer <> ''")
        stored = {(row["instance"], row["request"].hex()): row for row in kept}
        for member in self.log.members.values():
            lines = member.of_this_registration(member.acknowledged, "authorize", "renew-id")
            open_ones = any(member.open_now(kind) for kind in ("authorize", "renew-id", "deregister"))
            if member.instance is None or not lines or open_ones:
                continue
            last = max(lines, key=lambda line: line["sequence"])
            answer = stored.get((member.instance, last["request"]))
            if answer is None or answer["type"] != last["kind"] or not answer["payload"]:
                self.say("answers", f"{member.udi}: the answer to its last request {last['request']} is not kept")


def check(store, log):
    return Checker(store, log).run()


# --- the check of the check -----------------------------------------------------------------------------------------
DAMAGES = {
    "a usage row changed": ("usage", "UPDATE usage SET claimed = claimed + 1, counted = counted + 1 WHERE (account, instance, tag) IN "
                                     "(SELECT account, instance, tag FROM usage LIMIT 1)"),
    "an instance doubled": ("instances", "INSERT INTO instance SELECT account, id + 1000000, va, status, name, product_tag, host_name, "
                                         "software_version, agent_version, udis, export_allowed, registered_at, last_contact, "
                                         "last_authorized, in_compliance, public_key, key_algorithm, serial, previous_serial, "
                                         "certificate_ends, last_sequence, last_request, authorize_answer, authorize_digest, "
                                         "generation, evaluation_used, removed_at "
                                         "FROM instance WHERE status = 'active' LIMIT 1"),
    "an audit row deleted": ("audit chain", "DELETE FROM audit WHERE (account, sequence) IN (SELECT account, sequence FROM audit WHERE "
                                            "action = 'usage.change' ORDER BY sequence LIMIT 1 OFFSET 3)"),
    "the last audit row deleted": ("audit chain", "DELETE FROM audit WHERE (account, sequence) IN (SELECT account, max(sequence) FROM "
                                                  "audit WHERE account <> 0 GROUP BY account)"),
    "an audit row changed": ("audit chain", "UPDATE audit SET actor = 'device:PID:X,SN:Y' WHERE (account, sequence) IN (SELECT account, "
                                            "sequence FROM audit WHERE action = 'usage.change' ORDER BY sequence LIMIT 1 OFFSET 5)"),
    "a registration removed": ("instances", "DELETE FROM instance WHERE (account, id) IN (SELECT account, id FROM instance WHERE "
                                            "status = 'active' LIMIT 1)"),
    "a registration's certificate gone": ("instances", "DELETE FROM certificate WHERE (account, serial) IN (SELECT account, serial FROM "
                                                       "certificate WHERE status = 'issued' LIMIT 1)"),
    "a token used once more": ("tokens", "UPDATE token SET uses = uses + 1"),
    "a sequence gone back": ("sequences", "UPDATE instance SET last_sequence = 0 WHERE (account, id) IN (SELECT account, id FROM instance "
                                          "WHERE status = 'active' LIMIT 1)"),
    "a pool one off": ("pools", "UPDATE pool SET in_use = in_use + 1 WHERE (account, va, tag) IN (SELECT account, va, tag FROM pool LIMIT 1)"),
    "a leg changed": ("ledger", "UPDATE ledger_entry SET delta = delta + 1 WHERE place = 'free' AND (account, posting, leg) IN (SELECT "
                                "account, posting, leg FROM ledger_entry WHERE place = 'free' LIMIT 1)"),
    "a stored answer gone": ("answers", "UPDATE instance SET authorize_answer = '' WHERE (account, id) IN (SELECT account, id FROM "
                                        "instance WHERE status = 'active' LIMIT 1)"),
}


def check_checker(store, log, folder):
    """Each planted damage, on a copy of the store, must be named by its own check; returns what was not."""
    problems = []
    for number, (name, (expected, sql)) in enumerate(DAMAGES.items()):
        copy = f"{folder}/damaged-{number}.db"
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as source, sqlite3.connect(copy) as target:
            source.backup(target)
            if target.execute(sql).rowcount < 1:
                problems.append(f"planted: {name}: nothing was changed")
                continue
            target.commit()
        found = check(copy, log)
        if not any(problem.startswith(expected + ":") for problem in found):
            problems.append(f"planted: {name}: not named by \"{expected}\", only {found[:3]}")
    return problems
