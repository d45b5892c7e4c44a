# A moto server on loopback for the hooks route53 and s3-object: usage: rehearsed_aws.py FOLDER. The port it was given is written to
# FOLDER/port. moto asks whether a change was ever made before; Route 53 asks what stands now, and the hook leans on it. So its rules are
# kept here: a DELETE must name the set exactly as it stands, and a CREATE finds no set in its place. A value in FOLDER/meddle is added by a
# stranger between the hook's reading and writing. What stands after a change is in FOLDER/sets: {zone: [[name, type, TTL, [value]]]}.
import json
import os
import sys
import threading

from moto.route53.exceptions import Route53ClientError
from moto.route53.models import Route53Backend
from moto.server import ThreadedMotoServer

folder = sys.argv[1]
plain_change = Route53Backend.change_resource_record_sets


class Refused(Route53ClientError):
    def __init__(self, words):
        super().__init__("InvalidChangeBatch", words)


class Unasked(list):
    """What moto asks of its list of former changes never hinders one."""

    def __contains__(self, change):
        return False

    def has_insert_or_update(self, record_set):
        return True


def write(name, text):
    with open(f"{folder}/{name}.new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(f"{folder}/{name}.new", f"{folder}/{name}")


def apply(backend, zone_id, change_list):
    zone = backend.get_hosted_zone(zone_id)
    zone.rr_changes = Unasked()
    plain_change(backend, zone_id, change_list)
    sets = {}
    for each in backend.zones.values():
        found = each.get_record_sets(start_type=None, start_name=None)
        sets[each.id.split("/")[-1]] = [[one.name, one.type, int(one.ttl or 0), list(one.records or [])] for one in found]
    write("sets", json.dumps(sets, default=str))


def standing(zone, name, kind):
    for found in zone.get_record_sets(start_type=None, start_name=None):
        if found.name.rstrip(".") == name.rstrip(".") and found.type == kind:
            return found
    return None


def values(record_set):
    records = record_set.get("ResourceRecords") or []
    if isinstance(records, dict):
        records = records.get("ResourceRecord") or []
    return sorted(record["Value"] for record in records)


def meddle(backend, zone_id):
    path = folder + "/meddle"
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as file:
        wanted = json.load(file)
    wanted["times"] -= 1
    if wanted["times"] <= 0:
        os.remove(path)
    else:
        write("meddle", json.dumps(wanted))
    zone = backend.get_hosted_zone(zone_id)
    old = standing(zone, wanted["name"], "TXT")
    records = list(old.records) if old else []
    records.append(f'"{wanted["value"]}{wanted["times"]}"')
    change = {
        "Name": wanted["name"],
        "Type": "TXT",
        "TTL": 300,
        "ResourceRecords": [{"Value": record} for record in records],
    }
    apply(backend, zone_id, [{"Action": "UPSERT", "ResourceRecordSet": change}])


def change(backend, zone_id, change_list):
    meddle(backend, zone_id)
    zone = backend.get_hosted_zone(zone_id)
    gone = set()
    for item in change_list:
        wanted = item["ResourceRecordSet"]
        name, kind = wanted["Name"], wanted["Type"]
        found = None if (name, kind) in gone else standing(zone, name, kind)
        says = f"[name='{name}', type='{kind}']"
        if item["Action"] == "DELETE":
            if found is None:
                raise Refused(f"Tried to delete resource record set {says} but it was not found")
            if sorted(found.records) != values(wanted) or int(found.ttl) != int(wanted["TTL"]):
                raise Refused(
                    f"Tried to delete resource record set {says} but the values provided do not match the current values"
                )
            gone.add((name, kind))
        elif item["Action"] == "CREATE" and found is not None:
            raise Refused(f"Tried to create resource record set {says} but it already exists")
    apply(backend, zone_id, change_list)


Route53Backend.change_resource_record_sets = change
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
write("port", str(server.get_host_and_port()[1]))
threading.Event().wait()
