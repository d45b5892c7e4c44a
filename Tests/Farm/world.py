"""Worlds: a base, one fact flipped, and what must follow; read from files and turned into zones, delegations and addresses."""
import copy
import pathlib
import re

import yaml

from signing import ds_lines

HERE = pathlib.Path(__file__).parent
TLD = "test"
# Each world has its own hosts in these networks; what is not of this farm is never allowed to the program.
V4, V6 = "10.53.%d.%d", "fd53:%x::%x"
HOLE4, HOLE6 = "10.54.%d.%d", "fd54:%x::%x"
NETWORKS = ["10.53.0.0/16", "10.54.0.0/16", "fd53::/16", "fd54::/16"]
# a to d are name servers, e a resolver, f and l a forger and the liar it leads to, w a web host, x one more machine beside it.
HOSTS = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 66, "l": 67, "w": 80, "x": 81}
# Whose daemon stands behind each letter. The letters c and d are processes of their own, so that they do not know the zones of a and b.
DAEMONS = {"a": "nsd", "b": "knot", "c": "nsd2", "d": "knot2"}
VALUE = "farm-0123456789abcdefghijklmnopqrstuvwxyzABC"

EXPECTATIONS = {"verdict", "finding", "gone", "security", "resolver", "ca"}
KEYS = {"title", "base", "flip", "record", "issuer", "wildcard", "zones", "servers", "addresses", "daemons", "web", "resolvers", "expect", "stricter", "milder"}


class BadWorld(Exception):
    pass


class World:
    """One world with every setting of its base filled in."""

    def __init__(self, name, number, data):
        self.name, self.number, self.data = name, number, data
        self.title = data["title"]
        self.base = data.get("base")
        self.domain = f"{name}.{TLD}."
        self.values = [VALUE]
        # Of a token file: path's end -> body. The program is asked for the first.
        self.tokens = {"farm-token": f"farm-token.{VALUE}"}

    def __repr__(self):
        return self.name

    def expected(self, key):
        return self.data["expect"].get(key)

    # Addresses

    def address(self, letter, family):
        return self.addresses[f"{letter}{family}"]

    @property
    def addresses(self):
        """`a4` -> address. A host that is a hole has an address where every packet is lost."""
        found = {}
        for letter, host in HOSTS.items():
            for family, near, far in ((4, V4, HOLE4), (6, V6, HOLE6)):
                form = far if self.manner(f"{letter}{family}") == "hole" else near
                found[f"{letter}{family}"] = form % (self.number, host)
        return found

    def daemon(self, letter):
        """Which process serves a letter's zones: its usual one, unless that does not survive this world; none for a resolver or a liar."""
        return self.data.get("daemons", {}).get(letter, DAEMONS.get(letter))

    def manner(self, host):
        """How the address `a4` behaves: daemon, hole (packets are lost), closed (nobody listens), or the settings of a bent server."""
        own = self.data.get("addresses", {}).get(host)
        if own is not None:
            return own
        return self.data.get("servers", {}).get(host[0], "daemon" if host[0] in DAEMONS else "closed")

    @property
    def files(self):
        return {f"/.well-known/acme-challenge/{token}": body for token, body in self.tokens.items()}

    # Texts

    def fill(self, text):
        """One line with its placeholders filled: several where it holds $VALUE and there are several values."""
        values = self.values if "$VALUE" in text else [""]
        return [self._fill(text, value) for value in values]

    def _fill(self, text, value):
        names = {host.upper(): address for host, address in self.addresses.items()}
        names |= {"VALUE": value, "VALUES": " ".join(self.values), "W": self.domain, "HOST": self.domain[:-1], "TOKEN": next(iter(self.tokens)), "BODY": next(iter(self.tokens.values()))}
        return re.sub(r"\$([A-Z][A-Z0-9]*)", lambda match: names[match[1]], text)

    @property
    def record(self):
        """The three words for `check`."""
        name, kind, value = self.data["record"]
        value = self._fill(value, self.values[0])
        return [self._fill(name.replace("@", self.domain[:-1]), ""), kind, value]

    @property
    def issuers(self):
        """Whose CAA names the program is asked to judge for: one, or several in a list."""
        named = self.data.get("issuer", [])
        return named if isinstance(named, list) else [named]

    @property
    def zones(self):
        return [Zone(self, name, data) for name, data in self.data["zones"].items()]

    def zone(self, name):
        return next(zone for zone in self.zones if zone.name == name)

    @property
    def is_signed(self):
        return any(zone.signing for zone in self.zones)


class Zone:
    """One zone of a world."""

    def __init__(self, world, name, data):
        self.world, self.name, self.data = world, name, data
        self.apex = data["apex"].replace("@", world.domain)
        self.signing = data.get("signing")
        self.letters = data.get("at", [letter for letter in data["ns"].values() if letter in DAEMONS])

    @property
    def parent(self):
        """The zone of this world that delegates it; nil for a child of the top-level domain."""
        above = [z for z in self.world.zones if z.name != self.name and self.apex.endswith("." + z.apex)]
        return max(above, key=lambda z: len(z.apex), default=None)

    def _servers(self):
        """Name servers by name: a letter, a record written out (`A 192.0.2.1`, `CNAME ns1`), or nothing at all."""
        lines = [f"{self.apex} NS {server}.{self.apex}" for server in self.data["ns"]]
        for server, letter in self.data["ns"].items():
            if letter in DAEMONS:
                lines.append(f"{server}.{self.apex} A {self.world.address(letter, 4)}")
                lines.append(f"{server}.{self.apex} AAAA {self.world.address(letter, 6)}")
            elif letter:
                kind, value = letter.split(" ")
                lines.append(f"{server}.{self.apex} {kind} {value if kind in ('A', 'AAAA') else f'{value}.{self.apex}'}")
        return lines

    def signing_at(self, letter):
        """How one server's copy is signed; none for a server that serves it bare."""
        return self.data.get(f"signing.{letter}", self.signing)

    def records(self, letter, keys):
        """The zone's own lines at one server, SOA first."""
        lines = [f"{self.apex} SOA {self.data.get('soa', 'ns1')}.{self.apex} root.{self.apex} 10 3600 600 86400 5"]
        lines += self._servers()
        lines += self._lines(self.data.get("records", []))
        for zone in self.world.zones:
            if zone.parent and zone.parent.name == self.name:
                lines += zone.delegation(keys)
        for key in ("edit", f"edit.{letter}"):
            lines = self._edited(lines, self.data.get(key, {}))
        return lines

    def delegation(self, keys):
        """What stands at the parent: name servers, glue (no parent has a CNAME as glue) and DS."""
        servers = [line for line in self._servers() if " CNAME " not in line]
        return self._edited(servers + ds_lines(self, keys), self.data.get("delegation", {}))

    def _lines(self, texts):
        return [line for text in texts for line in self.world.fill(self._absolute(text))]

    def _absolute(self, text):
        owner, rest = text.split(" ", 1)
        owner = owner.replace("@", self.apex) if "@" in owner else owner if owner.endswith((".", "$W")) else f"{owner}.{self.apex}"
        return f"{owner} {rest}"

    def _edited(self, lines, edit):
        """First drops what begins with the same words, then adds."""
        unknown = set(edit) - {"drop", "add"}
        if unknown:
            raise BadWorld(f"{self.world}: {unknown} is no edit")
        for text in edit.get("drop", []):
            start = self.world.fill(self._absolute(text + " "))[0].rstrip()
            kept = [line for line in lines if not (line + " ").startswith(start + " ")]
            if kept == lines:
                raise BadWorld(f"{self.world}: nothing to drop that begins with {start}")
            lines = kept
        return lines + self._lines(edit.get("add", []))


def _flip(data, flip, name):
    """Changes the one fact. A path leads to it: `zones.zone.records`, `servers.b`, `web`; maps are joined, all else is replaced."""
    if len(flip) != 1:
        raise BadWorld(f"{name}: exactly one fact is flipped, not {len(flip)}")
    (path, value), = flip.items()
    steps = path.split("/")
    place = data
    for step in steps[:-1]:
        place = place.setdefault(step, {})
    old = place.get(steps[-1])
    if isinstance(old, dict) and isinstance(value, dict):
        place[steps[-1]] = {**old, **value}
    elif value is None:
        place.pop(steps[-1], None)
    else:
        place[steps[-1]] = value


def load():
    """All worlds, bases first, by name. Numbers are given in the order of names."""
    files = {path.stem: yaml.safe_load(path.read_text()) for folder in ("bases", "worlds") for path in sorted((HERE / folder).glob("*.yaml"))}
    resolved = {}

    def resolve(name, path=()):
        if name in path:
            raise BadWorld(f"{name} is its own base")
        if name in resolved:
            return resolved[name]
        if name not in files:
            raise BadWorld(f"{path[-1] if path else '?'}: no base {name}")
        own = files[name]
        unknown = set(own) - KEYS | set(own.get("expect", {})) - EXPECTATIONS
        if unknown:
            raise BadWorld(f"{name}: unknown keys {sorted(unknown)}")
        if "base" not in own:
            resolved[name] = own
            return own
        data = copy.deepcopy(resolve(own["base"], path + (name,)))
        # What is special to the base does not go on to those that stand on it.
        for key in ("stricter", "milder", "title"):
            data.pop(key, None)
        inherited = data.pop("expect")
        inherited.pop("finding", None)
        inherited.pop("gone", None)
        _flip(data, own.get("flip", {}), name)
        data |= {key: own[key] for key in own if key not in ("flip", "expect")}
        data["expect"] = {**inherited, **own.get("expect", {})}
        resolved[name] = data
        return data

    return {name: World(name, number, resolve(name)) for number, name in enumerate(sorted(files), start=1)}
