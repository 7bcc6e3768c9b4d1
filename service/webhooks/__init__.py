"""Webhooks out: whom they may reach, and how they are sent there."""
