"""The real servers that the demo and the tests run on; see `dev/servers`."""
