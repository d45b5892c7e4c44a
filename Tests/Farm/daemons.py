"""The farm's processes: NSD, Knot, BIND and Unbound on addresses of this namespace, the bent servers, all ended by their numbers."""
import itertools
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import signing
import world as worlds

ROOT, TOP, RESOLVER, RECURSOR = "10.53.0.1", "10.53.0.2", "10.53.0.53", "10.53.0.54"
ROOT6, TOP6 = "fd53::1", "fd53::2"
# Where a bent server finds the honest one: no world names these.
BEHIND = {"nsd": "10.53.0.11", "knot": "10.53.0.12", "nsd2": "10.53.0.13", "knot2": "10.53.0.14"}
LIFE_SECONDS = 900
# A machine that builds beside this takes its time.
START_SECONDS = 60


def dress(found):
    """Makes every address of these worlds this namespace's own, and a hole in which packets get lost."""
    lines = [
        "link set lo up",
        "route add local 10.53.0.0/16 dev lo",
        # BIND listens only on addresses that an interface has, and nobody binds an IPv6 address that none has.
        f"addr add {TOP}/32 dev lo",
        f"addr add {RECURSOR}/32 dev lo",
        "link add hole0 type veth peer name hole1",
        "link set hole0 arp off",
        "link set hole0 up",
        "link set hole1 up",
        "addr add 10.54.255.254/16 dev hole0",
        "addr add fd54:ffff::1/16 dev hole0 nodad",
    ]
    near = {address for world in found for host, address in world.addresses.items() if host[-1] == "6" and world.manner(host) != "hole"}
    lines += [f"addr add {address}/128 dev lo nodad" for address in sorted(near | {ROOT6, TOP6})]
    signing.run("ip", "-batch", "-", input="\n".join(lines) + "\n")


class Processes:
    """What was started, by number."""

    def __init__(self, folder):
        self.folder, self.started = folder, []

    def start(self, name, *words, environment=None):
        log = open(self.folder / f"{name}.log", "ab")
        # A farm that is killed leaves nothing behind for longer than this.
        words = ["timeout", "--kill-after=5", str(LIFE_SECONDS), *map(str, words)]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, env=environment)
        (self.folder / f"{name}.pid").write_text(str(process.pid))
        self.started.append((name, process))
        return process

    def dead(self):
        """Those that have ended by themselves."""
        return [f"{name} (exit {process.returncode})" for name, process in self.started if process.poll() is not None]

    def end(self):
        for _, process in self.started:
            if process.poll() is None:
                process.terminate()
        for name, process in self.started:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                print(f"farm: {name} does not end, killed")
                process.kill()
                process.wait()
        self.started = []


class Farm:
    """All worlds served at once."""

    def __init__(self, folder, found):
        self.folder, self.worlds = pathlib.Path(folder), found
        self.folder.mkdir()
        self.processes = Processes(self.folder)
        self.keys = signing.Keys(self.folder / "keys")
        self.scratch = self.folder / "scratch"
        self.scratch.mkdir()

    # Zones

    def zone_text(self, zone, letter):
        """A world's zone as one of its servers holds it."""
        text = "$TTL 60\n" + "\n".join(zone.records(letter, self.keys)) + "\n"
        how = zone.signing_at(letter)
        if not how:
            return text
        text = signing.sign(zone.apex, text, how, self.keys, self.scratch)
        tags = {role: key.tag for role, key in signing.keys_of(how, self.keys).items()}
        for name in ("signed", f"signed.{letter}"):
            text = signing.edited(text, zone.data.get(name, {}), zone.apex, tags)
        return text

    def write_zones(self):
        """Every zone file. Returns daemon -> [(apex, path)]."""
        served = {daemon: [] for daemon in worlds.DAEMONS.values()}
        for world in self.worlds:
            for zone in world.zones:
                for letter in zone.letters:
                    path = self.folder / f"{letter}-{zone.apex}zone"
                    path.write_text(self.zone_text(zone, letter))
                    served[world.daemon(letter)].append((zone.apex, path))
        return served

    def write_top(self):
        """The root and the top-level domain, both signed by one key each."""
        how = {"algorithm": 13}
        top = ["$TTL 60", f"{worlds.TLD}. SOA ns.nic.{worlds.TLD}. root.{worlds.TLD}. 1 3600 600 86400 5", f"{worlds.TLD}. NS ns.nic.{worlds.TLD}."]
        glue = [f"ns.nic.{worlds.TLD}. A {TOP}", f"ns.nic.{worlds.TLD}. AAAA {TOP6}"]
        for world in self.worlds:
            for zone in world.zones:
                if not zone.parent:
                    top += zone.delegation(self.keys)
        top = sorted(set(top + glue), key=lambda line: (not line.startswith("$"), " SOA " not in line, line))
        apex = f"{worlds.TLD}."
        (self.folder / "top.zone").write_text(signing.sign(apex, "\n".join(top) + "\n", how, self.keys, self.scratch))
        key = self.keys.get("ksk", 13)
        root = ["$TTL 60", ". SOA a.root-servers. root. 1 3600 600 86400 5", ". NS a.root-servers.", f"a.root-servers. A {ROOT}"]
        root += [f"a.root-servers. AAAA {ROOT6}", f"{apex} NS ns.nic.{apex}", *glue, f"{apex} DS {key.ds(apex)}"]
        (self.folder / "root.zone").write_text(signing.sign(".", "\n".join(root) + "\n", how, self.keys, self.scratch))
        (self.folder / "hints").write_text(f". 3600000 NS a.root-servers.\na.root-servers. 3600000 A {ROOT}\n")
        (self.folder / "anchors").write_text(f". 3600 IN DS {key.ds('.')}\n")
        flags, protocol, number, octets = key.data.split(" ")
        (self.folder / "anchors.bind").write_text(f'trust-anchors {{ . static-key {flags} {protocol} {number} "{octets}"; }};\n')

    # Daemons

    def start(self):
        served = self.write_zones()
        self.write_top()
        addresses, bent = self._addresses()
        for name in ("nsd", "nsd2"):
            self._nsd(name, addresses[name], served[name])
        for name in ("knot", "knot2"):
            self._knot(name, addresses[name], served[name])
        self._nsd("root", [ROOT, ROOT6], [(".", self.folder / "root.zone")])
        self._bind()
        (self.folder / "bent.json").write_text(json.dumps(bent))
        if bent:
            self.processes.start("bent", sys.executable, worlds.HERE / "bent.py", self.folder / "bent.json")
        self._unbound()
        for address in (ROOT, TOP, *BEHIND.values(), RESOLVER, RECURSOR):
            wait_for_tcp(address, 53, self.folder)
        for server in bent:
            if server["kind"] == "web" or server["manner"].get("tcp", True) is True:
                wait_for_tcp(server["address"], 80 if server["kind"] == "web" else 53, self.folder)

    def _addresses(self):
        """Daemon -> its addresses, and the bent servers."""
        addresses = {daemon: [BEHIND[daemon]] for daemon in worlds.DAEMONS.values()}
        bent = []
        for world in self.worlds:
            letters = {letter for zone in world.zones for letter in [*zone.letters, *zone.data["ns"].values()]} & set(worlds.DAEMONS)
            for letter in sorted({*letters, *world.data.get("servers", {})}):
                daemon = world.daemon(letter)
                for family in (4, 6):
                    manner, address = world.manner(f"{letter}{family}"), world.address(letter, family)
                    if manner == "daemon":
                        addresses[daemon].append(address)
                    elif isinstance(manner, dict):
                        filled = json.loads(world._fill(json.dumps(manner), world.values[0]))
                        bent.append({"kind": "dns", "address": address, "manner": filled, "behind": BEHIND.get(daemon, RESOLVER)})
            for letter, family in itertools.product("wx", (4, 6)):
                state = world.manner(f"{letter}{family}")
                web = state if isinstance(state, dict) else world.data.get("web") if letter == "w" else None
                if web is not None and state not in ("hole", "refuses"):
                    filled = json.loads(world._fill(json.dumps(web), world.values[0]))
                    files = {path: body for path, body in world.files.items()}
                    bent.append({"kind": "web", "address": world.address(letter, family), "manner": filled, "files": files})
        return addresses, bent

    def _nsd(self, name, addresses, zones):
        lines = ["server:"] + [f"  ip-address: {address}" for address in addresses]
        lines += ['  username: ""', '  chroot: ""', '  database: ""', "  server-count: 1", f'  zonesdir: "{self.folder}"']
        lines += [f'  pidfile: "{self.folder}/{name}.own.pid"', f'  zonelistfile: "{self.folder}/{name}.list"', f'  xfrdfile: "{self.folder}/{name}.xfrd"']
        lines += [f'  xfrdir: "{self.folder}"', "  rrl-ratelimit: 0", "remote-control:", "  control-enable: no"]
        for apex, path in zones:
            lines += ["zone:", f"  name: {apex}", f'  zonefile: "{path}"']
        (self.folder / f"{name}.conf").write_text("\n".join(lines) + "\n")
        self.processes.start(name, "/usr/sbin/nsd", "-d", "-c", self.folder / f"{name}.conf")

    def _knot(self, name, addresses, zones):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        lines = ["server:", f'  rundir: "{folder}"', f'  pidfile: "{folder}/pid"', "  listen: [ " + ", ".join(f'"{a}@53"' for a in addresses) + " ]"]
        lines += ["  udp-workers: 1", "  tcp-workers: 1", "  background-workers: 1", "database:", f'  storage: "{folder}"', "log:", "  - target: stderr", "    any: notice"]
        lines += ["template:", "  - id: default", f'    storage: "{folder}"', "    semantic-checks: off", "    zonefile-sync: -1", "zone:"]
        for apex, path in zones:
            lines += [f'  - domain: "{apex}"', f'    file: "{path}"']
        (self.folder / f"{name}.conf").write_text("\n".join(lines) + "\n")
        self.processes.start(name, "/usr/sbin/knotd", "-c", self.folder / f"{name}.conf")

    def _bind(self):
        """BIND twice: the top-level domain, and a recursor that validates nothing, for delv to look through."""
        # Distributions confine the installed file by AppArmor to its usual places; a copy is not confined.
        shutil.copy("/usr/sbin/named", self.folder / "named")
        top = f'listen-on {{ {TOP}; }}; listen-on-v6 {{ {TOP6}; }}; recursion no;'
        self._named("named", top, f'zone "{worlds.TLD}" {{ type primary; file "{self.folder}/top.zone"; }};')
        recursor = f'listen-on {{ {RECURSOR}; }}; listen-on-v6 {{ none; }}; recursion yes; allow-recursion {{ any; }}; disable-empty-zone ".";'
        self._named("recursor", recursor, f'zone "." {{ type hint; file "{self.folder}/hints"; }};')

    def _named(self, name, options, zones):
        (self.folder / f"{name}.d").mkdir()
        (self.folder / f"{name}.conf").write_text(
            f'options {{ directory "{self.folder}/{name}.d"; pid-file "{self.folder}/{name}.own.pid"; session-keyfile "{self.folder}/{name}.key";\n'
            f"  lock-file none; dnssec-validation no; notify no; {options} }};\ncontrols {{ }};\n{zones}\n"
        )
        self.processes.start(name, self.folder / "named", "-c", self.folder / f"{name}.conf", "-g", "-n", 1)

    def _unbound(self):
        """The CA's resolver: it validates from our anchor."""
        (self.folder / "unbound.conf").write_text(
            f'server:\n  directory: "{self.folder}"\n  chroot: ""\n  username: ""\n  pidfile: "{self.folder}/unbound.own.pid"\n  interface: {RESOLVER}\n'
            "  access-control: 0.0.0.0/0 allow\n  do-not-query-localhost: no\n  use-syslog: no\n  verbosity: 1\n  num-threads: 1\n"
            f'  root-hints: "{self.folder}/hints"\n  trust-anchor-file: "{self.folder}/anchors"\n  module-config: "validator iterator"\n'
            "  local-zone: 'test.' nodefault\n  use-caps-for-id: yes\n  ede: yes\n  val-log-level: 2\n"
            # A farm is no place to wait longer than a CA does.
            "  infra-cache-max-rtt: 4000\n  discard-timeout: 0\nremote-control:\n  control-enable: yes\n  control-use-cert: no\n"
            f'  control-interface: "{self.folder}/unbound.control"\n'
        )
        self.processes.start("unbound", "/usr/sbin/unbound", "-d", "-p", "-c", self.folder / "unbound.conf")

    def forget(self, world):
        """Makes the resolver forget all about a world, its servers' manners too, so that the next look is a fresh one."""
        for apex in {zone.apex for zone in world.zones}:
            self._control(f"flush_zone {apex}")
        for host, address in world.addresses.items():
            if host[0] in worlds.DAEMONS:
                self._control(f"flush_infra {address}")

    def _control(self, command):
        """What unbound-control says, without a process for each word."""
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(START_SECONDS)
            channel.connect(str(self.folder / "unbound.control"))
            channel.sendall(f"UBCT1 {command}\n".encode())
            answer = channel.makefile("rb").read()
        if not answer.startswith(b"ok"):
            raise RuntimeError(f"unbound-control {command}: {answer.decode(errors='replace')}")

    def end(self):
        self.processes.end()


def wait_for_tcp(address, port, folder):
    limit = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((address, port), timeout=1).close()
            return
        except OSError as error:
            if time.monotonic() > limit:
                raise RuntimeError(f"nobody listens at {address} port {port}: {error}; logs are in {folder}") from error
            time.sleep(0.05)
