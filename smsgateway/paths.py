"""Where the files are that ship with the code, in a checkout and in an installed wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def locales_dir() -> Path:
    """The message catalogues: `locales/` of the checkout, else the copy inside the wheel."""
    checkout = PACKAGE.parent / "locales"
    return checkout if checkout.is_dir() else PACKAGE / "locales"
