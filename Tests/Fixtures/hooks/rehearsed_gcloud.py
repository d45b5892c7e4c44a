# A stand-in for gcloud, for the hook google-clouddns: it knows the words the hook may use and keeps the record sets of one managed zone in
# the files beside itself (see rehearsal.py). What it prints was compared with the Google Cloud CLI 528.
import json
import os
import re
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
from rehearsal import Odd, Refusal, State, only

ZONES = {"zone-1": ("example.com.", "public"), "hidden-1": ("example.com.", "private"), "other-1": ("example.org.", "public")}
TEXT = re.compile(r'"([ !#-\[\]-~]|\\["\\]|\\[0-9]{3})*"')
KEY = {"type": "service_account", "client_email": "dns@project-1.iam.gserviceaccount.com", "private_key": "-----BEGIN"}


def refuse(status, message):
    raise Refusal(status, message)


def options(words):
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not name.startswith("--") or name in found:
            raise Odd(f"the word {word!r}")
        found[name] = value if equals else None
    return found


def check_surroundings(folder):
    config = os.environ["CLOUDSDK_CONFIG"]
    assert config.startswith(os.environ.get("TMPDIR", "/tmp")), "the configuration is not in a folder of this start's own"
    assert os.environ["CLOUDSDK_CORE_DISABLE_PROMPTS"] == "1"
    path = os.environ.get("CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE")
    if not path:
        refuse(0, "You do not currently have an active account selected.")
    assert os.stat(path).st_mode & 0o077 == 0, "the credentials can be read by others"
    with open(path, encoding="utf-8") as file:
        if json.load(file) != KEY:
            refuse(0, "There was a problem refreshing your current auth tokens: invalid_grant: Invalid JWT Signature.")


def zone(name):
    if name not in ZONES:
        refuse(404, f"The 'parameters.managedZone' resource named '{name}' does not exist.")
    return ZONES[name]


def alike(one, other):
    same = (one["name"], one["type"], one["ttl"]) == (other["name"], other["type"], other["ttl"])
    return same and sorted(one["rrdatas"]) == sorted(other["rrdatas"])


def execute(state, path):
    with open(path, encoding="utf-8") as file:
        change = json.load(file)
    only(change, ["additions", "deletions"], "transaction")
    sets = list(state.records)
    for place, gone in enumerate(change["deletions"]):
        only(gone, ["name", "type", "ttl", "rrdatas"], "deletion")
        found = [one for one in sets if (one["name"], one["type"]) == (gone["name"], gone["type"])]
        if not found:
            says = f"named '{gone['name']} ({gone['type']})' does not exist."
            refuse(404, f"The 'entity.change.deletions[{place}]' resource {says}")
        if not alike(found[0], gone):
            refuse(412, f"Precondition not met for 'entity.change.deletions[{place}]'")
        sets.remove(found[0])
    for place, new in enumerate(change["additions"]):
        only(new, ["name", "type", "ttl", "rrdatas"], "addition")
        assert new["rrdatas"] and isinstance(new["ttl"], int) and new["name"].endswith(".example.com.") or new["name"] == "example.com."
        assert new["type"] != "TXT" or all(TEXT.fullmatch(one) for one in new["rrdatas"]), "no quoted string"
        beside = [one for one in sets if one["name"] == new["name"]]
        if any(one["type"] == new["type"] for one in beside):
            says = f"named '{new['name']} ({new['type']})' already exists"
            refuse(409, f"The resource 'entity.change.additions[{place}]' {says}")
        if beside and "CNAME" in [new["type"]] + [one["type"] for one in beside]:
            says = f"is invalid because the DNS name '{new['name']}' may have either one CNAME resource record set or resource record"
            refuse(400, f"The resource record set 'entity.change.additions[{place}]' {says} sets of other types, but not both.")
        sets.append(new)
    state.records = sets
    os.remove(path)
    return {"id": "7", "status": "pending"}


def answer(state, words):
    check_surroundings(FOLDER)
    call, rest = words[:3], words[3:]
    if call == ["dns", "managed-zones", "describe"]:
        name, found = rest[0], options(rest[1:])
        only(found, ["--project", "--format", "--quiet"], "describe")
        told = {"dnsName": zone(name)[0], "visibility": zone(name)[1], "name": name}
    elif call == ["dns", "record-sets", "list"]:
        found = options(rest)
        only(found, ["--zone", "--name", "--project", "--format", "--quiet"], "list")
        assert found["--zone"] == "zone-1", "the record sets of another zone than the test's"
        told = [one for one in state.records if one["name"] == found["--name"]]
    elif call == ["dns", "record-sets", "transaction"] and rest[0] == "execute":
        found = options(rest[1:])
        only(found, ["--zone", "--transaction-file", "--project", "--format", "--quiet"], "execute")
        assert found["--zone"] == "zone-1", "the record sets of another zone than the test's"
        told = execute(state, found["--transaction-file"])
    else:
        raise Odd("no such call")
    assert found["--project"] == "project-1" and found["--format"] == "json" and "--quiet" in found
    return told


def main():
    words = sys.argv[1:]
    state = State(FOLDER)
    line = " ".join(words)
    fault = state.start(words[2] if words[2] != "transaction" else "execute", line)
    try:
        if "status" in fault:
            refuse(fault["status"], fault.get("body", "ordered by the test"))
        told = answer(state, words)
        state.save()
    except Refusal as refusal:
        status = f"HTTPError {refusal.status}: " if refusal.status else ""
        print(f"ERROR: (gcloud.{'.'.join(words[:3])}) {status}{refusal.body}", file=sys.stderr)
        state.append("history", f"{line} -> {refusal.status}")
        return 1
    except (Odd, KeyError, TypeError, ValueError, AssertionError, IndexError) as fault_of_the_hook:
        state.append("odd", f"{line}: {fault_of_the_hook!r}")
        return 2
    state.append("history", f"{line} -> done")
    if fault.get("lose"):
        print("ERROR: gcloud crashed (ConnectionError): ('Connection aborted.', RemoteDisconnected())", file=sys.stderr)
        return 1
    if not fault.get("mute"):
        print(json.dumps(told))
    return 0
