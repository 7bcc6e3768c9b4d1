"""Where records are kept: Firestore, or one SQLite file. Both keep the promises of ports.Store."""
