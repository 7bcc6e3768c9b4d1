"""Task queues: Cloud Tasks, and one that behaves as it does for a single machine."""
