"""`python devices.py`: the controllers of all rooms, simulated; what they send and how they are let in is real."""

import argparse
import json
import pathlib
import random
import time

import requests


class Token:
    """An access token of the integration, fetched again when it is old or refused."""

    def __init__(self, http, origin, credentials):
        self.http, self.url, self.credentials, self.good_until = http, f"{origin}/oauth/token", credentials, 0

    def header(self):
        if time.monotonic() >= self.good_until:
            answer = self.http.post(
                self.url, data={"grant_type": "client_credentials"}, auth=(self.credentials["client_id"], self.credentials["client_secret"]), timeout=10)
            answer.raise_for_status()
            said = answer.json()
            self.value, self.good_until = said["access_token"], time.monotonic() + max(1, said["expires_in"] - 30)
        return {"Authorization": f"Bearer {self.value}"}


class Controller:
    """One room: it warms and cools towards what is wanted, people come and go, and now and then something is wrong."""

    TROUBLE = ("A window is open while the heating is on", "The minibar's door does not close", "The battery of the lock is low")

    def __init__(self, number, chance):
        self.number, self.chance = number, chance
        self.temperature, self.energy, self.occupied = chance.uniform(18, 23), chance.uniform(0.5, 6), chance.random() < 0.5
        self.wanted = {"light": False, "target": 21.0}

    def reading(self):
        gap = self.wanted["target"] - self.temperature
        self.temperature += 0.1 * gap + self.chance.uniform(-0.05, 0.05)
        self.energy += 0.001 * abs(gap) + (0.002 if self.wanted["light"] else 0)
        if self.chance.random() < 0.02:
            self.occupied = not self.occupied
        said = {"temperature": round(self.temperature, 2), "energy": round(self.energy, 3), "occupied": self.occupied}
        if self.chance.random() < 0.003:
            said["alert"] = self.chance.choice(self.TROUBLE)
        return said


def main():
    parser = argparse.ArgumentParser(description="Simulated room controllers.")
    parser.add_argument("--origin", required=True, help="where nginx listens")
    parser.add_argument("--plan", required=True)
    parser.add_argument("--credentials", required=True)
    parser.add_argument("--pause", type=float, default=3, help="seconds between two readings of a room")
    options = parser.parse_args()
    plan = json.loads(pathlib.Path(options.plan).read_text())
    chance = random.Random(4)
    rooms = [Controller(room["number"], chance) for floor in plan["floors"] for room in floor["rooms"]]
    http = requests.Session()
    http.trust_env = False
    token = Token(http, options.origin, json.loads(pathlib.Path(options.credentials).read_text()))
    while True:
        for room in rooms:
            try:
                answer = http.post(
                    f"{options.origin}/dashboard/devices/rooms/{room.number}", json=room.reading(), headers=token.header(), timeout=10)
                if answer.ok:
                    room.wanted = answer.json()
                elif answer.status_code == 401:
                    token.good_until = 0
            except requests.RequestException:
                # Refused, or nobody there: a controller goes on heating and tries again.
                time.sleep(1)
            time.sleep(options.pause / len(rooms))


if __name__ == "__main__":
    main()
