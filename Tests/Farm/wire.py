"""Just enough of DNS on the wire for servers that misbehave: names, questions, replies made by hand. Nothing of the program is used."""
import ipaddress
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "TXT": 16, "AAAA": 28, "DNAME": 39, "DS": 43, "RRSIG": 46, "DNSKEY": 48, "CAA": 257}
RCODES = {"FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5}
QR, AA, TC, RD = 0x8000, 0x0400, 0x0200, 0x0100


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"


def data(kind, text):
    """The data of one record written as in a zone file."""
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(text).packed
    if kind in ("NS", "CNAME", "DNAME"):
        return name(text)
    if kind == "TXT":
        return b"".join(bytes([len(part)]) + part for part in [text.strip('"').encode()[i : i + 255] for i in range(0, max(1, len(text)), 255)] if part)
    if kind == "SOA":
        primary, mailbox, *numbers = text.split()
        return name(primary) + name(mailbox) + struct.pack("!IIIII", *map(int, numbers))
    raise ValueError(f"{kind} is not written here")


def record(owner, kind, text, ttl=60):
    octets = text if isinstance(text, bytes) else data(kind, text)
    owner = owner if isinstance(owner, bytes) else name(owner)
    return owner + struct.pack("!HHIH", TYPES.get(kind, kind), 1, ttl, len(octets)) + octets


class Query:
    """A query as it came."""

    def __init__(self, octets):
        self.octets = octets
        self.id, self.flags = struct.unpack("!HH", octets[:4])
        end = 12
        labels = []
        while octets[end]:
            labels.append(octets[end + 1 : end + 1 + octets[end]])
            end += 1 + octets[end]
        self.name = b".".join(labels).decode("latin-1").lower()
        self.end = end + 5
        self.kind, self.family = struct.unpack("!HH", octets[end + 1 : self.end])
        self.question = octets[12 : self.end]
        self.has_edns = struct.unpack("!H", octets[10:12])[0] > 0

    def is_for(self, kinds):
        return not kinds or self.kind in [TYPES[kind] for kind in kinds]

    def reply(self, rcode=0, answers=(), authority=(), flags=QR | AA, opt=None, id=None, question=None):
        """A reply from scratch; `opt` = the extended rcode's upper octet for an OPT record."""
        extra = b"" if opt is None else b"\0" + struct.pack("!HHBBHH", 41, 1232, opt, 0, 0, 0)
        question = self.question if question is None else question
        head = struct.pack("!HHHHHH", self.id if id is None else id, flags | (self.flags & RD) | rcode, 1 if question else 0, len(answers), len(authority), 1 if extra else 0)
        return head + question + b"".join(answers) + b"".join(authority) + extra


def with_flags(reply, set=0, clear=0):
    flags = struct.unpack("!H", reply[2:4])[0]
    return reply[:2] + struct.pack("!H", (flags | set) & ~clear & 0xFFFF) + reply[4:]
