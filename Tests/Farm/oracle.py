"""The second opinion: what Unbound and delv, from our anchor, say of a world, and whether pebble validates in it."""
import concurrent.futures
import json
import re
import subprocess
import sys

import acme
import certificate
import daemons
import world as worlds

SECONDS = 60
AT_ONCE = 24
ADDRESS, FRONT = "10.53.0.70", "10.53.0.71"
# 20 tries in rounds: the proofs of one round stand beside one another at one name and still fit into
# 512 octets: pebble's client knows neither EDNS nor TCP.
ROUNDS, TRIES_A_ROUND = 4, 5


def question(world):
    """What a CA's resolver is asked for in this world: name and type."""
    name, kind, _ = world.record
    if kind == "HTTP":
        return world.domain, "A"
    return name, kind


def ask_unbound(name, kind):
    """`NOERROR+AD`, `NOERROR`, `NXDOMAIN+AD`, `SERVFAIL`, ..."""
    words = ["dig", f"@{daemons.RESOLVER}", "+tries=1", f"+time={SECONDS}", "+dnssec", name, kind]
    text = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS + 10).stdout
    status = re.search(r"status: (\w+)", text)
    if not status:
        return "SILENT", text
    flags = re.search(r"flags: ([a-z ]+)", text)[1].split()
    return status[1] + ("+AD" if "ad" in flags else ""), text


def ask_delv(world, folder):
    """`secure`, `insecure`, `bogus` or `indeterminate`, as BIND's own validator has it, looking through a recursor that validates nothing."""
    name, kind = question(world)
    words = ["delv", f"@{daemons.RECURSOR}", "-a", str(folder / "anchors.bind"), "+root=.", name, kind]
    try:
        result = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return "indeterminate", "no end"
    text = result.stdout + result.stderr
    # An answer in parts is as good as its worst part.
    if "broken trust chain" in text:
        return "bogus", text
    if re.search(r"resolution failed: (timed out|failure|SERVFAIL)", text):
        return "indeterminate", text
    if "unsigned answer" in text or "answer not validated" in text:
        return "insecure", text
    return ("secure" if "fully validated" in text else "bogus"), text


def status_of(resolver):
    if resolver.endswith("+AD"):
        return "secure"
    return "bogus" if resolver == "SERVFAIL" else "insecure"


def compare(farm, chosen):
    """Whether each world is what its file says, in the eyes of resolvers that are not ours. Returns the faults."""
    faults = []
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        looks = {world: (pool.submit(ask_unbound, *question(world)), pool.submit(ask_delv, world, farm.folder)) for world in chosen}
        for world, (unbound, delv) in looks.items():
            (resolver, text), (status, words) = unbound.result(), delv.result()
            world.seen = (resolver, status)
            expected = world.expected("resolver")
            good = resolver in expected.split("|")
            print(f"{'ok ' if good else 'NOT'} {world.name:42} unbound {resolver:12} delv {status}")
            if not good:
                faults.append(f"{world}: Unbound answers {resolver}, the world's file expects {expected}:\n{text}\n{words}")
    return faults


def statuses(looks):
    """Our DNSSEC status beside theirs."""
    signed = [world for world in looks if world.is_signed and "|" not in world.expected("resolver")]
    faults = [f"{world}: {text}" for world in looks for text in disagreements(world, looks[world])]
    print(f"oracle: DNSSEC status of {len(signed)} signed worlds compared with Unbound and delv, {len(faults)} disagreements")
    return faults


def disagreements(world, look):
    """Where the program's DNSSEC status is neither Unbound's nor delv's. A world whose status is a matter of luck with them says so."""
    resolver, delv = world.seen
    if not world.is_signed and world.expected("security") not in ("bogus", "secure"):
        return []
    if world.expected("security") is None or "|" in world.expected("resolver"):
        return []
    found = []
    if look.security != status_of(resolver):
        found.append(f"DNSSEC: we say {look.security}, Unbound says {status_of(resolver)} ({resolver})")
    if delv != "indeterminate" and look.security != delv:
        found.append(f"DNSSEC: we say {look.security}, delv says {delv}")
    return found


class Pebble:
    """The CA of the farm, and an account there. Between it and Unbound stands a front: see `BentNameServer.without_dead_ipv6`."""

    def __init__(self, farm, chosen):
        folder = farm.folder
        hosts = {world.domain[:-1]: world.address("w", 6) for world in chosen if world.record[1] == "HTTP"}
        manner = {"do": "without-dead-ipv6", "types": ["AAAA"], "names": list(hosts), "hosts": hosts}
        front = {"kind": "dns", "address": FRONT, "manner": manner, "behind": daemons.RESOLVER}
        (folder / "front.json").write_text(json.dumps([front]))
        farm.processes.start("front", sys.executable, worlds.HERE / "bent.py", folder / "front.json")
        certificate.write(folder / "pebble.crt", folder / "pebble.key", ADDRESS)
        settings = {"listenAddress": f"{ADDRESS}:14000", "managementListenAddress": f"{ADDRESS}:15000", "httpPort": 80, "tlsPort": 443}
        settings |= {"certificate": str(folder / "pebble.crt"), "privateKey": str(folder / "pebble.key"), "ocspResponderURL": ""}
        (folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
        environment = {"PATH": "/usr/bin:/bin", "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0", "PEBBLE_WFE_NONCEREJECT": "0"}
        words = ["pebble", "-config", folder / "pebble.json", "-dnsserver", f"{FRONT}:53"]
        farm.processes.start("pebble", *words, environment=environment)
        daemons.wait_for_tcp(ADDRESS, 14000, folder)
        daemons.wait_for_tcp(FRONT, 53, folder)
        self.account = acme.Account(f"https://{ADDRESS}:14000/dir")

    def challenges(self, world, count):
        """Orders of this world's name, whose proofs become what the world shows."""
        name, kind, _ = world.record
        host = world.domain[:-1] if kind == "HTTP" else re.sub(r"^(_[^.]*\.)+", "", name)
        found = [self.account.challenge(host, "http-01" if kind == "HTTP" else "dns-01") for _ in range(count)]
        world.values = [challenge.txt for challenge in found]
        world.tokens = {challenge.token: challenge.key_authorization for challenge in found}
        return found


def judge(make_farm, chosen, look):
    """The status is that of Unbound and delv. Ready must mean that the CA validates in every try; where the CA refuses, we must not say ready. Returns the disagreements.

    A try needs a token that the CA has chosen, so the worlds are made anew for each round, showing the proofs of that round.
    """
    faults, tried, ready = unexplained(chosen), {}, chosen
    for number in range(ROUNDS):
        farm = make_farm(ready)
        try:
            pebble = Pebble(farm, ready)
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                # One after another: pebble 2.4.0 may lock itself up when orders come at the same time.
                challenges = {world: pebble.challenges(world, TRIES_A_ROUND) for world in ready}
                farm.start()
                if number == 0:
                    faults += compare(farm, ready)
                looks = dict(zip(ready, pool.map(lambda world: look(farm, world), ready)))
                jobs = {world: pool.submit(validate, farm, world, looks[world], challenges[world]) for world in ready}
            for world, job in jobs.items():
                tried.setdefault(world, []).extend(job.result())
        finally:
            farm.end()
        if number == 0:
            verdicts = {world: looks[world].verdict for world in ready}
            faults += statuses(looks)
        faults += [f"{world}: verdict {looks[world].verdict} in round {number + 1}, {verdicts[world]} before" for world in ready if looks[world].verdict != verdicts[world]]
        ready = [world for world in ready if looks[world].verdict == "ready"]
    for world, tries in tried.items():
        valid = tries.count("valid")
        faults += judged(world, verdicts[world], valid, tries)
    return faults


def unexplained(chosen):
    """Worlds whose own files let a CA validate where we say less than ready, and give no reason. Seen here whatever luck brings in this run."""
    strict = [world for world in chosen if world.expected("verdict") != "ready" and world.expected("ca") != "invalid"]
    return [f"{world}: a CA may validate, and the world does not say why we are stricter" for world in strict if "stricter" not in world.data]


def validate(farm, world, look, challenges):
    """All tries where we say ready, else one; before each the CA's resolver forgets the world.

    A CA asks its resolver again when the answer takes long (Boulder, bdns/dns.go: `dnsTries`); pebble asks once and waits 2 s. So the question is
    put to the resolver first, and pebble gets the answer that this brought.
    """
    found = []
    name, kind = question(world)
    for challenge in challenges if look.verdict == "ready" else challenges[:1]:
        farm.forget(world)
        for asked in ["A", "AAAA"] if kind == "A" else [kind]:
            ask_unbound(name, asked)
        found.append(challenge.validate())
    return found


def judged(world, verdict, valid, tries):
    refusal = next((text for text in tries if text != "valid"), "")
    print(f"{world.name:42} {verdict:12} pebble validates {valid} of {len(tries)}  {refusal[:120]}")
    if verdict == "ready" and world.data.get("milder"):
        return []
    if verdict == "ready":
        return [f"{world}: we say ready, pebble refuses: {refusal}"] if valid < len(tries) else []
    if valid and not world.data.get("stricter"):
        return [f"{world}: we say {verdict}, pebble validates, and the world does not say why we are stricter"]
    expected = world.expected("ca")
    if expected != "either" and (expected == "valid") != bool(valid):
        return [f"{world}: pebble was expected to find it {expected}: {tries}"]
    return []
