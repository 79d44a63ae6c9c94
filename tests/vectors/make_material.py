#!/usr/bin/python3
"""make_material.py > v1/material.json

Keys, certificates and requests that the vectors are made of. Run once per version of the protocol: every run draws
new keys, so every vector changes. The keys are for tests alone and protect nothing.
"""
import base64
import datetime
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtensionOID, NameOID
from jwcrypto import jwk

AUTHORITY = "6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a"
BEGIN = datetime.datetime(2026, 1, 1)
CRL_URL = "http://crl.example.org/crl/servers.crl"
ID_EKU = "2.25.151083674385412309627480263148906195571"
SIGNING_EKU = "2.25.151083674385412309627480263148906195572"


def b64(data):
    return base64.b64encode(data).decode()


def eku(dotted):
    """SEQUENCE { OBJECT IDENTIFIER }: the library takes no arc of 128 bits."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    body = b""
    for arc in [first * 40 + second, *rest]:
        octets = [arc & 0x7F]
        while arc := arc >> 7:
            octets.insert(0, 0x80 | (arc & 0x7F))
        body += bytes(octets)
    oid = bytes([6, len(body)]) + body
    return x509.UnrecognizedExtension(ExtensionOID.EXTENDED_KEY_USAGE, bytes([0x30, len(oid)]) + oid)


def name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Networks"),
                      x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def usage(ca):
    return x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, content_commitment=False,
                         key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                         decipher_only=False)


def certificate(key, common_name, serial, days, issuer=None, path_length=None, purpose=None, uri=None):
    issuer_key, issuer_name = issuer or (key, name(common_name))
    ca = purpose is None
    builder = (x509.CertificateBuilder()
               .subject_name(name(common_name)).issuer_name(issuer_name).public_key(key.public_key())
               .serial_number(int(serial, 16))
               .not_valid_before(BEGIN).not_valid_after(BEGIN + datetime.timedelta(days=days))
               .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
               .add_extension(usage(ca), critical=True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
                              critical=False))
    if purpose:
        builder = builder.add_extension(eku(purpose), critical=False)
    if uri:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)]),
                                        critical=False)
    if issuer:
        builder = builder.add_extension(
            x509.CRLDistributionPoints([x509.DistributionPoint([x509.UniformResourceIdentifier(CRL_URL)],
                                                               None, None, None)]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def request(key, common_name):
    return (x509.CertificateSigningRequestBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
            .sign(key, hashes.SHA256()))


def main():
    keys = {n: ec.generate_private_key(ec.SECP256R1())
            for n in ("root", "root_2", "intermediate", "signing", "signing_2", "device")}
    keys.update({n: rsa.generate_private_key(65537, 2048) for n in ("signing_rsa", "device_rsa")})
    root = (keys["root"], name("Example Licensing Root"))
    root_2 = (keys["root_2"], name("Example Licensing Root 2"))
    issuer = (keys["intermediate"], name("Example ID Issuer"))
    instance = f"urn:lictor:{AUTHORITY}:1001:42"
    certificates = {
        "root": certificate(keys["root"], "Example Licensing Root", "11" * 16, 7300),
        "root_2": certificate(keys["root_2"], "Example Licensing Root 2", "12" * 16, 7300),
        "intermediate": certificate(keys["intermediate"], "Example ID Issuer", "21" * 16, 3650, root, 0,
                                    uri=f"urn:lictor:{AUTHORITY}"),
        "signing": certificate(keys["signing"], "Example Answer Signing", "31" * 16, 1825, root, None, SIGNING_EKU,
                               f"urn:lictor:{AUTHORITY}"),
        "signing_2": certificate(keys["signing_2"], "Example Answer Signing", "33" * 16, 1825, root_2, None, SIGNING_EKU,
                                 f"urn:lictor:{AUTHORITY}"),
        "signing_rsa": certificate(keys["signing_rsa"], "Example Answer Signing", "32" * 16, 1825, root, None,
                                   SIGNING_EKU, f"urn:lictor:{AUTHORITY}"),
        "device": certificate(keys["device"], "PID:C9500-40X,SN:FCW2233A5ZV", "41" * 16, 365, issuer, None, ID_EKU,
                              instance),
        "device_rsa": certificate(keys["device_rsa"], "PID:C9500-40X,SN:FCW2233A5ZV", "42" * 16, 365, issuer, None,
                                  ID_EKU, instance),
    }
    der = serialization.Encoding.DER
    out = {"authority": AUTHORITY,
           "keys": {n: json.loads(jwk.JWK.from_pyca(k).export()) for n, k in keys.items()},
           "public_keys": {n: b64(k.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo))
                           for n, k in keys.items()},
           "certificates": {n: b64(c.public_bytes(der)) for n, c in certificates.items()},
           "requests": {n: b64(request(keys[n], "PID:C9500-40X,SN:FCW2233A5ZV").public_bytes(der))
                        for n in ("device", "device_rsa")}}
    print(json.dumps(out, indent=1))


main()
