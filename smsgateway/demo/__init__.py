"""The demonstration: the whole service on a temporary folder, with a simulator and demo people."""
