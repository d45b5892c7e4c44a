# NAVER Cloud Platform's Global DNS, as far as the hook naver-globaldns may use it: usage: rehearsed_naver.py FOLDER. Domains and records by
# API v1, applying by v2 (FOLDER/old: a machine where v2 knows nothing). A deletion waits with delYn (FOLDER/hidden: and is not listed). Every call must be signed for the address it goes to. FOLDER/live is
# what the name servers answer: [[host, type, content]]. Shapes: NAVER's API guide, and clients of v1 that are in use.
import base64
import hashlib
import hmac
import json
import os
import re
import time
import uuid

from rehearsal import Odd, Refusal, only, query, serve

ACCESS, SECRET = "D78BB444D6D3C84CA38D", "dummySecretKey0123456789abcdefghijklmnop"
DOMAIN, NUMBER = 25001, 120
CLOCK_S = 300
PAGE_SIZE = 3
HOST = re.compile(r"@|(\*|[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)(\.(\*|[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?))*")
operations = {}


def error(code, message):
    return {"result": "FAIL", "error": {"errorCode": code, "message": message, "devMessage": message}}


def check_signature(method, target, headers):
    stamp = headers["x-ncp-apigw-timestamp"]
    assert re.fullmatch(r"[0-9]{13}", stamp)
    if abs(int(stamp) / 1000 - time.time()) > CLOCK_S:
        raise Refusal(401, {"error": {"errorCode": "200", "message": "Authentication Failed", "details": "Expired timestamp."}})
    said = f"{method} {target}\n{stamp}\n{headers['x-ncp-iam-access-key']}".encode()
    right = base64.b64encode(hmac.new(SECRET.encode(), said, hashlib.sha256).digest()).decode()
    if headers["x-ncp-iam-access-key"] != ACCESS or headers["x-ncp-apigw-signature-v2"] != right:
        raise Refusal(401, {"error": {"errorCode": "200", "message": "Authentication Failed", "details": "Invalid authentication information."}})


def page(found, number, size):
    assert number >= 0 and 1 <= size <= 1000
    pages = max(1, -(-len(found) // PAGE_SIZE))
    part = found[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]
    return {"content": part, "totalPages": pages, "totalElements": len(found), "last": number + 1 >= pages}


def create(state, body):
    for record in json.loads(body):
        only(record, ["host", "type", "content", "ttl", "aliasId", "lbId"], "record")
        assert HOST.fullmatch(record["host"]) and record["type"] == "TXT" and isinstance(record["ttl"], int)
        assert not record["content"].startswith('"') and len(record["content"]) <= 255
        content = '"' + record["content"] + '"'
        same = [one for one in state.records if (one["host"], one["type"]) == (record["host"], record["type"])]
        if any(one["content"] == content for one in same):
            raise Refusal(400, error("X00007", "This is an invalid record."))
        state.records.append(dict(record, id=state.number(), content=content, applyYn=False, delYn=False))


def apply(state):
    state.records = [record for record in state.records if not record["delYn"]]
    for record in state.records:
        record["applyYn"] = True
    live = [[record["host"], record["type"], record["content"]] for record in state.records]
    state.write("live", json.dumps(live))


def first(state, method, path, asked, body):
    if (method, path) == ("GET", "/dns/v1/ncpdns/domain"):
        only(asked, ["page", "size", "domainName"], "query")
        known = [{"id": DOMAIN, "name": "example.com"}, {"id": 25002, "name": "my-example.com"}]
        found = [one for one in known if asked["domainName"] in one["name"]]
        return 200, {}, {"content": found, "totalPages": 1, "last": True}
    if (method, path) == ("PUT", f"/dns/v1/ncpdns/record/apply/{DOMAIN}"):
        assert os.path.exists(state.path("old")), "v1 applies although v2 is there"
        apply(state)
        return 200, {}, ""
    if path != f"/dns/v1/ncpdns/record/{DOMAIN}":
        raise Odd("no such path")
    if method == "GET":
        only(asked, ["page", "size"], "query")
        hidden = os.path.exists(state.path("hidden"))
        listed = [record for record in state.records if not (hidden and record["delYn"])]
        return 200, {}, page(listed, int(asked["page"]), int(asked["size"]))
    assert not asked and body
    if method == "POST":
        create(state, body)
        return 200, {}, ""
    if method == "DELETE":
        wanted = json.loads(body)
        assert wanted and all(isinstance(one, int) for one in wanted)
        assert set(wanted) <= {one["id"] for one in state.records if not one["delYn"]}
        # What was never applied is gone at once.
        state.records = [one for one in state.records if one["applyYn"] or one["id"] not in wanted]
        for one in state.records:
            one["delYn"] = one["delYn"] or one["id"] in wanted
        return 200, {}, ""
    raise Odd("no such call")


def operation(one):
    told = {"id": one, "done": False, "metadata": {"operationType": "UPDATE", "resourceType": "records", "phase": operations[one][0]}}
    if operations[one][0] == "ERROR":
        told["done"] = True
        del told["metadata"]["phase"]
        told["error"] = {"errorCode": "InvalidRecord", "message": "ordered by the test"}
    return told


def second(state, method, path, asked):
    if os.path.exists(state.path("old")):
        raise Refusal(403, {"error": {"errorCode": "Forbidden", "message": "Forbidden"}})
    if (method, path) == ("GET", "/dns/v2/domains"):
        only(asked, ["name", "pageNo", "pageSize"], "query")
        known = [{"domainNo": 121, "name": "my-example.com"}, {"domainNo": NUMBER, "name": "example.com"}]
        return 200, {}, {"domains": known, "totalCount": 2}
    assert not asked
    if (method, path) == ("POST", f"/dns/v2/domains/{NUMBER}/records/apply"):
        made = str(uuid.uuid4())
        phases = ["WAITING", "APPLYING", "SYNCHRONIZING"]
        if os.path.exists(state.path("phases")):
            with open(state.path("phases"), encoding="utf-8") as file:
                phases = file.read().split()
        operations[made] = phases
        if phases == ["SYNCHRONIZING"]:
            apply(state)
        return 202, {"Retry-After": "1"}, operation(made)
    match = re.fullmatch(rf"/dns/v2/domains/{NUMBER}/records/operations/([0-9a-f-]{{36}})", path)
    if method == "GET" and match:
        phases = operations[match[1]]
        if len(phases) > 1:
            phases.pop(0)
            if phases[0] == "SYNCHRONIZING":
                apply(state)
        return 200, {"Retry-After": "1"}, operation(match[1])
    raise Odd("no such call")


def answer(state, method, target, headers, body):
    for record in state.records:
        record.setdefault("applyYn", True)
        record.setdefault("delYn", False)
    check_signature(method, target, headers)
    path, asked = target.split("?")[0], query(target) if "?" in target else {}
    if body:
        assert headers.get("Content-Type") == "application/json"
    if path.startswith("/dns/v1/"):
        return first(state, method, path, asked, body)
    return second(state, method, path, asked)


serve(answer, lambda status: error("X0000", "ordered by the test"))
