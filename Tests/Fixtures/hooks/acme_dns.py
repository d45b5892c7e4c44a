#!/usr/bin/python3
# Plays the API of an acme-dns server for one account: checks every request as acme-dns does, keeps the last two values.
# Arguments: port, folder. Writes there: values (oldest first), requests (one line each). The account stands below.
import http.server
import json
import re
import sys
import uuid

PORT, FOLDER = int(sys.argv[1]), sys.argv[2]
USER = "eabcdb41-d89f-4580-826f-3e62e9755ef2"
KEY = "pbAXVjlIOE01xbut7YnAbkhMQIkcwoHO0ek2j4Q0"
SUBDOMAIN = "d420c923-bbd7-4056-ab64-c3ca54c9b3cf"
BODY_LIMIT_OCTETS = 65536
values = []


def is_uuid(text):
    try:
        uuid.UUID(text)
        return True
    except ValueError:
        return False


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer(200, FOLDER)

    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), BODY_LIMIT_OCTETS))
        with open(FOLDER + "/requests", "ab") as file:
            file.write(b"%s %s\n" % (self.path.encode(), body))
        if self.path == "/broken/update":
            return self.answer(500, '{"error":"db_error"}')
        if self.path == "/page/update":
            return self.answer(200, "<html>welcome</html>")
        if self.path != "/update":
            return self.answer(404, "404 page not found")
        user, key = self.headers.get("X-Api-User", ""), self.headers.get("X-Api-Key", "")
        try:
            asked = json.loads(body)
        except ValueError:
            asked = {}
        if not is_uuid(user) or (user, key, asked.get("subdomain")) != (USER, KEY, SUBDOMAIN):
            return self.answer(401, '{"error":"forbidden"}')
        if set(asked) != {"subdomain", "txt"} or not re.fullmatch("[A-Za-z0-9_-]{43}", asked["txt"]):
            return self.answer(400, '{"error":"bad_txt"}')
        values.append(asked["txt"])
        del values[:-2]
        with open(FOLDER + "/values", "w") as file:
            file.write(" ".join(values))
        self.answer(200, '{"txt": "%s"}' % asked["txt"])

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
