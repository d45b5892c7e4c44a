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
        if judge.is_waiting(world):
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


def furnish(folder):
    """Lines without a server ask the farm's recursor, and delv believes the farm's anchor, in this process's own mount namespace alone."""
    own = folder / "resolv.conf"
    own.write_text(f"nameserver {daemons.RECURSOR}\noptions timeout:5 attempts:1\n")
    subprocess.run(["mount", "--bind", own, "/etc/resolv.conf"], check=True)


def furnish_delv(farm):
    if os.path.exists("/etc/bind/bind.keys"):
        subprocess.run(["mount", "--bind", farm.folder / "anchors.bind", "/etc/bind/bind.keys"], check=True)


def stand(folder, chosen, words):
    """All worlds at once, looked at by the program, by the other resolvers alone, or attacked."""
    started = time.monotonic()
    farm = daemons.Farm(folder / "farm", chosen)
    try:
        farm.start()
        furnish_delv(farm)
        print(f"farm: {len(chosen)} worlds stand after {time.monotonic() - started:.1f} s", flush=True)
        if words.no_program:
            faults = told(oracle.compare(farm, chosen))
        elif words.attack:
            by_name = {world.name: world for world in chosen}
            raced = attack.race(farm, by_name["answers-forged"]) + attack.control(farm, by_name["answers-forged-on-the-path"])
            faults = told(raced + attack.crowd(farm, by_name["answers-malformed"], by_name["plain"]))
        else:
            faults = look(farm, chosen)
        for what in farm.processes.dead():
            print(f"farm: {what} has ended by itself")
            faults += 1
        return faults
    finally:
        farm.end()


def told(faults):
    for fault in faults:
        print(fault)
    return len(faults)


def ask_others(folder, chosen):
    """Unbound, delv and pebble beside the program."""
    rounds = iter(range(oracle.ROUNDS))
    faults = oracle.judge(
        lambda worlds_of_round: daemons.Farm(folder / f"round-{next(rounds)}", worlds_of_round),
        [world for world in chosen if not judge.is_waiting(world)],
        lambda farm, world: judge.Look(farm, world, executes=False),
    )
    waiting = [world.name for world in chosen if judge.is_waiting(world)]
    if waiting:
        print(f"oracle: left out, because the program lacks what they need: {', '.join(waiting)}")
    told(faults)
    for key in ("stricter", "milder"):
        for world in chosen:
            if key in world.data:
                print(f"{key} on purpose: {world}: {world.data[key]}")
    print(f"oracle: {len(chosen)} worlds, {len(faults)} disagreements")
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
    names = {"answers-forged", "answers-forged-on-the-path", "answers-malformed"} if words.attack else set(words.names) or set(found)
    names |= {found[name].base for name in names} - {None}
    chosen = [world for world in found.values() if world.name in names]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dnsproof-farm-", dir=os.environ.get("DNSPROOF_LAB_FOLDER")))
    daemons.dress(chosen)
    furnish(folder)
    started = time.monotonic()
    try:
        faults = ask_others(folder, chosen) if words.oracle else stand(folder, chosen, words)
        print(f"farm: {time.monotonic() - started:.1f} s")
    finally:
        if words.keep:
            print(f"farm: logs and zones are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
