"""Keys and signatures: made by ldns-keygen and ldns-signzone, one key of each kind a run, worn by every zone; then damaged on request."""
import base64
import hashlib
import pathlib
import re
import struct
import subprocess
import time

NAMES = {8: "RSASHA256", 10: "RSASHA512", 13: "ECDSAP256SHA256", 14: "ECDSAP384SHA384", 15: "ED25519", 16: "ED448"}
DAY = 86_400


def run(*words, **settings):
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, **settings)
    if result.returncode != 0:
        raise RuntimeError(f"{words[0]} ended with {result.returncode}: {result.stderr}{result.stdout}\n{' '.join(map(str, words))}")
    return result.stdout


class Key:
    def __init__(self, data, private):
        self.data, self.private = data, private

    @property
    def wire(self):
        flags, protocol, algorithm, text = self.data.split(" ", 3)
        return struct.pack("!HBB", int(flags), int(protocol), int(algorithm)) + base64.b64decode(text)

    @property
    def tag(self):
        """RFC 4034 appendix B."""
        total = sum(octet << 8 if index % 2 == 0 else octet for index, octet in enumerate(self.wire))
        return (total + (total >> 16)) & 0xFFFF

    def ds(self, apex, algorithm=None, digest=2):
        """The DS record's data. An algorithm or digest number that nobody knows is written as if it were real."""
        owner = b"".join(bytes([len(label)]) + label.lower().encode() for label in apex.split(".") if label) + b"\0"
        make = {1: hashlib.sha1, 4: hashlib.sha384}.get(digest, hashlib.sha256)
        number = self.data.split(" ")[2] if algorithm is None else algorithm
        return f"{self.tag} {number} {digest} {make(owner + self.wire).hexdigest()}"


class Keys:
    """Keys by role and algorithm, each made when first wanted."""

    def __init__(self, folder):
        self.folder, self.made = pathlib.Path(folder), {}
        self.folder.mkdir()

    def get(self, role, algorithm):
        """The role `other` is a key that no zone holds."""
        if (role, algorithm) not in self.made:
            words = ["ldns-keygen", "-r", "/dev/urandom", "-a", NAMES[algorithm], "-b", "2048"]
            base = run(*words, *([] if role == "zsk" else ["-k"]), "farm", cwd=self.folder).strip()
            text = (self.folder / f"{base}.key").read_text()
            data = re.search(r"DNSKEY\s+(\d+\s+\d+\s+\d+\s+[^;\n]+)", text)[1]
            flags, protocol, number, octets = data.split(None, 3)
            self.made[role, algorithm] = Key(f"{flags} {protocol} {number} {octets.replace(' ', '').strip()}", (self.folder / f"{base}.private").read_text())
        return self.made[role, algorithm]


def keys_of(signing, keys):
    """Role -> key of a zone signed this way: one key for all, or two."""
    algorithm = signing.get("algorithm", 13)
    roles = ["ksk", "zsk"] if signing.get("keys") == "split" else ["ksk"]
    return {role: keys.get(role, algorithm) for role in roles}


def ds_lines(zone, keys):
    """The DS records that the parent of a world's zone holds."""
    if not zone.signing:
        return []
    algorithm = zone.signing.get("algorithm", 13)
    ds = zone.signing.get("ds", {})
    key = keys.get("other" if ds.get("of") == "other" else "ksk", algorithm)
    numbers = {name: ds[name] for name in ("algorithm", "digest") if name in ds}
    return [f"{zone.apex} DS {key.ds(zone.apex, **numbers)}"]


def _stamp(days):
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + days * DAY))


def sign(apex, text, signing, keys, folder):
    """The signed zone as text, one record a line."""
    folder = pathlib.Path(folder)
    unsigned, signed = folder / "unsigned", folder / "signed"
    unsigned.write_text(text)
    bases = []
    for role, key in keys_of(signing, keys).items():
        base = folder / f"K{role}+{key.tag}"
        base.with_name(base.name + ".key").write_text(f"{apex} 60 IN DNSKEY {key.data}\n")
        base.with_name(base.name + ".private").write_text(key.private)
        bases.append(base)
    words = ["ldns-signzone", "-o", apex, "-f", signed, "-i", _stamp(signing.get("from", -10)), "-e", _stamp(signing.get("until", 20))]
    nsec3 = signing.get("nsec3")
    if nsec3 is not None:
        words += ["-n", "-t", nsec3.get("iterations", 0)] + (["-s", nsec3["salt"]] if "salt" in nsec3 else [])
        words += ["-p"] if nsec3.get("opt-out") else []
    # All keys sign the DNSKEY set, so that the one signature that counts can be taken away.
    run(*words, "-A", unsigned, *bases)
    return signed.read_text()


def edited(text, edit, apex, tags):
    """The signed zone less some records (`drop`), or with a signature that no longer fits (`damage`). `OWNER TYPE [COVERED] [ksk|zsk]`."""
    for action in edit:
        for pattern in edit[action]:
            lines, found = [], False
            for line in text.splitlines():
                if not _fits(line, pattern, apex, tags):
                    lines.append(line)
                    continue
                found = True
                if action == "damage":
                    head, signature = line.rsplit(" ", 1)
                    lines.append(f"{head} {'B' if signature[0] == 'A' else 'A'}{signature[1:]}")
            if not found:
                raise RuntimeError(f"{apex}: nothing in the signed zone is {pattern}:\n{text}")
            text = "\n".join(lines) + "\n"
    return text


def _fits(line, pattern, apex, tags):
    fields = line.split()
    if len(fields) < 5:
        return False
    owner, kind, *rest = pattern.split()
    wanted = None if owner == "*" else apex if owner == "@" else f"{owner}.{apex}"
    if (wanted and fields[0] != wanted) or (fields[3] != kind and kind != "*"):
        return False
    if kind == "RRSIG" and rest and fields[4] != rest[0]:
        return False
    return not (kind == "RRSIG" and len(rest) > 1) or fields[10] == str(tags[rest[1]])
