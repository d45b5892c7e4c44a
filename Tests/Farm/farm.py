"""The farm: starts every world at once, looks at each with the real program, and compares what it says with what the world is."""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import attack
import daemons
import judge
import oracle
import world as worlds

AT_ONCE = 10


def look(farm, chosen):
    """The program in every world, and its lines. Returns how many worlds differ from their files."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        looks = {world.name: pool.submit(judge.Look, farm, world) for world in chosen}
    faults, lines, waiting = 0, 0, []
    for world in chosen:
        here = looks[world.name].result()
        base = looks.get(world.base)
        found = here.faults(base.result() if base else None)
        lines += len(here.lines)
        missing = world.expected("finding") in judge.WAITS or ("issuer" in world.data and "--issuer" in judge.WAITS)
        if missing:
            waiting.append(world.name)
            state = "WAITS"
        else:
            state = "ok" if not found else "NOT"
            faults += bool(found)
        print(f"{state:5} {world.name:42} {here.verdict:12} {here.security or '-':14} {' '.join(sorted(here.codes)) or '-'}")
        for fault in found:
            print(f"        {fault}")
    if judge.WAITS:
        print(f"farm: the program still lacks {', '.join(judge.WAITS)}; worlds that wait for it: {', '.join(waiting)}")
    print(f"farm: {len(chosen)} worlds, {len(chosen) - faults - len(waiting)} agree, {faults} differ, {len(waiting)} wait; {lines} lines executed")
    return faults


def point_resolv_conf(folder):
    """Lines without a server ask the farm's resolver. Holds only in this process's own mount namespace."""
    own = folder / "resolv.conf"
    own.write_text(f"nameserver {daemons.RESOLVER}\noptions timeout:5 attempts:1\n")
    subprocess.run(["mount", "--bind", own, "/etc/resolv.conf"], check=True)


def stand(folder, chosen, words):
    """All worlds at once, looked at by the program, or by the other resolvers and the program."""
    started = time.monotonic()
    farm = daemons.Farm(folder / "farm", chosen)
    try:
        farm.start()
        print(f"farm: {len(chosen)} worlds stand after {time.monotonic() - started:.1f} s", flush=True)
        faults = 0
        if words.oracle or words.no_program:
            faults = oracle.compare(farm, chosen)
        elif not words.attack:
            faults = look(farm, chosen)
        if words.attack:
            by_name = {world.name: world for world in chosen}
            found = attack.race(farm, by_name["answers-forged"]) + attack.crowd(farm, by_name["answers-malformed"], by_name["plain"])
            print("\n".join(found))
            faults += len(found)
        if words.oracle:
            faults += compare_status(farm, chosen)
        for what in farm.processes.dead():
            print(f"farm: {what} has ended by itself")
            faults += 1
        return faults
    finally:
        farm.end()


def compare_status(farm, chosen):
    """Our DNSSEC status beside those of Unbound and delv."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        looks = pool.map(lambda world: judge.Look(farm, world, executes=False), chosen)
    faults = [f"{world}: {text}" for world, here in zip(chosen, looks) for text in oracle.disagreements(world, here)]
    compared = [world for world in chosen if world.is_signed]
    print("\n".join(faults))
    print(f"oracle: DNSSEC status of {len(compared)} signed worlds compared with Unbound and delv, {len(faults)} disagreements")
    return len(faults)


def ask_pebble(folder, chosen):
    rounds = iter(range(oracle.ROUNDS))
    faults = oracle.judge_by_pebble(
        lambda worlds_of_round: daemons.Farm(folder / f"round-{next(rounds)}", worlds_of_round),
        chosen,
        lambda farm, world: judge.Look(farm, world, executes=False),
    )
    print("\n".join(faults))
    stricter = {world.name: world.data["stricter"] for world in chosen if world.data.get("stricter")}
    for name, why in stricter.items():
        print(f"stricter on purpose: {name}: {why}")
    print(f"oracle: {len(chosen)} worlds before pebble, {len(faults)} disagreements")
    return len(faults)


def main():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("names", nargs="*", help="worlds to look at; without any, all")
    words.add_argument("--oracle", action="store_true", help="compare with Unbound, delv and pebble instead")
    words.add_argument("--attack", action="store_true", help="race forged answers against the truth, and answer with malformed ones, instead")
    words.add_argument("--no-program", action="store_true", help="is each world what its file says, in the eyes of Unbound and delv?")
    words.add_argument("--keep", action="store_true", help="leave the folder with logs and zones")
    words = words.parse_args()
    if os.environ.get("DNSPROOF_LAB") != "namespace":
        print("farm: needs a network namespace of its own, which this machine does not give; nothing was tried")
        return 1 if os.environ.get("CI") == "true" else 0
    found = worlds.load()
    names = {"answers-forged", "answers-malformed"} if words.attack else set(words.names) or set(found)
    names |= {found[name].base for name in names} - {None}
    chosen = [world for world in found.values() if world.name in names]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dnsproof-farm-", dir=os.environ.get("DNSPROOF_LAB_FOLDER")))
    daemons.dress(chosen)
    point_resolv_conf(folder)
    started = time.monotonic()
    try:
        faults = stand(folder, chosen, words)
        if words.oracle:
            faults += ask_pebble(folder, chosen)
        print(f"farm: {time.monotonic() - started:.1f} s")
    finally:
        if words.keep:
            print(f"farm: logs and zones are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
