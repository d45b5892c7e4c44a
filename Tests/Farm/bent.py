"""Servers with one fault each: name servers that pass questions to an honest one and spoil what comes back, and web servers."""
import asyncio
import gzip
import json
import resource
import socket
import struct
import sys

import corpus
import forgeries
import wire

DNS_SECONDS = 5
# pebble waits 2 s for an answer.
FALLBACK_SECONDS = 1


async def behind_udp(server, query):
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.setblocking(False)
        channel.connect((server, 53))
        await loop.sock_sendall(channel, query)
        return await asyncio.wait_for(loop.sock_recv(channel, 65_535), DNS_SECONDS)


async def behind_tcp(server, query):
    reader, writer = await asyncio.open_connection(server, 53)
    try:
        writer.write(struct.pack("!H", len(query)) + query)
        return await read_framed(reader)
    finally:
        writer.close()


async def read_framed(reader):
    size = struct.unpack("!H", await asyncio.wait_for(reader.readexactly(2), DNS_SECONDS))[0]
    return await asyncio.wait_for(reader.readexactly(size), DNS_SECONDS)


class BentNameServer:
    """`manner` says what is wrong: `udp`/`tcp` = true, false (nobody there) or mute; `do` = one of the methods below, for `types` and `names`
    or for all."""

    def __init__(self, address, manner, behind):
        self.address, self.manner, self.behind = address, manner, behind
        # Sockets that a forger sends from: another address, and another port of the right one.
        self.strangers = {}

    async def replies(self, octets, ask):
        """What goes back for one query, in order."""
        query = wire.Query(octets)
        names = [name.rstrip(".").lower() for name in self.manner.get("names", [])]
        hit = "do" in self.manner and query.is_for(self.manner.get("types")) and (not names or query.name in names)
        if not hit:
            return [await ask(self.behind, octets)]
        return [reply async for reply in getattr(self, self.manner["do"].replace("-", "_"))(query, ask)]

    async def rcode(self, query, ask):
        yield query.reply(wire.RCODES[self.manner["rcode"]], flags=wire.QR)

    async def denied(self, query, ask):
        """An honest answer that also says that the name does not exist."""
        honest = await ask(self.behind, query.octets)
        yield honest[:3] + bytes([honest[3] & 0xF0 | wire.RCODES["NXDOMAIN"]]) + honest[4:]

    async def silent(self, query, ask):
        return
        yield

    async def formerr_on_edns(self, query, ask):
        yield query.reply(wire.RCODES["FORMERR"], flags=wire.QR) if query.has_edns else await ask(self.behind, query.octets)

    async def silent_on_edns(self, query, ask):
        if not query.has_edns:
            yield await ask(self.behind, query.octets)

    async def badvers(self, query, ask):
        # BADVERS is 16: upper octet 1 in OPT, lower four bits 0 in the header.
        yield query.reply(0, opt=1, flags=wire.QR) if query.has_edns else await ask(self.behind, query.octets)

    async def lower_case(self, query, ask):
        lowered = query.octets[:12] + query.question[:-4].lower() + query.question[-4:] + query.octets[query.end :]
        yield await ask(self.behind, lowered)

    async def no_authority(self, query, ask):
        yield wire.with_flags(await ask(self.behind, query.octets), clear=wire.AA)

    async def truncated(self, query, ask):
        yield query.reply(flags=wire.QR | wire.AA | wire.TC) if ask is behind_udp else await ask(self.behind, query.octets)

    async def bare_negative(self, query, ask):
        """Denials lose their SOA."""
        honest = await ask(self.behind, query.octets)
        rcode, answers = honest[3] & 0xF, struct.unpack("!H", honest[6:8])[0]
        yield honest if answers else query.reply(rcode, opt=0 if query.has_edns else None)

    async def wrong_ids(self, query, ask):
        """Many answers with other ids and the wanted value stand before the true one."""
        if ask is behind_udp:
            forged = wire.record(query.question[:-4], "TXT", self.manner["value"])
            for step in range(1, self.manner.get("count", 300) + 1):
                yield query.reply(answers=[forged], id=(query.id + step) & 0xFFFF)
        yield await ask(self.behind, query.octets)

    async def answers(self, query, ask):
        """Records as they are written in the world, for what no honest server loads."""
        records = [line.split(" ", 2) for line in self.manner["records"]]
        yield query.reply(answers=[wire.record(owner, kind, text) for owner, kind, text in records], opt=0 if query.has_edns else None)

    async def forge(self, query, ask):
        """Before the truth, over UDP: forgeries of these `kinds`, whose every record leads to the wanted value."""
        if ask is behind_udp:
            for kind, stranger, octets in forgeries.of(query, self.manner):
                if kind in self.manner.get("kinds", forgeries.KINDS):
                    forgeries.COUNTS[kind] += 1
                    yield octets if stranger is None else (stranger, octets)
            forgeries.COUNTS["queries"] += 1
            print("forged", json.dumps(forgeries.COUNTS), flush=True)
            await asyncio.sleep(0.002)
        yield await ask(self.behind, query.octets)

    async def malformed(self, query, ask):
        """The corpus: each name below this zone has octets of its own."""
        label = query.name.split(".")[1] if query.name.startswith("_") else query.name.split(".")[0]
        item = corpus.ITEMS.get(label)
        yield item(query, ask is behind_tcp) if item else await ask(self.behind, query.octets)

    async def late(self, query, ask):
        await asyncio.sleep(self.manner["seconds"])
        yield await ask(self.behind, query.octets)

    async def once_absent(self, query, ask):
        """A cache that still holds a denial, whose SOA counts down."""
        left = self.manner["seconds"]
        zone = self.manner["zone"]
        soa = wire.record(zone, "SOA", f"ns1.{zone} root.{zone} 1 3600 600 86400 {left}", ttl=left)
        yield query.reply(wire.RCODES["NXDOMAIN"], authority=[soa], flags=wire.QR | 0x0080, opt=0 if query.has_edns else None)

    async def explained_servfail(self, query, ask):
        """SERVFAIL with an extended error (RFC 8914)."""
        text = self.manner["text"].encode()
        option = struct.pack("!HHH", 15, 2 + len(text), self.manner["ede"]) + text
        opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(option)) + option
        head = struct.pack("!HHHHHH", query.id, wire.QR | 0x0080 | (query.flags & wire.RD) | 2, 1, 0, 0, 1)
        yield head + query.question + opt

    async def without_dead_ipv6(self, query, ask):
        """Before pebble, which goes to a host's IPv6 address alone: takes that address out of the answer where nobody can connect to it, so that
        IPv4 is tried, as CAs do it (Boulder, va/http.go: one fallback from IPv6 to IPv4 when the connection fails)."""
        answer = await ask(self.behind, query.octets)
        try:
            place = asyncio.open_connection(self.manner["hosts"][query.name], 80)
            (await asyncio.wait_for(place, FALLBACK_SECONDS))[1].close()
            yield answer
        except (OSError, asyncio.TimeoutError):
            yield query.reply(flags=wire.QR)

    # Sockets

    async def serve_udp(self, family):
        loop = asyncio.get_running_loop()
        channel = socket.socket(family, socket.SOCK_DGRAM)
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        channel.setblocking(False)
        channel.bind((self.address, 53))
        if "elsewhere4" in self.manner:
            for name, place in (("address", (self.manner["elsewhere6" if ":" in self.address else "elsewhere4"], 53)), ("port", (self.address, 0))):
                self.strangers[name] = socket.socket(family, socket.SOCK_DGRAM)
                self.strangers[name].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                self.strangers[name].bind(place)
        tasks = set()
        while True:
            octets, peer = await loop.sock_recvfrom(channel, 65_535)
            if self.manner.get("udp") == "mute":
                continue
            task = asyncio.create_task(self.answer_udp(channel, octets, peer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def answer_udp(self, channel, octets, peer):
        try:
            for reply in await self.replies(octets, behind_udp):
                stranger, reply = reply if isinstance(reply, tuple) else (None, reply)
                await asyncio.get_running_loop().sock_sendto(self.strangers[stranger] if stranger else channel, reply, peer)
        except (OSError, IndexError, struct.error, asyncio.TimeoutError) as error:
            print(f"{self.address} udp: {error!r}", flush=True)

    async def send_tcp(self, writer, octets):
        """All at once, or an octet each half second."""
        step = 1 if self.manner.get("tcp") == "drip" else len(octets)
        for start in range(0, len(octets), step):
            writer.write(octets[start : start + step])
            await writer.drain()
            if step == 1:
                await asyncio.sleep(0.5)

    async def answer_tcp(self, reader, writer):
        try:
            while True:
                octets = await read_framed(reader)
                if self.manner.get("tcp") == "mute":
                    await asyncio.sleep(30)
                    return
                for reply in await self.replies(octets, behind_tcp):
                    await self.send_tcp(writer, struct.pack("!H", len(reply)) + reply)
        except (OSError, IndexError, struct.error, asyncio.TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def serve(self):
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        if self.manner.get("tcp", True):
            await asyncio.start_server(self.answer_tcp, self.address, 53, family=family)
        await self.serve_udp(family)


class BentWebServer:
    """Serves `files` (path -> body) with one fault: `status`, `body`, `end` (of the body), `location`, `moved` (to a place that has it), `encoding`, `drip_seconds`, `chain`, `lacks` (the file)."""

    def __init__(self, address, manner, files):
        self.address, self.manner, self.files = address, manner, files

    async def answer(self, reader, writer):
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), DNS_SECONDS)
            path = head.split(b" ")[1].decode("latin-1")
            status, headers, body = self.reply(path)
            fields = {"Content-Length": len(body), "Content-Type": "text/plain", "Connection": "close", **headers}
            writer.write(f"HTTP/1.1 {status} x\r\n".encode() + "".join(f"{k}: {v}\r\n" for k, v in fields.items()).encode() + b"\r\n")
            for start in range(0, len(body), 1):
                if "drip_seconds" not in self.manner:
                    writer.write(body)
                    break
                writer.write(body[start : start + 1])
                await writer.drain()
                await asyncio.sleep(self.manner["drip_seconds"])
            await writer.drain()
        except (OSError, IndexError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def reply(self, path):
        manner = self.manner
        token, step = path, 0
        if "chain" in manner:
            # Redirects to itself with a number at the end; a chain of 0 never ends.
            base, last = path.rsplit("/", 1)
            token, step = (base, int(last)) if last.isdigit() else (path, 0)
            if step == 0 or step != manner["chain"]:
                return 302, {"Location": f"{token}/{step % 20 + 1 if manner['chain'] else 1}"}, b""
        elsewhere = token.startswith("/elsewhere/")
        body = None if manner.get("lacks") else self.files.get(token.removeprefix("/elsewhere"))
        if body is None:
            return 404, {}, b"not here\n"
        if "moved" in manner and not elsewhere:
            return manner.get("status", 302), {"Location": f"{manner['moved']}{path}"}, b""
        if "location" in manner:
            return manner.get("status", 302), {"Location": manner["location"]}, b""
        octets = manner.get("body", body + manner.get("end", "")).encode()
        headers = {}
        if manner.get("encoding") == "gzip":
            octets, headers = gzip.compress(octets), {"Content-Encoding": "gzip"}
        return 200 if elsewhere else manner.get("status", 200), headers, octets

    async def serve(self):
        await asyncio.start_server(self.answer, self.address, self.manner.get("port", 80))
        await asyncio.Event().wait()


async def main(path):
    servers = []
    for entry in json.load(open(path)):
        if entry["kind"] == "web":
            servers.append(BentWebServer(entry["address"], entry["manner"], entry["files"]))
        else:
            servers.append(BentNameServer(entry["address"], entry["manner"], entry["behind"]))
    await asyncio.gather(*(server.serve() for server in servers))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    asyncio.run(main(sys.argv[1]))
