"""The other side of peer_test.cpp, in jwcrypto.

peer.py sign KEY.pem ALG HEADER_FILE PAYLOAD_FILE   prints the compact JWS
peer.py verify PUBLIC_KEY.pem COMPACT_FILE          prints the payload; exit status 1 when it does not verify
"""
import sys

from jwcrypto import jwk, jws
from jwcrypto.common import JWSEHeaderParameter

REGISTRY = {n: JWSEHeaderParameter(n, True, True, None)
            for n in ("request_id", "sequence", "sent_at", "versions", "server_time", "incarnation", "trust_version",
                      "version", "id_serial", "signing_serial", "x5c", "x5t#S256")}


def content(path):
    with open(path, "rb") as file:
        return file.read()


key = jwk.JWK.from_pem(content(sys.argv[2]))
if sys.argv[1] == "sign":
    token = jws.JWS(content(sys.argv[5]), header_registry=REGISTRY)
    token.add_signature(key, sys.argv[3], content(sys.argv[4]).decode())
    print(token.serialize(compact=True), end="")
else:
    token = jws.JWS(header_registry=REGISTRY)
    try:
        token.deserialize(content(sys.argv[3]).decode(), key)
    except (jws.InvalidJWSSignature, jws.InvalidJWSObject) as error:
        sys.exit(f"refused: {error}")
    sys.stdout.write(token.payload.decode())
