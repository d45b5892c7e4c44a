"""Answers that break parsers: RFC 9267's list, what broke libldns, and work without end. Each item answers for one name of its own."""
import struct

import wire

HEAD = struct.Struct("!HHHHHH")


def raw(query, body, answers=1, authority=0, additional=0, questions=1, flags=wire.QR | wire.AA):
    """A reply to this query whose octets after the question are given."""
    head = HEAD.pack(query.id, flags | (query.flags & wire.RD), questions, answers, authority, additional)
    return head + (query.question if questions else b"") + body


def rr(kind, data, owner=b"\xc0\x0c", claims=None, klass=1):
    size = len(data) if claims is None else claims
    return owner + struct.pack("!HHIH", kind, klass, 60, size) + data


def record_of(kind, data):
    return lambda query, tcp: raw(query, rr(kind, data))


def owned_by(owner):
    return lambda query, tcp: raw(query, rr(16, b"\x01a", owner=owner))


def here(query):
    """Offset of the first octet after the question."""
    return len(query.question) + 12


def chain_of_pointers(query, tcp):
    data, target = b"\0", here(query) + 12
    for _ in range(200):
        data += struct.pack("!H", 0xC000 | target)
        target = here(query) + 12 + len(data) - 2
    return raw(query, rr(999, data) + rr(16, b"\x01a", owner=struct.pack("!H", 0xC000 | target)), answers=2)


def huge_txt(query, tcp):
    """One TXT of 65,000 empty strings: 757 MiB in libldns."""
    return raw(query, rr(16, b"\0" * 65_000)) if tcp else raw(query, b"", answers=0, flags=wire.QR | wire.AA | wire.TC)


def over_tcp(make):
    return lambda query, tcp: make(query) if tcp else raw(query, b"", answers=0, flags=wire.QR | wire.AA | wire.TC)


def key_trap(query):
    """As many signatures as fit beside a TXT, all of one key tag."""
    signature = struct.pack("!HBBIIIH", 16, 13, query.name.count(".") + 1, 60, 2_000_000_000, 1_700_000_000, 4711) + query.question[:-4] + b"\7" * 64
    count = 100
    return raw(query, rr(16, b"\x01a") + rr(46, signature) * count, answers=count + 1)


def nsec3_bomb(query):
    data = struct.pack("!BBHB", 1, 0, 65_535, 255) + b"s" * 255 + bytes([20]) + b"h" * 20 + b"\0\1\2"
    owner = b"\x20" + b"a" * 32 + query.question[:-4]
    soa = rr(6, b"\0\0" + b"\0" * 20)
    return raw(query, soa + rr(50, data, owner=owner) * 8, answers=0, authority=9, flags=wire.QR | wire.AA | 3)


SHORT = {"soa": 6, "caa": 257, "ds": 43, "rrsig": 46, "nsec": 47, "dnskey": 48, "nsec3": 50}
ITEMS = {f"empty-{name}": record_of(kind, b"") for name, kind in SHORT.items()}
ITEMS |= {f"short-{name}": record_of(kind, b"\0") for name, kind in SHORT.items()}
ITEMS |= {
    "nsec3-of-the-root": lambda query, tcp: raw(query, rr(50, bytes([1, 0, 0, 1, 0, 2, 8, 8, 0, 1, 2]), owner=b"\0")),
    "pointer-to-itself": lambda query, tcp: raw(query, rr(16, b"\x01a", owner=struct.pack("!H", 0xC000 | here(query)))),
    "pointer-forward": lambda query, tcp: raw(query, rr(16, b"\x01a", owner=struct.pack("!H", 0xC000 | here(query) + 14))),
    "pointer-beyond-the-end": owned_by(b"\xff\xff"),
    "pointer-into-the-header": owned_by(b"\xc0\x02"),
    "pointers-at-each-other": lambda query, tcp: raw(
        query, rr(999, struct.pack("!H", 0xC000 | here(query) + 14)) + rr(16, b"\x01a", owner=struct.pack("!H", 0xC000 | here(query) + 12)), answers=2
    ),
    "two-hundred-pointers": chain_of_pointers,
    "label-of-64": owned_by(b"\x40" + b"a" * 64 + b"\0"),
    "label-of-reserved-kind": owned_by(b"\x80a\0"),
    "label-over-the-end": lambda query, tcp: raw(query, b"\x3fabc"),
    "name-of-300": owned_by((b"\x3f" + b"a" * 63) * 4 + b"\x2b" + b"a" * 43 + b"\0"),
    "name-without-end": lambda query, tcp: raw(query, b"\x01a"),
    "empty-first-label": owned_by(b"\0\x04host\0"),
    "label-with-nul": owned_by(b"\x03a\0b\xc0\x0c"),
    "cname-of-odd-octets": record_of(5, b"\x05a\0\xff b\xc0\x0c"),
    "cname-to-itself": lambda query, tcp: raw(query, rr(5, b"\xc0\x0c")),
    "counts-without-records": lambda query, tcp: raw(query, b"", answers=65_535),
    "more-records-than-counted": lambda query, tcp: raw(query, rr(16, b"\x01a") * 3, answers=1),
    "two-questions": lambda query, tcp: raw(query, query.question, answers=0, questions=2),
    "data-over-the-end": lambda query, tcp: raw(query, rr(16, b"\x01a", claims=65_535)),
    "string-over-the-data": record_of(16, b"\xffabc"),
    "txt-without-strings": record_of(16, b""),
    "address-of-three-octets": record_of(1, b"\1\2\3"),
    "opt-among-answers": lambda query, tcp: raw(query, rr(41, b"", owner=b"\0", klass=1232)),
    "two-opts": lambda query, tcp: raw(query, rr(41, b"", owner=b"\0", klass=1232) * 2, answers=0, additional=2),
    "tsig": lambda query, tcp: raw(query, rr(250, b"\0" * 30, klass=255), answers=0, additional=1),
    "octets-after-the-end": lambda query, tcp: raw(query, rr(16, b"\x01a") + b"\0" * 40),
    "header-alone": lambda query, tcp: HEAD.pack(query.id, wire.QR | wire.AA, 1, 0, 0, 0),
    "eleven-octets": lambda query, tcp: query.octets[:2] + b"\x84\0" + b"\0" * 7,
    "nothing-at-all": lambda query, tcp: b"",
    "three-hundred-records": over_tcp(lambda query: raw(query, b"".join(rr(16, b"\x02" + b"%02x" % (n % 256)) for n in range(300)), answers=300)),
    "huge-txt": huge_txt,
    "key-trap": over_tcp(key_trap),
    "nsec3-bomb": over_tcp(nsec3_bomb),
}
