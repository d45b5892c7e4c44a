#!/bin/sh
# Starts the farm in a network namespace of its own, and a mount namespace whose resolver is the farm's. See docs/farm.md.
here=$(dirname "$0")
exec "$here/../IntegrationTests/in-laboratory.sh" unshare -m /usr/bin/python3 -B "$here/farm.py" "$@"
