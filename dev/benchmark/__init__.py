"""How fast the tool is, compared with what its server can do; see `dev/bench`."""
