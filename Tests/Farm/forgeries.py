"""Forged answers, raced against the truth: nine kinds, each made so that whoever believes it sees the wanted value, and one that all believe."""
import struct

import wire

KINDS = [
    "wrong-id", "other-address", "other-port", "no-qr", "other-name", "other-case", "other-type", "no-question", "answer-of-another-name",
]
# Right in everything: only who reads the question on its way can send it, and without DNSSEC nobody can tell it from the truth.
PERFECT = "perfect"
COUNTS = {kind: 0 for kind in [*KINDS, PERFECT]} | {"queries": 0}
# A query for addresses or name servers is led to a server that shows the value to everybody.
LED = {wire.TYPES["A"]: ("A", "liar4"), wire.TYPES["AAAA"]: ("AAAA", "liar6")}


def lies(query, manner, owner=None):
    """The records that a forgery carries."""
    kind, key = LED.get(query.kind, ("TXT", "value"))
    return [wire.record(owner or query.question[:-4], kind, text) for text in manner[key].split(" ")]


def swapped(octets):
    """Every letter in the other case, lengths untouched."""
    return bytes(octet ^ 0x20 if chr(octet).isalpha() and octet < 0x80 else octet for octet in octets)


def of(query, manner):
    """(kind, from whom: nil for the right address and port, octets)."""
    flags = wire.QR | wire.AA
    records = lies(query, manner)
    honest_looking = query.reply(answers=records, flags=flags, opt=0)
    question = query.question
    other_name = bytes([1]) + b"x" + question
    other_type = question[:-4] + struct.pack("!HH", 257 if query.kind != 257 else 16, 1)
    other_class = question[:-2] + struct.pack("!H", 3)
    yield "wrong-id", None, query.reply(answers=records, flags=flags, opt=0, id=query.id ^ 0x0101)
    yield "other-address", "address", honest_looking
    yield "other-port", "port", honest_looking
    yield "no-qr", None, query.reply(answers=records, flags=wire.AA, opt=0)
    yield "other-name", None, query.reply(answers=lies(query, manner, other_name[:-4]), flags=flags, opt=0, question=other_name)
    yield "other-case", None, query.reply(answers=records, flags=flags, opt=0, question=swapped(question[:-4]) + question[-4:])
    yield "other-type", None, query.reply(answers=records, flags=flags, opt=0, question=other_type)
    yield "other-type", None, query.reply(answers=records, flags=flags, opt=0, question=other_class)
    yield "no-question", None, query.reply(answers=records, flags=flags, opt=0, question=b"")
    yield "answer-of-another-name", None, query.reply(answers=lies(query, manner, wire.name("other.example")), flags=flags, opt=0)
    yield PERFECT, None, honest_looking
