"""Exit codes of the command line, and how an error is shown there."""

from __future__ import annotations

import os
import sys
from typing import Final

from footfall.cli.output import printable
from footfall.errors import (
    ExposedError,
    FootfallError,
    InvalidInput,
    JournalError,
    LakeError,
    NotFound,
)

FAILED: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
REJECTS: Final = 4
PROBLEMS: Final = 5
INTERRUPTED: Final = 130


def exit_code(error: FootfallError) -> int:
    """Code with which the process ends because of `error`."""
    if isinstance(error, NotFound):
        return NOT_FOUND
    if isinstance(error, InvalidInput):
        return USAGE
    return FAILED


def show_error(error: FootfallError) -> None:
    """Write the error to standard error, in red where that is a terminal."""
    label = "Error:" if isinstance(error, ExposedError) else f"Internal error ({error.code}):"
    if sys.stderr.isatty() and "NO_COLOR" not in os.environ:
        label = f"\033[1;31m{label}\033[0m"
    # It may repeat what somebody sent.
    print(label, printable(str(error), keep="\n\t"), file=sys.stderr)
    if isinstance(error, LakeError | JournalError):
        print("`footfall doctor` looks at the lake and says what can be done.", file=sys.stderr)
