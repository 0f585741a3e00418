"""Errors that end a command with one sentence for the operator."""


class SettingsError(ValueError):
    """A setting is missing or wrong; the message is one sentence that names it and says why."""
