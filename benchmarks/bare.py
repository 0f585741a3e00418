"""The bare answer as an application that a server can load: `benchmarks.bare:app`."""

from benchmarks.ussd_step import bare_answer

app = bare_answer()
