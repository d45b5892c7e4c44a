# A moto server on loopback whose ACM issues nothing until it is told to: usage: rehearsed_acm.py FOLDER. The port it was given is written to
# FOLDER/port; once FOLDER/validate exists, certificates that wait are found validated at the next look.
import os
import sys
import time

from moto import settings
from moto.server import ThreadedMotoServer

NEVER_S = 10**9

folder = sys.argv[1]
settings.ACM_VALIDATION_WAIT = NEVER_S
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
port = server.get_host_and_port()[1]
with open(folder + "/port.new", "w", encoding="ascii") as file:
    file.write(str(port))
os.rename(folder + "/port.new", folder + "/port")
while True:
    settings.ACM_VALIDATION_WAIT = -1 if os.path.exists(folder + "/validate") else NEVER_S
    time.sleep(0.05)
