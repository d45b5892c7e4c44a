# What the rehearsed APIs have in common: a folder with their state, the faults that a test orders, and a history of every request.
#
# FOLDER/port      where it listens
# FOLDER/records   what stands: a JSON list, written anew after each change; a test may write it before the first request
# FOLDER/faults    JSON lines, each played once at the first request it fits: {"method": ..., "path": a part of it, and one of
#                  "status" (with "body"), "lose": true (done, but the answer is lost), "mute": true (done by a command line program that prints nothing), "blob": octets (of
#                  an answer in pieces that tells no length), "hang": seconds, "add": a record of a stranger's
#                  that is written just before, or "instead": the same in the place of all that stands at its name}
# FOLDER/history   one line a request: METHOD PATH?QUERY BODY -> STATUS
# FOLDER/odd       what no request may be: another path, field, header or verb than the API knows. A test wants it absent.
import json
import os
import sys
import time


class Refusal(Exception):
    def __init__(self, status, body):
        super().__init__(status)
        self.status, self.body = status, body


class Odd(Exception):
    """A request that the API does not know: a fault of the hook."""


class State:
    def __init__(self, folder):
        self.folder = folder
        self.records = []
        self.next = 1

    def path(self, name):
        return f"{self.folder}/{name}"

    def load(self):
        if os.path.exists(self.path("records")):
            with open(self.path("records"), encoding="utf-8") as file:
                self.records = json.load(file)
        for record in self.records:
            record.setdefault("id", self.number())

    def number(self):
        self.next += 1
        return self.next

    def save(self):
        self.write("records", json.dumps(self.records))

    def write(self, name, text):
        with open(self.path(name) + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(self.path(name) + ".new", self.path(name))

    def append(self, name, line):
        with open(self.path(name), "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def fault(self, method, target):
        if not os.path.exists(self.path("faults")):
            return {}
        with open(self.path("faults"), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.strip()]
        for place, line in enumerate(lines):
            if line.get("method", method) == method and line.get("path", "") in target:
                del lines[place]
                self.write("faults", "".join(json.dumps(rest) + "\n" for rest in lines))
                return line
        return {}


    def start(self, method, target):
        """What a request begins with: the state as it is, and the fault that the test ordered for it, played as far as it comes before."""
        self.load()
        fault = self.fault(method, target)
        if "add" in fault:
            self.records.append(dict(fault["add"], id=self.number()))
        if "instead" in fault:
            self.records = [one for one in self.records if one["name"] != fault["instead"]["name"]]
            self.records.append(dict(fault["instead"], id=self.number()))
        self.save()
        time.sleep(fault.get("hang", 0))
        return fault


def only(found, wanted, what):
    if set(found) - set(wanted):
        raise Odd(f"{what}: {sorted(set(found) - set(wanted))} is unknown")


def query(target):
    import urllib.parse

    pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(target).query, keep_blank_values=True, strict_parsing=True)
    if len(dict(pairs)) != len(pairs):
        raise Odd(f"a parameter stands twice in {target}")
    return dict(pairs)


def serve(answer, wrong):
    """answer(state, method, target, headers, body) -> (status, headers, body) or Refusal; wrong(status) -> body of an ordered fault."""
    # Not for the command line programs: it takes longer than all they do.
    import http.server

    state = State(sys.argv[1])

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *words):
            pass

        def play(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode("utf-8")
            fault = state.start(self.command, self.path)
            headers = {}
            try:
                if "status" in fault:
                    raise Refusal(fault["status"], fault.get("body", wrong(fault["status"])))
                status, headers, told = answer(state, self.command, self.path, self.headers, body)
            except Refusal as refusal:
                status, told = refusal.status, refusal.body
            except (Odd, KeyError, TypeError, ValueError, AssertionError) as fault_of_the_hook:
                state.append("odd", f"{self.command} {self.path} {body}: {fault_of_the_hook!r}")
                status, told = 418, "odd"
            state.save()
            state.append("history", f"{self.command} {self.path} {body} -> {status}")
            if fault.get("lose"):
                self.close_connection = True
                return
            if fault.get("blob"):
                self.pour(fault["blob"])
                return
            told = told if isinstance(told, str) else json.dumps(told)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(told.encode())))
            self.end_headers()
            if status != 204:
                self.wfile.write(told.encode())

        def pour(self, octets):
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                for _ in range(octets // 65536):
                    self.wfile.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
                self.wfile.write(b"0\r\n\r\n")
            except OSError:
                state.append("history", "hung up")
            self.close_connection = True

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = play

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.write("port", str(server.server_address[1]))
    server.serve_forever()
