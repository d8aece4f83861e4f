"""`python -m hotel`: serves the dashboard on a socket that nginx alone reaches."""

import argparse
import json
import logging
import os
import pathlib
import socket

from aiohttp import web

from hotel.app import application
from hotel.building import Building

# The places of somebody who has a thousand fit into one.
HEADER = 32_768


def main():
    parser = argparse.ArgumentParser(prog="hotel", description="A hotel's dashboard behind Latchkey.")
    parser.add_argument("--socket", required=True, help="the unix socket to listen on, in a folder that nobody but nginx may enter")
    parser.add_argument("--plan", required=True, help="the hotel's floors and rooms, and how Latchkey calls them (JSON)")
    parser.add_argument("--credentials", required=True, help="client_id and client_secret of the dashboard's own integration (JSON)")
    parser.add_argument("--latchkey", required=True, help="where Latchkey listens on this machine")
    parser.add_argument("--origin", required=True, help="what people see in the address bar, such as https://hotel.example.com")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    own = json.loads(pathlib.Path(options.credentials).read_text())
    app = application(Building.load(options.plan), options.origin, options.latchkey, own["client_id"], own["client_secret"])
    with socket.socket(socket.AF_UNIX) as listening:
        pathlib.Path(options.socket).unlink(missing_ok=True)
        listening.bind(options.socket)
        # Whoever may enter the folder may connect: nginx, which can be somebody else.
        os.chmod(options.socket, 0o666)
        web.run_app(app, sock=listening, print=None, access_log=None, shutdown_timeout=2, max_field_size=HEADER)


main()
