"""The program in a world: started as a person starts it, its document compared with the world's file, its `reproduce` lines executed."""
import json
import re
import subprocess
import time

import yaml

import world as worlds

# What the program does not have yet; empty in the end.
WAITS = yaml.safe_load((worlds.HERE / "waits.yaml").read_text()) or []
PROGRAM = worlds.HERE.parent.parent / ".build/debug/dnsproof"
CHECK_SECONDS = 120
LINE_SECONDS = 60

TIMED_OUT = r"timed out|no servers could be reached|Connection refused|connection refused|Failed to connect|Couldn't connect|host unreachable|network unreachable"
CHAIN_BROKEN = r"broken trust chain|no valid (RRSIG|signature|DS|NSEC)|insecurity proof failed|RRSIG (has expired|validity period has not begun)|resolution failed"


def is_bogus(output):
    """The chain of keys is broken, or the server's own answer has no signature, or one whose time is over or yet to come."""
    if re.search(CHAIN_BROKEN, output):
        return True
    answer = output.split("Query time:")[0]
    dates = re.findall(r"\sRRSIG\s+(?:TXT|CNAME|CAA) \d+ \d+ \d+ (\d{14}) (\d{14})", answer)
    now = time.strftime("%Y%m%d%H%M%S", time.gmtime())
    return not dates or any(now > end or now < begin for end, begin in dates)


# What the output of a finding's line must show, by code. A finding whose code is not here fails the farm.
SHOWS = {
    "http-redirected": r"^HTTP/1\.1 30[1278]",
    "redirect-refused": r"^HTTP/1\.1 30\d",
    "body-differs": r"^something else",
    "body-encoded": r"^Content-Encoding: gzip",
    "http-status": r"^HTTP/1\.1 [45]\d\d",
    "fetch-broken": r"^HTTP/1\.1 200|" + TIMED_OUT,
    "addresses-differ": r"^something else|^not here",
    "ipv6-broken": TIMED_OUT,
    "ipv6-not-seen": TIMED_OUT,
    "redirect-target-unreachable": TIMED_OUT,
    "zone-cut-unknown": r"couldn't get address|" + TIMED_OUT,
    "dnssec-bogus": is_bogus,
    "dead-address": TIMED_OUT,
    "server-unreachable": TIMED_OUT,
    "tcp-unreachable": TIMED_OUT + r"|end of file|connection reset",
    "udp-unreachable": TIMED_OUT,
    "not-served": r"status: (REFUSED|SERVFAIL|FORMERR|NOTIMP)|flags: qr(?! aa)|HTTP/1\.1 [345]\d\d|[Cc]ontent-[Ee]ncoding|not here",
    "lame-server": r"status: (REFUSED|SERVFAIL)|flags: qr(?! aa)",
    "network-filtered": TIMED_OUT,
    "edns-not-understood": r"status: (FORMERR|BADVERS)|" + TIMED_OUT,
    "case-not-kept": r"Question section mismatch|^;[a-z0-9._-]+\.\s+IN\s",
    "glue-differs": r"\s(A|AAAA)\s",
    "no-soa-in-negative-answer": r"ANSWER: 0, AUTHORITY: 0",
    "serials-differ": r"\sSOA\s.* 9 3600 ",
    "hidden-primary": r"\sSOA\s.* 11 3600 ",
    "wildcard-answers": r"\sTXT\s+\"|\sCNAME\s",
    "empty-non-terminal": r"status: NOERROR[\s\S]*ANSWER: 0",
    "doubled-label": r"\sTXT\s+\"" + worlds.VALUE,
    "label-left-out": r"\sTXT\s+\"" + worlds.VALUE,
    "value-in-quotes": r"\sTXT\s+\"\\\"" + worlds.VALUE,
    "value-with-spaces": r"\sTXT\s+\" " + worlds.VALUE,
    "value-in-other-case": r"\sTXT\s+\"" + worlds.VALUE.upper(),
    "cname-flattened": r"\sA\s+10\.53\.",
    "txt-in-place-of-cname": r"\sTXT\s+\"",
    "cname-to-nothing": r"status: NXDOMAIN",
    "signatures-end-soon": r"\sRRSIG\s",
    "persist-until-passed": r"persistUntil=1",
    "no-such-domain": r"status: NXDOMAIN|^test\.\s+\d+\s+IN\s+SOA",
    "delegation-differs": r"\sNS\s",
    "caa-forbids": r"\sCAA\s+\d+ issue",
    "caa-bogus": is_bogus,
    "caa-differs": r"\sCAA\s+0 issue \"other.example",
    "caa-critical-unknown": r"\sCAA\s+128 ",
    "caa-depends": r"\sCAA\s+\d+ issue",
    "caa-unknown": r"status: (SERVFAIL|REFUSED)|ANSWER: 0, AUTHORITY: 0|" + TIMED_OUT,
    "server-address-unknown": r"status: SERVFAIL|" + TIMED_OUT,
    "host-addresses-differ": r"\s(A|AAAA)\s+|ANSWER: 0",
    "host-address-missing": r"ANSWER: 0|status: NXDOMAIN",
    "server-is-an-alias": r"\sCNAME\s",
    "server-without-address": r"ANSWER: 0|status: NXDOMAIN",
    "special-use-address": r"\sA\s+169\.254\.169\.254",
    "cname-loop": r"\sCNAME\s",
    "cname-chain-too-long": r"\sCNAME\s",
    "cname-differs": r"\sCNAME\s",
    "other-value": r"\sCNAME\s",
    "hostile-answer": r"status: \w+|malformed|mismatch",
    "host-without-address": r"ANSWER: 0|status: NXDOMAIN",
}


def is_waiting(world):
    """Whether the program lacks what this world needs."""
    return world.name in WAITS or world.expected("finding") in WAITS


def configuration(farm, world):
    """Written once a world; the policy names the resolvers that the world has."""
    folder = farm.folder / f"config-{world.name}"
    (folder / "policies").mkdir(parents=True, exist_ok=True)
    resolvers = {name: world._fill(address, "") for name, address in world.data.get("resolvers", {}).items()}
    path = folder / "config.yaml"
    anchors = {} if "trust_anchors" in WAITS else {"trust_anchors": str(farm.folder / "anchors")}
    path.write_text(json.dumps({
        "version": 1,
        "state": str(folder / "state"),
        "resolvers": {name: {"address": address} for name, address in resolvers.items()},
        "zones": {"*": {"policy": "farm"}},
        "laboratory": {"root_hints": str(farm.folder / "hints"), **anchors, "allow_networks": worlds.NETWORKS},
    }))
    (folder / "policies/farm.yaml").write_text(json.dumps({"version": 1, "propagation": {"recursive": {"servers": list(resolvers), "quorum": "all"}}}))
    for file in (path, folder / "policies/farm.yaml"):
        file.chmod(0o600)
    return path


class Look:
    """What the program said of a world."""

    def __init__(self, farm, world, executes=True):
        self.world = world
        words = ["check", "--json", "--config", str(configuration(farm, world))]
        words += [word for issuer in world.issuers for word in ("--issuer", issuer)] + (["--wildcard"] if world.data.get("wildcard") else [])
        name, kind, value = world.record
        result = subprocess.run([PROGRAM, *words, name, kind, "--", value], capture_output=True, text=True, timeout=CHECK_SECONDS)
        self.exit, self.errors = result.returncode, result.stderr
        try:
            self.document = json.loads(result.stdout)
        except ValueError:
            self.document = {"findings": [], "verdict": f"exit {result.returncode}: {result.stderr.strip()[:200]}"}
        self.lines = [Line(finding) for finding in self.document["findings"]] if executes else []

    @property
    def verdict(self):
        return self.document["verdict"]

    @property
    def codes(self):
        return {finding["code"] for finding in self.document["findings"]}

    @property
    def security(self):
        status = self.document.get("security")
        return status.get("status") if isinstance(status, dict) else status

    def faults(self, base):
        """Where the program and the world's file differ. `base` is the look at the world this one was made from, if any."""
        world, found = self.world, []
        if self.verdict != world.expected("verdict"):
            found.append(f"verdict {self.verdict}, expected {world.expected('verdict')}")
        before = base.codes if base else set()
        expected = {world.expected("finding")} - {None}
        if self.codes - before != expected:
            found.append(f"findings that came: {sorted(self.codes - before)}, expected {sorted(expected)}")
        if before - self.codes != {world.expected("gone")} - {None}:
            found.append(f"findings that went: {sorted(before - self.codes)}")
        if self.security != world.expected("security") and "security" not in WAITS:
            found.append(f"security {self.security}, expected {world.expected('security')}")
        return found + [f"reproduce: {line.fault}" for line in self.lines if line.fault]


class Line:
    """A finding's line, executed: it must show what the finding says."""

    def __init__(self, finding):
        self.code, self.command = finding["code"], finding.get("reproduce")
        self.fault = None
        if not self.command:
            self.fault = f"{self.code} has no line"
            return
        try:
            result = subprocess.run(["sh", "-c", self.command], capture_output=True, text=True, timeout=LINE_SECONDS, errors="replace")
            output = result.stdout + result.stderr
        except subprocess.TimeoutExpired:
            output = "timed out: the line came to no end"
        shown = SHOWS.get(self.code)
        if shown is None:
            self.fault = f"{self.code} has no entry in the table of what its line must show ({self.command}):\n{output[:1500]}"
        elif not (shown(output) if callable(shown) else re.search(shown, output, re.MULTILINE)):
            self.fault = f"{self.command}\n  does not show {self.code} (no {shown}):\n{output[:1500]}"
