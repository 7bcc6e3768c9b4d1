"""What `python -m service` does."""
