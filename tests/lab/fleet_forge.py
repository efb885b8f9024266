"""Many lineages of a fleet in etcd in little time: what members would have published, sealed as they do.

Written from docs/fleet-machine.md and not from the program, so that a join tests the format, too."""

import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .etcd import encode

KINDS = {"tip": 1, "head": 2, "gen": 3, "want": 8, "chain": 11}
# Operations of a transaction.
TOGETHER = 126
GENERATION = 1


def number(value):
    return struct.pack(">Q", value)


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">I", len(value)) + value


def digest(value):
    return hashlib.sha256(value).hexdigest()


class FleetForge:
    """Publishes lineages under a prefix with the key and the id of the fleet."""

    def __init__(self, etcd, prefix, key, fleet):
        self.etcd, self.prefix, self.key, self.fleet = etcd, prefix, key, fleet
        self.key_id = self.mac(b"certbot id of a fleet's key")[:4]
        self.puts = []

    def mac(self, message):
        return hmac.digest(self.key, message, "sha256")

    def seal(self, kind, name, fields):
        """A record of that kind, bound to its place."""
        kind_byte = bytes([KINDS[kind]])
        bound = (b"\1" + text(self.fleet) + kind_byte + text(name)
                 + number(GENERATION if kind == "gen" else 0))
        salt, nonce = os.urandom(12), os.urandom(12)
        derived = self.mac(b"certbot sealed value 1" + salt)
        sealed = AESGCM(derived).encrypt(nonce, b"\1" + kind_byte + b"".join(fields), bound)
        return b"\1" + self.key_id + salt + nonce + sealed

    def put(self, kind, name, *fields):
        key = "/".join([kind] + ([name] if name else []) + ([str(GENERATION)] if kind == "gen" else []))
        self.puts.append({"requestPut": {"key": encode(self.prefix + key),
                                         "value": encode(self.seal(kind, name, fields))}})
        if len(self.puts) == TOGETHER:
            self.flush()

    def flush(self):
        if self.puts:
            self.etcd.call("kv/txn", success=self.puts)
        self.puts = []

    def publish(self, name, files, options):
        """`files`: cert, chain and privkey as PEM; `options`: those that all members share."""
        chain = digest(files["chain"])
        head = [number(GENERATION), number(4102444800)]
        self.put("gen", name, *head, text(""), text(files["cert"]), text(chain), text(files["privkey"]))
        self.put("head", name, *head, text(digest(files["cert"])), text("forge"))
        self.put("want", name, number(GENERATION), text(options))

    def end(self, chain):
        """The chain of all of them, and a tip by which members notice."""
        self.put("chain", digest(chain), text(chain))
        self.put("tip", "", number(GENERATION))
        self.flush()
