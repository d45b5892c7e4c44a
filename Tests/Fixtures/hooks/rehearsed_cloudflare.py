# Cloudflare's API for zones and DNS records, as far as the hook cloudflare-dns may use it: usage: rehearsed_cloudflare.py FOLDER.
# One zone example.com (full), two of the name twice.example (in two accounts), one partial.example, one that waits for its name servers, and
# one whose name Cloudflare tells in Unicode. Pages hold few records, so that turning
# them is tried.
import json
import re

from rehearsal import Odd, Refusal, only, query, serve

TOKEN = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY"
ZONES = [
    ("023e105f4ecef8ad9ca31a8372d0c353", "example.com", "full"),
    ("11111111111111111111111111111111", "twice.example", "full"),
    ("22222222222222222222222222222222", "twice.example", "full"),
    ("33333333333333333333333333333333", "partial.example", "partial"),
    ("44444444444444444444444444444444", "pending.example", "full"),
    ("55555555555555555555555555555555", "xn--bcher-kva.example", "full"),
]
WRITABLE = {ZONES[0][0], ZONES[4][0], ZONES[5][0]}
UNICODE = {"xn--bcher-kva.example": "b\u00fccher.example"}
PAGE_SIZE = 2
TEXT = re.compile(r'"([ !#-\[\]-~]|\\["\\]|\\[0-9]{3})*"')


def errors(code, message):
    return {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}


def result(value, **more):
    return 200, {}, {"success": True, "errors": [], "messages": [], "result": value, **more}


def zone(one):
    status = "pending" if one[1] == "pending.example" else "active"
    return {"id": one[0], "name": UNICODE.get(one[1], one[1]), "type": one[2], "status": status, "paused": False}


def listed(records, asked):
    only(asked, ["name.exact", "per_page", "page"], "query")
    page = int(asked["page"])
    assert 1 <= page and 5 <= int(asked["per_page"]) <= 5000000
    found = [one for one in records if one["name"] == asked["name.exact"]]
    pages = max(1, -(-len(found) // PAGE_SIZE))
    info = {"page": page, "per_page": PAGE_SIZE, "count": len(found), "total_count": len(found), "total_pages": pages}
    return result(found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], result_info=info)


def create(state, body):
    record = json.loads(body)
    only(record, ["type", "name", "content", "ttl", "proxied"], "record")
    assert record["type"] in ("TXT", "CNAME") and isinstance(record["ttl"], int) and 60 <= record["ttl"] <= 86400
    if record["type"] == "TXT" and not TEXT.fullmatch(record["content"]):
        raise Odd("the content of a TXT is no quoted string")
    beside = [one for one in state.records if one["name"] == record["name"]]
    if any(one["type"] == record["type"] and one["content"] == record["content"] for one in beside):
        raise Refusal(400, errors(81058, "An identical record already exists."))
    if beside and (record["type"] == "CNAME" or any(one["type"] == "CNAME" for one in beside)):
        raise Refusal(400, errors(81054, "A CNAME record with that host already exists."))
    record["id"] = f"{state.number():032x}"
    state.records.append(record)
    return result(record)


def answer(state, method, target, headers, body):
    for record in state.records:
        record["id"] = f"{int(record['id'], 16):032x}" if isinstance(record["id"], str) else f"{record['id']:032x}"
    if headers.get("Authorization") != "Bearer " + TOKEN:
        raise Refusal(403, errors(10000, "Authentication error"))
    path, asked = target.split("?")[0], query(target) if "?" in target else {}
    if (method, path) == ("GET", "/zones"):
        only(asked, ["name", "per_page"], "query")
        return result([zone(one) for one in ZONES if one[1] == asked["name"]])
    match = re.fullmatch(r"/zones/([0-9a-f]{32})(/dns_records)?(/[0-9a-f]{32})?", path)
    if not match:
        raise Odd("no such path")
    known = [one for one in ZONES if one[0] == match[1]]
    if not known:
        raise Refusal(404, errors(7003, "Could not route to the zone: invalid object identifier"))
    if match[2] and match[1] not in WRITABLE:
        raise Odd("the records of another zone than the test's were touched")
    if method == "GET" and not match[2]:
        return result(zone(known[0]))
    if method == "GET" and match[2] and not match[3]:
        return listed(state.records, asked)
    if method == "POST" and match[2] and not match[3] and not asked:
        assert headers.get("Content-Type") == "application/json"
        return create(state, body)
    if method == "DELETE" and match[3] and not asked and not body:
        found = [one for one in state.records if one["id"] == match[3][1:]]
        if not found:
            raise Refusal(404, errors(81044, "Record does not exist."))
        state.records.remove(found[0])
        return result({"id": match[3][1:]})
    raise Odd("no such call")


serve(answer, lambda status: errors(status * 10, "ordered by the test"))
