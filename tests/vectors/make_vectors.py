#!/usr/bin/python3
"""Golden wire vectors of protocol version 1, made with jwcrypto and independent of the C++ code.

make_vectors.py write   (re)writes v1/*.json from v1/material.json; ECDSA signatures differ from run to run
make_vectors.py check   the committed vectors: same header and payload bytes, every signature verifies

A vector: message, kind (request or answer), algorithm, signed_by (a key of material.json), the protected header, the
payload as text, and the compact JWS.
"""
import base64
import hashlib
import json
import sys
from pathlib import Path

from jwcrypto import jwk, jws
from jwcrypto.common import JWSEHeaderParameter

HERE = Path(__file__).resolve().parent / "v1"
MATERIAL = json.loads((HERE / "material.json").read_text())
CERTIFICATES = MATERIAL["certificates"]
NOW = 1767261600000  # 2026-01-01T10:00:00Z
REQUEST_IDS = {m: f"{n:02x}" * 16 for n, m in
               enumerate(("register", "authorize", "renew-id", "deregister", "poll", "trust"), 0xA1)}
INCARNATION = "5c" * 16
TAG = "regid.2026-01.org.example.C9500_%s,1.0_%s"
ADVANTAGE = TAG % ("NETWORK_ADVANTAGE", "8cd3f9b0-7c11-4f0e-9a3d-0b5c6d7e8f90")
DNA = TAG % ("DNA_ADVANTAGE", "1f2e3d4c-5b6a-4798-8877-665544332211")
PRODUCT = TAG % ("PRODUCT", "0a1b2c3d-4e5f-4061-8273-849506a7b8c9")
REQUEST_CRIT = ["request_id", "sequence", "sent_at", "versions"]
ANSWER_CRIT = ["request_id", "server_time", "incarnation", "trust_version", "version"]
REGISTRY = {n: JWSEHeaderParameter(n, True, True, None)
            for n in {*REQUEST_CRIT, *ANSWER_CRIT, "id_serial", "signing_serial", "x5c", "x5t#S256"}}


def compact_json(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(key_name, header, payload):
    token = jws.JWS(payload.encode(), header_registry=REGISTRY)
    token.add_signature(jwk.JWK(**MATERIAL["keys"][key_name]), header["alg"], compact_json(header))
    return token.serialize(compact=True)


def verify(key_name, compact):
    key = jwk.JWK.from_json(jwk.JWK(**MATERIAL["keys"][key_name]).export_public())
    token = jws.JWS(header_registry=REGISTRY)
    token.deserialize(compact, key)
    return token.payload.decode()


def algorithm(key_name):
    return "RS256" if key_name.endswith("_rsa") else "ES256"


def request(message, payload, key="device", sequence=0):
    header = {"alg": algorithm(key), "typ": f"lictor-{message}+jws", "crit": REQUEST_CRIT,
              "request_id": REQUEST_IDS[message], "sequence": sequence, "sent_at": NOW, "versions": [1, 1]}
    if message != "register":
        der = base64.b64decode(CERTIFICATES[key])
        header.update({"kid": f"{MATERIAL['authority']}/1001/42",
                       "id_serial": ("42" if key == "device_rsa" else "41") * 16,
                       "x5t#S256": b64url(hashlib.sha256(der).digest()),
                       "x5c": [CERTIFICATES[key]], "signing_serial": "31" * 16})
    return {"message": message, "kind": "request", "signed_by": key, "header": header, "payload": payload}


def answer(message, payload, key="signing"):
    header = {"alg": algorithm(key), "typ": f"lictor-{message}+jws", "crit": ANSWER_CRIT,
              "request_id": REQUEST_IDS[message], "server_time": NOW + 250, "incarnation": INCARNATION,
              "trust_version": 1, "version": 1, "x5c": [CERTIFICATES[key]]}
    return {"message": message, "kind": "answer", "signed_by": key, "header": header, "payload": payload}


def refusal(message, error):
    return answer(message, {"error": error})


def stack():
    return [{"pid": "C9500-40X", "sn": "FCW2233A5ZV", "role": "Active"},
            {"pid": "C9500-40X", "sn": "FCW2233A5ZW", "role": "Standby"}]


def usage(tag, count, feature, display, description, export=False):
    return {"tag": tag, "count": count, "feature_name": feature, "display_name": display, "description": description,
            "export_controlled": export}


def bundle_signature(key):
    """A root's word for the anchors of version 2: the version and the anchors, one a line."""
    payload = "2\n" + b64url(base64.b64decode(CERTIFICATES["root_2"]))
    token = jws.JWS(payload.encode())
    token.add_signature(jwk.JWK(**MATERIAL["keys"][key]), "ES256",
                        compact_json({"alg": "ES256", "typ": "lictor-trust-bundle+jws"}))
    return token.serialize(compact=True)


def authorize_payload():
    return {"udis": stack(), "software_version": "16.12.3", "agent_version": "4.9.6_rel/40",
            "host_name": "Stra\u00dfe-\"7\"\\edge",
            "usage": [usage(DNA, 2, "dna-advantage", "C9500 DNA Advantage", "C9500 DNA Advantage"),
                      usage(ADVANTAGE, 2, "network-advantage", "C9500 Network Advantage",
                            "C9500 Network Advantage", True)],
            "virtual_account": 7, "generation": 3, "evaluation_used": 86400, "trust_version": 1,
            "incarnation_seen": INCARNATION}


def authorize_answer_payload():
    return {"tags": [{"tag": DNA, "status": "authorized", "count": 2},
                     {"tag": ADVANTAGE, "status": "out-of-compliance", "count": 2}],
            "status": "out-of-compliance", "next_interval": 86400, "deadline": NOW + 90 * 86400000,
            "virtual_account": 7, "account_name": "Example Networks", "virtual_account_name": "M\u00fcnchen \u5317\u4eac",
            "export_allowed": True}


def vectors():
    device_chain = [CERTIFICATES["device"], CERTIFICATES["intermediate"]]
    out = {
        "register-request": request("register", {
            "token": "NDJhYjNlZWMtZTk4Yi00NzQzLTg5ZjYtMWU3YzA0", "csr": MATERIAL["requests"]["device"], "force": False,
            "product_tag": PRODUCT, "udis": stack(), "software_version": "16.12.3", "agent_version": "4.9.6_rel/40",
            "host_name": "edge-1"}),
        "register-request-rs256": request("register", {
            "token": "NDJhYjNlZWMtZTk4Yi00NzQzLTg5ZjYtMWU3YzA0", "csr": MATERIAL["requests"]["device_rsa"],
            "force": True, "product_tag": PRODUCT, "udis": stack()[:1], "software_version": "16.9.1",
            "agent_version": "4.9.6_rel/40", "host_name": ""}, "device_rsa"),
        "register-answer": answer("register", {
            "chain": device_chain, "account": 1001, "instance": 42, "virtual_account": 7,
            "account_name": "Example Networks", "virtual_account_name": "M\u00fcnchen \u5317\u4eac",
            "export_allowed": True, "first_authorization_due": NOW + 10000}),
        "register-refusal": refusal("register", {
            "code": "LS_TOKEN_EXPIRED", "reason": "The registration token has expired"}),
        "authorize-request": request("authorize", authorize_payload(), sequence=1),
        "authorize-request-rs256": request("authorize", authorize_payload(), "device_rsa", sequence=9007199254740991),
        "authorize-answer": answer("authorize", authorize_answer_payload()),
        "authorize-answer-rs256": answer("authorize", authorize_answer_payload(), "signing_rsa"),
        "authorize-refusal": refusal("authorize", {
            "code": "LS_SEQUENCE_BEHIND", "reason": "The request is older than the last one processed (17)",
            "last_sequence": 17}),
        "renew-id-request": request("renew-id", {"csr": MATERIAL["requests"]["device"]}, sequence=2),
        "renew-id-answer": answer("renew-id", {"chain": device_chain}),
        "renew-id-refusal": refusal("renew-id", {
            "code": "LS_PENDING", "reason": "Waiting for reply", "retry_after": 300}),
        "deregister-request": request("deregister", {"reason": "license smart deregister"}, sequence=3),
        "deregister-answer": answer("deregister", {}),
        "poll-request": request("poll", {"asked_for": REQUEST_IDS["authorize"]}),
        "poll-answer": answer("poll", {"pending": False, "type": "authorize",
                                       "payload": compact_json(authorize_answer_payload())}),
        "poll-answer-pending": answer("poll", {"pending": True, "interval": 60}),
        "trust-request": request("trust", {"version_held": 1}),
    }
    return out


def trust_answer(committed):
    """Signed under the new root. Its payload holds signatures, which are kept from run to run once they verify."""
    bundle = {"version": 2, "anchors": [CERTIFICATES["root_2"]], "signed_by_previous": bundle_signature("root"),
              "signed_by_new": bundle_signature("root_2")}
    if committed:
        kept = json.loads(committed["payload"])["bundles"][0]
        for member, key in (("signed_by_previous", "root"), ("signed_by_new", "root_2")):
            if bundle[member].rsplit(".", 1)[0] == kept[member].rsplit(".", 1)[0]:
                verify(key, kept[member])
                bundle[member] = kept[member]
    vector = answer("trust", {"bundles": [bundle]}, "signing_2")
    vector["header"]["trust_version"] = 2
    return vector


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in ("write", "check"):
        sys.exit(__doc__)
    trust_file = HERE / "trust-answer.json"
    made = vectors()
    made["trust-answer"] = trust_answer(json.loads(trust_file.read_text()) if trust_file.exists() else None)
    wrong = []
    for name, vector in made.items():
        vector["payload"] = compact_json(vector["payload"])
        vector["compact"] = sign(vector["signed_by"], vector["header"], vector["payload"])
        path = HERE / f"{name}.json"
        if sys.argv[1] == "write":
            path.write_text(json.dumps(vector, indent=1, ensure_ascii=False) + "\n")
            continue
        committed = json.loads(path.read_text())
        theirs = committed["compact"].rsplit(".", 1)[0]
        if theirs != vector["compact"].rsplit(".", 1)[0] or committed["payload"] != vector["payload"]:
            wrong.append(f"{name}: header or payload differ")
        try:
            verify(committed["signed_by"], committed["compact"])
        except jws.InvalidJWSSignature as error:
            wrong.append(f"{name}: {error}")
    names = {p.stem for p in HERE.glob("*.json")} - {"material"}
    wrong += [f"{name}: is made by nobody" for name in sorted(names - made.keys())]
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


main()
