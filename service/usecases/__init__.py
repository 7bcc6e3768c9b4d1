"""Each: read, ask the domain, one conditional commit, then act."""
