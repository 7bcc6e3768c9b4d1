"""One file for each caller: parse, one use case, render."""
