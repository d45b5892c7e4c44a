"""Forged and malformed answers against the real program: forgeries raced against the truth, with a control, and the corpus beside a healthy
certificate."""
import collections
import json
import os
import re
import subprocess
import time

import corpus
import forgeries
import judge

LEAST_QUERIES = 1000
MOST_CHECKS = 100
RUN_SECONDS = 240


def race(farm, world):
    """Checks again and again until enough questions were raced. Returns the faults."""
    faults, checks, sightings = [], 0, collections.Counter()
    counts = sent(farm)
    while counts["queries"] < LEAST_QUERIES and checks < MOST_CHECKS:
        look = judge.Look(farm, world, executes=False)
        checks += 1
        sightings.update(seen["sighting"]["sighting"] for seen in look.document.get("sightings", []))
        if look.verdict != world.expected("verdict"):
            faults.append(f"{world}: verdict {look.verdict}, expected {world.expected('verdict')}: {sorted(look.codes)}")
        counts = sent(farm)
    if counts["queries"] < LEAST_QUERIES:
        faults.append(f"{world}: only {counts['queries']} queries were raced in {checks} checks")
    faults += [f"{world}: no forgery of kind {kind} was sent" for kind in forgeries.KINDS if not counts[kind]]
    total = sum(counts[kind] for kind in forgeries.KINDS)
    print(f"forgeries: {counts['queries']} queries raced by {total} forged answers in {checks} checks; what was believed: {dict(sightings)}")
    print("forgeries: " + ", ".join(f"{kind} {counts[kind]}" for kind in forgeries.KINDS) + f"; {sightings['present']} accepted")
    return faults + ([f"{world}: {sightings['present']} forged answers were believed"] if sightings["present"] else [])


def sent(farm):
    """Kind -> how many forgeries of it the bent servers have sent."""
    lines = re.findall(r"^forged (.*)$", (farm.processes.folder / "bent.log").read_text(), re.MULTILINE)
    return json.loads(lines[-1]) if lines else forgeries.COUNTS


def control(farm, world):
    """A forgery that is right in everything must be believed: else the race shows only that this tool's forgeries come too late or to nobody."""
    look = judge.Look(farm, world, executes=False)
    believed = sum(seen["sighting"]["sighting"] == "present" for seen in look.document.get("sightings", []))
    count = sent(farm)[forgeries.PERFECT]
    print(f"forgeries: control: {count} that are right in everything, believed at {believed} addresses")
    return [] if count and believed and look.verdict == "ready" else [f"{world}: verdict {look.verdict}, {count} perfect forgeries, {believed} believed"]


def crowd(farm, hostile, healthy):
    """One run over a certificate for each item of the corpus and one healthy one: it must end normally, and the healthy one be done."""
    folder = farm.folder / "crowd"
    (folder / "providers").mkdir(parents=True)
    orders = [order(item, f"_acme-challenge.{item}.{hostile.domain[:-1]}", hostile.values[0]) for item in corpus.ITEMS]
    orders.append(order("healthy", healthy.record[0], healthy.values[0]))
    (folder / "orders.json").write_text(json.dumps({"version": 1, "complete": True, "authorizations": orders}))
    program = folder / "providers/crowd"
    program.write_text(
        f'#!/bin/sh\ncase $1 in\nlist) cat "{folder}/orders.json" ;;\n'
        f'trigger) echo "$DNSPROOF_AUTHORIZATION" >>"{folder}/triggered" ;;\n*) exit 64 ;;\nesac\n'
    )
    program.chmod(0o700)
    config = json.loads(judge.configuration(farm, healthy).read_text())
    config |= {"providers": [{"name": "crowd", "kind": "executable", "program": "providers/crowd"}], "state": str(folder / "state")}
    config["zones"] = {"*": {"policy": "default"}}
    (folder / "config.yaml").write_text(json.dumps(config))
    (folder / "config.yaml").chmod(0o600)
    os.chmod(folder, 0o700)
    started = time.monotonic()
    try:
        result = subprocess.run([judge.PROGRAM, "run", "--config", folder / "config.yaml"], capture_output=True, text=True, timeout=RUN_SECONDS)
    except subprocess.TimeoutExpired:
        return [f"corpus: the run did not end within {RUN_SECONDS} s"]
    seconds = time.monotonic() - started
    triggered = (folder / "triggered").read_text().split() if (folder / "triggered").exists() else []
    print(f"corpus: {len(orders) - 1} hostile certificates beside a healthy one: exit {result.returncode} after {seconds:.1f} s; triggered: {triggered}")
    faults = []
    if result.returncode not in (0, 3, 4):
        faults.append(f"corpus: exit {result.returncode}, which is no normal end: {result.stderr[-2000:]}")
    if triggered != ["healthy"]:
        faults.append(f"corpus: triggered {triggered}, expected the healthy one alone\n{result.stdout[-3000:]}{result.stderr[-1000:]}")
    return faults


def order(number, name, value):
    return {
        "id": number,
        "scope": "farm",
        "identifiers": [name.removeprefix("_acme-challenge.")],
        "status": "pending",
        "method": "txt",
        "capabilities": {"trigger": True, "change": [], "revalidate": []},
        "challenges": [
            {
                "identifier": name.removeprefix("_acme-challenge."),
                "alternatives": [{"kind": "txt", "name": name, "value": value, "purpose": "oneTime"}],
            }
        ],
    }
