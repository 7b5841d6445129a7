"""The speed of the tool compared with the best rate of its server; see `dev/bench`."""
