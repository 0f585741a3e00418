"""Why the stack cannot start or go on."""


class StackError(RuntimeError):
    """One sentence for the operator: what is wrong and what to do about it."""
