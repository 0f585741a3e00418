"""Measurements of the hot paths, each beside its floor or a peer in the same run."""
