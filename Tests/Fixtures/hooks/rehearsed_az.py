# A stand-in for az, for the hook azure-dns: it knows the words the hook may use and keeps the record sets of one zone in the files beside
# itself (see rehearsal.py). `az rest` was compared with the real az 2.45: its words, what it sends, how it prints a refusal. The words of
# `az login` are as in its source; the bodies of refusals are those that users quote.
import json
import os
import re
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
from rehearsal import Odd, Refusal, State, only

ID = ("tenant.example", "11112222-3333-4444-5555-666677778888")
SECRET = "-a~secret.of Azure=@x"
SUBSCRIPTION = "aaaabbbb-cccc-dddd-eeee-ffff00001111"
PATH = re.compile(
    r"/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/Microsoft\.Network/dnsZones/([^/]+)/(TXT|CNAME)/([^/?]+)"
    r"\?api-version=2018-05-01"
)
REASONS = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 412: "Precondition Failed",
    429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
}


def etag():
    return os.urandom(18).hex()


def error(code, message):
    return {"error": {"code": code, "message": message}}


def from_file(word):
    """az takes what follows an @ from a file of that name."""
    name, equals, value = word.partition("=")
    if value.startswith("@"):
        with open(value[1:], encoding="utf-8") as file:
            return name, file.read().rstrip("\n")
    return name, value if equals else None


def options(words):
    found, rest = {}, list(words)
    while rest:
        name, value = from_file(rest.pop(0))
        if not name.startswith("--") or name in found:
            raise Odd(f"the word {name!r}")
        if name in ("--output", "--headers"):
            value = rest.pop(0)
        found[name] = value
    assert found.pop("--output") == "json"
    return found


def log_in(found):
    config = os.environ["AZURE_CONFIG_DIR"]
    assert config.startswith(os.environ.get("TMPDIR", "/tmp")), "the configuration is not in a folder of this start's own"
    assert os.environ["AZURE_CORE_COLLECT_TELEMETRY"] == "no"
    if set(found) == {"--identity"}:
        raise Refusal(0, "Failed to connect to MSI. Please make sure MSI is configured correctly.")
    only(found, ["--service-principal", "--username", "--password", "--tenant"], "login")
    if (found["--tenant"], found["--username"]) != ID or found["--password"] != SECRET:
        raise Refusal(0, "AADSTS7000215: Invalid client secret provided.")
    os.makedirs(config)
    with open(config + "/logged-in", "w", encoding="ascii") as file:
        file.write("yes")
    return [{"id": SUBSCRIPTION}]


def condition(found, standing):
    """The precondition of a write; without one, it would overwrite what it has not seen."""
    name, _, value = found["--headers"].partition("=")
    if name == "If-None-Match" and value == "*":
        kept = standing is None
    elif name == "If-Match" and re.fullmatch(r"[0-9a-f-]{36}", value):
        kept = standing is not None and standing["etag"] == value
    else:
        raise Odd("a write without its condition")
    if not kept:
        raise Refusal(412, error("PreconditionFailed", f"The condition '{value}' in the {name} header was not satisfied."))


def put(state, found, kind, label, standing):
    condition(found, standing)
    body = json.loads(found["--body"])
    only(body, ["properties"], "body")
    properties = body["properties"]
    assert isinstance(properties["TTL"], int)
    if kind == "TXT":
        only(properties, ["TTL", "metadata", "TXTRecords"], "properties")
        assert properties["TXTRecords"], "an empty set"
        for record in properties["TXTRecords"]:
            only(record, ["value"], "record")
            assert record["value"] and all(len(text) <= 255 for text in record["value"])
    else:
        only(properties, ["TTL", "metadata", "CNAMERecord"], "properties")
        only(properties["CNAMERecord"], ["cname"], "record")
    beside = [one for one in state.records if one["name"] == label and one["type"] != kind]
    if beside:
        says = f"The {kind} record could not be created because another record with the same name already exists in this zone."
        raise Refusal(409, {"code": "Conflict", "message": says})
    if standing:
        state.records.remove(standing)
    made = {"name": label, "type": kind, "etag": etag(), "properties": properties}
    state.records.append(made)
    return made


def rest(state, found):
    if not os.path.exists(os.environ["AZURE_CONFIG_DIR"] + "/logged-in"):
        raise Refusal(0, "Please run 'az login' to setup account.")
    only(found, ["--method", "--url", "--headers", "--body"], "rest")
    match = PATH.fullmatch(found["--url"])
    if not match:
        raise Odd("no such path")
    subscription, group, zone, kind, label = match.groups()
    if subscription != SUBSCRIPTION:
        raise Refusal(404, error("SubscriptionNotFound", f"The subscription '{subscription}' could not be found."))
    if group != "dns":
        raise Refusal(404, error("ResourceGroupNotFound", f"Resource group '{group}' could not be found."))
    if zone != "example.com":
        says = f"Can not perform requested operation on nested resource. Parent resource '{zone}' not found."
        raise Refusal(404, error("ParentResourceNotFound", says))
    standing = next((one for one in state.records if (one["name"], one["type"]) == (label, kind)), None)
    if found["--method"] == "get" and set(found) == {"--method", "--url"}:
        if standing is None:
            raise Refusal(404, {"code": "NotFound", "message": f"The resource record '{label}' does not exist in resource group 'dns'."})
        return standing
    if found["--method"] == "put":
        return put(state, found, kind, label, standing)
    if found["--method"] == "delete" and "--body" not in found:
        condition(found, standing)
        state.records.remove(standing)
        return None
    raise Odd("no such call")


def main():
    words = sys.argv[1:]
    state = State(FOLDER)
    line = " ".join(words)
    fault = state.start(words[1].partition("=")[2] if words[0] == "rest" else words[0], line)
    for record in state.records:
        record.setdefault("etag", etag())
    try:
        if "status" in fault:
            raise Refusal(fault["status"], fault.get("body", error("Ordered", "by the test")))
        if words[0] not in ("login", "rest"):
            raise Odd("no such call")
        told = log_in(options(words[1:])) if words[0] == "login" else rest(state, options(words[1:]))
    except Refusal as refusal:
        # Where the body is empty az prints the status alone.
        told = refusal.body if isinstance(refusal.body, str) else f"({json.dumps(refusal.body)})"
        print(f"ERROR: {REASONS.get(refusal.status, '')}{told}", file=sys.stderr)
        state.save()
        state.append("history", f"{line} -> {refusal.status}")
        return 1
    except (Odd, KeyError, TypeError, ValueError, AssertionError, IndexError) as fault_of_the_hook:
        state.append("odd", f"{line}: {fault_of_the_hook!r}")
        return 2
    state.save()
    state.append("history", f"{line} -> done")
    if fault.get("lose"):
        print("ERROR: ('Connection aborted.', RemoteDisconnected('Remote end closed connection'))", file=sys.stderr)
        return 1
    if told is not None and not fault.get("mute"):
        print(json.dumps(told))
    return 0
