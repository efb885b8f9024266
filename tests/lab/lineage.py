"""Reads what a certbot keeps on disk: a lineage, and whole trees to compare before and after."""

import os
import re
import stat
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from .authority import public_bytes

KINDS = ("cert", "privkey", "chain", "fullchain")
PEM_CERT = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)


def certificates(pem):
    """The certificates of a PEM text, in order."""
    return [x509.load_pem_x509_certificate(block) for block in PEM_CERT.findall(pem)]


def names_of(cert):
    """The names and addresses for which a certificate stands."""
    names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return names.get_values_for_type(x509.DNSName) + \
        [str(address) for address in names.get_values_for_type(x509.IPAddress)]


def signed_by(cert, issuer):
    """Whether the issuer's key made the signature on a certificate."""
    key = issuer.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(cert.signature, cert.tbs_certificate_bytes,
                       ec.ECDSA(cert.signature_hash_algorithm))
        else:
            key.verify(cert.signature, cert.tbs_certificate_bytes, padding.PKCS1v15(),
                       cert.signature_hash_algorithm)
    except Exception:  # InvalidSignature, or the key is of another kind
        return False
    return True


class Lineage:
    """The files of one certificate, read at the moment of the call. suffix: "-rsa" for those of a
    second key."""

    def __init__(self, config_dir, name, suffix=""):
        self.suffix = suffix
        self.config_dir = Path(config_dir)
        self.name = name
        self.live = self.config_dir / "live" / name
        self.archive = self.config_dir / "archive" / name
        self.conf_path = self.config_dir / "renewal" / f"{name}.conf"

    def exists(self):
        return self.conf_path.exists()

    def read(self, kind):
        return (self.live / f"{kind}{self.suffix}.pem").read_bytes()

    def link(self, kind):
        return os.readlink(self.live / f"{kind}{self.suffix}.pem")

    def second(self, kind="rsa"):
        """The files of its second key."""
        return Lineage(self.config_dir, self.name, f"-{kind}")

    def version(self):
        """The version to which all four links point; an error if they do not agree."""
        versions = {kind: self._link_version(kind) for kind in KINDS}
        assert len(set(versions.values())) == 1, f"{self.name}: links disagree: {versions}"
        return versions["cert"]

    def _link_version(self, kind):
        target = self.link(kind)
        found = re.fullmatch(rf"\.\./\.\./archive/{re.escape(self.name)}/{kind}{self.suffix}(\d+)\.pem",
                             target)
        assert found, f"{self.name}: {kind}.pem points to {target!r}"
        return int(found.group(1))

    def versions(self):
        """All versions in the archive of which all four files are there."""
        found = [set(int(m.group(1)) for m in
                     (re.fullmatch(rf"{kind}{self.suffix}(\d+)\.pem", path.name)
                      for path in self.archive.iterdir()) if m) for kind in KINDS]
        return sorted(set.intersection(*found))

    def take(self, other):
        """Takes the files of another lineage as its next version and moves the links, as Certbot or
        an administrator does: nothing is written into the conf."""
        number = self.versions()[-1] + 1
        for kind in KINDS:
            stored = self.archive / f"{kind}{number}.pem"
            stored.touch(0o600)
            stored.write_bytes(other.read(kind))
            link = self.live / f"{kind}.pem"
            link.unlink()
            link.symlink_to(f"../../archive/{self.name}/{stored.name}")

    @property
    def cert(self):
        return certificates(self.read("cert"))[0]

    @property
    def chain(self):
        return certificates(self.read("chain"))

    @property
    def key(self):
        return serialization.load_pem_private_key(self.read("privkey"), None)

    def names(self):
        return names_of(self.cert)

    def serial(self):
        return self.cert.serial_number

    def verify(self, *names):
        """Raises an AssertionError if anything about the lineage is not as it should be."""
        self._verify_public(self.key)
        mode = stat.S_IMODE((self.live / f"privkey{self.suffix}.pem").stat().st_mode)
        assert mode & 0o007 == 0, f"{self.name}: key has mode {mode:o}"
        assert not names or sorted(names) == sorted(self.names()), \
            f"{self.name}: names are {self.names()}, not {list(names)}"
        return self

    def verify_request(self, pem):
        """The same for one that is renewed from a CSR, of which it has a copy in place of a key."""
        assert self.read("privkey") == pem, f"{self.name}: not a copy of the request"
        self._verify_public(x509.load_pem_x509_csr(pem))
        return self

    def _verify_public(self, holder):
        self.version()
        cert = certificates(self.read("cert"))
        assert len(cert) == 1, f"{self.name}: {len(cert)} certificates in cert.pem"
        assert public_bytes(holder) == public_bytes(cert[0]), f"{self.name}: key does not fit"
        path = cert + self.chain
        assert len(path) > 1, f"{self.name}: chain.pem is empty"
        for child, parent in zip(path, path[1:]):
            assert signed_by(child, parent), f"{self.name}: {child.subject} not by {parent.subject}"
        assert self.read("fullchain") == self.read("cert") + self.read("chain"), \
            f"{self.name}: fullchain is not cert and chain"

    def conf(self):
        return self.conf_path.read_text()

    def note(self, *lines):
        """Adds lines to what the conf has on record of the lineage."""
        section = "[renewal_state]\n"
        text = self.conf()
        if section not in text:
            text += f"\n{section}"
        added = "".join(f"{line}\n" for line in lines)
        self.conf_path.write_text(text.replace(section, section + added))


def _entry(path):
    status = os.lstat(path)
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISLNK(status.st_mode):
        return ("link", os.readlink(path))
    if stat.S_ISDIR(status.st_mode):
        return ("folder", mode)
    if stat.S_ISREG(status.st_mode):
        return ("file", mode, Path(path).read_bytes())
    return ("other", stat.S_IFMT(status.st_mode), mode)


def snapshot(*folders, leave_out=()):
    """Everything below the folders: {path: what it is}. leave_out: names of entries to pass by."""
    found = {}
    for folder in folders:
        if not os.path.lexists(folder):
            continue
        found[str(folder)] = _entry(folder)
        for parent, subfolders, files in os.walk(folder):
            subfolders[:] = [name for name in subfolders if name not in leave_out]
            for name in subfolders + [name for name in files if name not in leave_out]:
                path = os.path.join(parent, name)
                found[path] = _entry(path)
    return found


def differences(before, after):
    """Readable lines, one per entry that appeared, went or changed."""
    lines = [f"gone: {path}" for path in before.keys() - after.keys()]
    lines += [f"new: {path}" for path in after.keys() - before.keys()]
    lines += [f"changed: {path}: {_short(before[path])} -> {_short(after[path])}"
              for path in before.keys() & after.keys() if before[path] != after[path]]
    return sorted(lines)


def _short(entry):
    return tuple(part[:60] if isinstance(part, bytes) else part for part in entry)
