"""How the story is shown: chapters, what is typed, screens and messages as the phone has them."""

from __future__ import annotations

from collections.abc import Callable

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

SCREEN_WIDTH = 44
INDENT = 4


class Transcript:
    """Prints a story to `console`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._chapters = 0

    def chapter(self, title: str) -> None:
        """Begin the next part."""
        self._chapters += 1
        self._console.print()
        self._console.rule(Text(f"{self._chapters}. {title}", style="bold"), align="left")

    def day(self, date: str) -> None:
        """Time has passed."""
        self._console.print(Text(f"\n{date}", style="bold magenta"))

    def teller(
        self, name: str, date: Callable[[], str] | None = None
    ) -> Callable[[str, str], None]:
        """What shows the keys, screens and messages of the phone of `name`, the messages with the
        `date` on which they come where that is given."""

        def tell(kind: str, text: str) -> None:
            if kind == "key":
                self._console.print(Text(f"{name} {text}", style="cyan"))
            else:
                sms = f"SMS, {date()}" if date else "SMS"
                self._console.print(_display(text, sms if kind == "sms" else None))

        return tell

    def seen(self, text: str) -> None:
        """Something was checked and is so."""
        self._console.print(Text(f"✓ {text}", style="green"))

    def say(self, text: str) -> None:
        """A remark."""
        self._console.print(Text(text))


def _display(text: str, title: str | None) -> Padding:
    panel = Panel(
        Text(text),
        title=title,
        title_align="left",
        width=SCREEN_WIDTH,
        box=box.ROUNDED,
        border_style="yellow" if title else "dim",
    )
    return Padding(panel, (0, 0, 0, INDENT), expand=False)
