"""What fits into a message: alphabet, segments, orthography, numbers, catalogues, templates.

Pure: no framework, no clock, and no I/O except `Catalogue.load`, which a process calls once.
"""
