"""Letting weeks pass in the demonstration.

Its processes, and no others, read the time from here (`smsgateway.demo.process`): the commands of a
real installation know nothing of a clock that can be moved.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from smsgateway.settings import Settings
from smsgateway.storage.clock import SystemClock


class MovableClock:
    """The machine's clock, ahead of it by the seconds that a file says; without the file, by none.

    Every process of the demonstration reads the file each time, so all move at once.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    @classmethod
    def of(cls, settings: Settings) -> MovableClock:
        """The clock of the installation with these settings."""
        return cls(settings.var_dir / "seconds_ahead")

    def now(self) -> datetime:
        return SystemClock().now() + self._ahead()

    def move_to(self, moment: datetime) -> None:
        """Let time pass until `moment`; it never goes back, so one that is over changes nothing."""
        further = max(timedelta(), moment - self.now())
        draft = self._file.with_suffix(".draft")
        draft.write_text(str((self._ahead() + further).total_seconds()), "ascii")
        draft.rename(self._file)

    def _ahead(self) -> timedelta:
        try:
            return timedelta(seconds=float(self._file.read_text("ascii")))
        except FileNotFoundError:
            return timedelta()
