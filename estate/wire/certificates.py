# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TCPS: a throwaway certificate authority, server and client certificates, wallets, and the server's TLS context."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_DAYS = 30


@dataclass(frozen=True, slots=True)
class Credential:
    """A private key with its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def certificate_pem(self) -> bytes:
        """The certificate in PEM, without the key."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self, password: str | None = None) -> bytes:
        """The key in PKCS#8, encrypted when a password is given."""
        protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if password:
            protection = serialization.BestAvailableEncryption(password.encode())
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


def _name(common_name: str) -> x509.Name:
    return x509.Name([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "estate"),
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
    ])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class Authority:
    """A certificate authority that lives in memory and signs for a month."""

    def __init__(self, common_name: str = "estate test authority") -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(common_name)
        builder = _builder(name, name, key, VALID_DAYS)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(signs=True), critical=True)
        self.credential = Credential(key, builder.sign(key, hashes.SHA256()))

    def issue(self, common_name: str, hosts: Sequence[str] = (), *, client: bool = False,
              days: int = VALID_DAYS) -> Credential:
        """A certificate for ``hosts`` (names or addresses); negative ``days`` give one that has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self.credential
        builder = _builder(_name(common_name), issuer.certificate.subject, key, days)
        purpose = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(authority_key, critical=False)
        if hosts:
            names = x509.SubjectAlternativeName([_alternative(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        return Credential(key, builder.sign(issuer.key, hashes.SHA256()))

    def write_wallet(self, folder: Path, credential: Credential | None = None, password: str | None = None) -> Path:
        """Write ewallet.pem as thin drivers read it: the client's key and certificate, then the authority."""
        parts = [self.credential.certificate_pem()]
        if credential is not None:
            parts = [credential.key_pem(password), credential.certificate_pem(), *parts]
        folder.mkdir(parents=True, exist_ok=True)
        wallet = folder / "ewallet.pem"
        _write_private(wallet, b"".join(parts))
        return folder


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(digital_signature=True, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
                         key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                         decipher_only=False)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey,
             days: int) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    start = now - datetime.timedelta(days=max(1, 1 - days))
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(start)
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _write_private(path: Path, data: bytes) -> None:
    path.touch(mode=0o600, exist_ok=True)
    path.write_bytes(data)


def server_context(folder: Path, server: Credential, *, client_authority: Authority | None = None) -> ssl.SSLContext:
    """The TLS context of a TCPS listener; with ``client_authority`` clients must show a certificate of it.

    Writes server.pem (key and certificate) into ``folder``, as ssl reads files only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pem = folder / "server.pem"
    _write_private(pem, server.key_pem() + server.certificate_pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(pem)
    if client_authority is not None:
        context.load_verify_locations(cadata=client_authority.credential.certificate_pem().decode())
        context.verify_mode = ssl.CERT_REQUIRED
    return context
