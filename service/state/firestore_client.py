"""The connection to Firestore, or to Google's emulator of it."""

import os

from google.cloud.firestore import Client


def connect(project: str, emulator: str) -> Client:
    """`emulator`: its `host:port`; empty for Firestore itself."""
    if emulator:
        os.environ["FIRESTORE_EMULATOR_HOST"] = emulator
    return Client(project=project)
