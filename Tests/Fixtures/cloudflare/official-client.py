"""Cloudflare's own Python client against a rehearsed Cloudflare.

Started by IntegrationTests/OfficialClientStory.swift with the API's address and a token in its environment. Each step checks
what came back and is printed when it held; the first one that does not ends the script with what was seen.
"""

import os
import sys

import cloudflare
from cloudflare import Cloudflare

ZONE = "023e105f4ecef8ad9ca31a8372d0c353"
PACK = "4449b368-d10f-4a73-9d27-000000000001"
CHANGING = "4449b368-d10f-4a73-9d27-000000000002"
TIMED_OUT = "4449b368-d10f-4a73-9d27-000000000003"
HOSTNAME = "234e5416-9d5b-4f0c-8b3e-0a5b6c7d8e9f"
PACKS = 112  # so many that pages of 50 are needed

steps = 0


def same(what, saw, wanted):
    global steps
    if saw != wanted:
        sys.exit(f"{what}: saw {saw!r}, wanted {wanted!r}")
    steps += 1


def refused(what, call, kind, code):
    try:
        saw = call()
    except kind as error:
        same(what, error.errors[0].code, code)
    else:
        sys.exit(f"{what}: not refused, but {saw!r}")


def main():
    # A client that repeats nothing, so that every answer is looked at once.
    client = Cloudflare(api_token=os.environ["API_TOKEN"], base_url=os.environ["API_URL"], max_retries=0)

    token = client.user.tokens.verify()
    same("user.tokens.verify", (token.status, len(token.id)), ("active", 32))
    refused(
        "accounts.tokens.verify of a user's token",
        lambda: client.accounts.tokens.verify(account_id="a"),
        cloudflare.AuthenticationError,
        1000,
    )

    zones = list(client.zones.list(per_page=5))
    same("zones.list over three pages", [zone.name for zone in zones][:2], ["shop.example", "zone1.example"])
    same("zones.list", len(zones), 12)
    same("its fields", (zones[0].id, zones[0].type, zones[0].status, zones[0].paused), (ZONE, "partial", "active", False))
    full = list(client.zones.list(type=["full", "secondary"]))
    same("zones.list(type=...)", [zone.type for zone in full], ["full"])
    same("zones.list(name=...)", [zone.id for zone in client.zones.list(name="shop.example")], [ZONE])
    same("zones.get", client.zones.get(zone_id=ZONE).name, "shop.example")

    packs(client)
    verifications(client)
    hostnames(client)
    records(client)

    same("dcv_delegation.get", client.dcv_delegation.get(zone_id=ZONE).uuid, "9dbb86635115718e")
    settings = client.ssl.universal.settings.get(zone_id=ZONE)
    same("ssl.universal.settings.get", (settings.enabled, settings.certificate_authority), (True, "google"))
    other = Cloudflare(api_token="less", base_url=os.environ["API_URL"], max_retries=0)
    refused(
        "a right that is missing",
        lambda: other.ssl.verification.get(zone_id=ZONE),
        cloudflare.PermissionDeniedError,
        10000,
    )
    print(f"{steps} steps held")


def verifications(client):
    entries = {entry.cert_pack_uuid: entry for entry in client.ssl.verification.get(zone_id=ZONE)}
    same("ssl.verification.get", len(entries), PACKS - 1)
    entry = entries[PACK]
    same("its status", (entry.certificate_status, entry.validation_method), ("pending_validation", "txt"))
    info = entry.verification_info[0]
    same("its record", info.txt_name, "_acme-challenge.shop.example")
    changed = client.ssl.verification.edit(CHANGING, zone_id=ZONE, validation_method="http")
    same("ssl.verification.edit to http", (changed.status, changed.validation_method), ("pending_validation", "http"))
    same("ssl.verification.edit", client.ssl.verification.edit(PACK, zone_id=ZONE, validation_method="txt").validation_method, "txt")
    again = {entry.cert_pack_uuid: entry.certificate_status for entry in client.ssl.verification.get(zone_id=ZONE)}
    same("after the look", (again[PACK], again[CHANGING]), ("active", "pending_validation"))
    retried = {entry.cert_pack_uuid: entry.certificate_status for entry in client.ssl.verification.get(zone_id=ZONE, retry=True)}
    same("ssl.verification.get(retry=True)", retried[CHANGING], "active")
    refused(
        "a method change of an active pack",
        lambda: client.ssl.verification.edit(PACK, zone_id=ZONE, validation_method="http"),
        cloudflare.BadRequestError,
        1467,
    )


def packs(client):
    all_packs = list(client.ssl.certificate_packs.list(zone_id=ZONE, status="all", per_page=50))
    same("ssl.certificate_packs.list(status=all)", len({pack.id for pack in all_packs}), PACKS)
    pack = next(pack for pack in all_packs if pack.id == TIMED_OUT)
    same("a pack that timed out", (pack.type, pack.status, pack.hosts), ("advanced", "validation_timed_out", ["late.shop.example"]))
    same("its error", pack.validation_errors[0].message, "SERVFAIL looking up CAA for late.shop.example")
    same("its records", [record.txt_name for record in pack.validation_records], ["_acme-challenge.late.shop.example"] * 2)
    target = "late.shop.example.9dbb86635115718e.dcv.cloudflare.com"
    same("its delegation", pack.dcv_delegation_records[0].cname_target, target)
    same("its authority", pack.certificate_authority, "ssl_com")
    begun = client.ssl.certificate_packs.edit(TIMED_OUT, zone_id=ZONE)
    same("ssl.certificate_packs.edit", (begun.id, begun.status), (TIMED_OUT, "pending_validation"))
    one = client.ssl.certificate_packs.get(TIMED_OUT, zone_id=ZONE)
    same("ssl.certificate_packs.get", one.status, "pending_validation")
    active = list(client.ssl.certificate_packs.list(zone_id=ZONE))
    same("without status only active ones", {pack.status for pack in active}, {"active"})


def hostnames(client):
    everything = list(client.custom_hostnames.list(zone_id=ZONE, per_page=5))
    same("custom_hostnames.list over three pages", len({hostname.id for hostname in everything}), 11)
    found = list(client.custom_hostnames.list(zone_id=ZONE, hostname={"exact": "app.customer.example"}, ssl_status="pending_validation"))
    same("custom_hostnames.list by its filters", [hostname.id for hostname in found], [HOSTNAME])
    hostname = found[0]
    same("its statuses", (hostname.status, hostname.ssl.status, hostname.ssl.method), ("pending", "pending_validation", "txt"))
    same("its record", hostname.ssl.validation_records[0].txt_name, "_acme-challenge.app.customer.example")
    same("its settings", (hostname.ssl.settings.min_tls_version, hostname.ssl.settings.http2), ("1.2", "on"))
    owner = hostname.ownership_verification
    same("its owner's record", (owner.type, owner.name), ("txt", "_cf-custom-hostname.app.customer.example"))
    same("its owner's file", hostname.ownership_verification_http.http_body, owner.value)
    ssl = {"method": "txt", "type": "dv", "settings": {"min_tls_version": "1.2", "http2": "on"}}
    edited = client.custom_hostnames.edit(HOSTNAME, zone_id=ZONE, ssl=ssl)
    same("custom_hostnames.edit", (edited.id, edited.ssl.method), (HOSTNAME, "txt"))
    after = client.custom_hostnames.get(HOSTNAME, zone_id=ZONE)
    same("after the look", (after.status, after.ssl.status), ("active", "active"))
    refused(
        "a method without a type",
        lambda: client.custom_hostnames.edit(HOSTNAME, zone_id=ZONE, ssl={"method": "txt"}),
        cloudflare.BadRequestError,
        1440,
    )


def records(client):
    name = "_acme-challenge.shop.example"
    made = client.dns.records.create(zone_id=ZONE, type="TXT", name=name, content='"A"', ttl=120)
    same("dns.records.create", (made.type, made.name, made.content, made.ttl), ("TXT", name, '"A"', 120))
    client.dns.records.create(zone_id=ZONE, type="TXT", name=name, content='"B"', ttl=1)
    refused(
        "the same record twice",
        lambda: client.dns.records.create(zone_id=ZONE, type="TXT", name=name, content="A", ttl=120),
        cloudflare.BadRequestError,
        81058,
    )
    listed = list(client.dns.records.list(zone_id=ZONE, name={"exact": name}, type="TXT"))
    same("dns.records.list", sorted(record.content for record in listed), ['"A"', '"B"'])
    same("dns.records.delete", client.dns.records.delete(made.id, zone_id=ZONE).id, made.id)
    refused(
        "a record that is gone",
        lambda: client.dns.records.delete(made.id, zone_id=ZONE),
        cloudflare.NotFoundError,
        81044,
    )
    same("what is left", [record.content for record in client.dns.records.list(zone_id=ZONE)], ['"B"'])


main()
