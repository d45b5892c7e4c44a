#!/usr/bin/python3
# Answers every request with status 200 and something that no DNS service says, as the first word of the path has it:
# nothing, blank, endless (without a length, until nobody reads on).
# Arguments: folder. Writes there: port.
import http.server
import os
import sys

FOLDER = sys.argv[1]
MOST_OCTETS = 300 << 20
CHUNK = b"[" * (1 << 16)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        word = self.path.split("/")[1]
        self.send_response(200)
        if word != "endless":
            body = {"nothing": b"", "blank": b" \n"}[word]
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            return self.wfile.write(body)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = 0
        try:
            while sent < MOST_OCTETS:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK))
                sent += len(CHUNK)
        except OSError:
            pass
        self.close_connection = True

    do_GET = do_POST = do_PATCH = handle_any

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(FOLDER + "/port.new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(FOLDER + "/port.new", FOLDER + "/port")
server.serve_forever()
