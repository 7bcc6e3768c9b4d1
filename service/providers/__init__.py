"""Telephone providers: one file each. Every one says of a failed create request whether it can have rung."""
