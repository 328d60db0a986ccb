"""What `footfall source infer` shows: the proposal, and how to say it otherwise."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from footfall.capture.presets import PRESETS
from footfall.cli.common import say
from footfall.cli.output import print_rows

if TYPE_CHECKING:
    from footfall.capture.infer import Inferred
    from footfall.model.source import Rule

_WIDTH: Final = 90
_FLAGS: Final = {"timestamp": "--timestamp", "name": "--name", "distinct_id": "--actor"}
_PLAIN: Final = re.compile(r"[\w@%+=:,./-]+")
_DOUBLE: Final = re.compile(r'[^"$`\\!]*')


def show_proposal(found: Inferred, file: Path) -> None:
    """Print what was found out about a file, and what its first events would be."""
    print(f"{file}: {found.shape}; {found.n_rows:,} records read, {found.n_rejected:,} rejected\n")
    proposals = [
        {"column": p.column, "from": p.path, "confidence": f"{p.confidence:.0%}", "why": p.reason}
        for p in sorted(found.proposals, key=lambda proposal: -proposal.confidence)
    ]
    print_rows(proposals)
    declared = [{"property": key, "type": kind} for key, kind in found.preset.declare.items()]
    print_rows(declared, empty="No properties are declared.")
    for warning in found.warnings:
        print(warning)
    print("The first events would be:")
    print_rows(found.samples, _columns(found.samples))


def show_ways(found: Inferred, file: Path, timezone: str | None) -> None:
    """Say how to keep the proposal, and how to say it otherwise where a guess is wrong."""
    say(f"Keep it with: footfall source infer {_quoted(str(file))} --save --as NAME")
    say("or, where a guess is wrong, change what is wrong in:")
    say(add_line(found, timezone))


def add_line(found: Inferred, timezone: str | None = None) -> str:
    """The `footfall source add` that makes the source of the proposal."""
    words = ["footfall source add NAME", *_options(found, timezone)]
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) > _WIDTH:
            lines.append("   ")
        lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return " \\\n".join(lines)


def _options(found: Inferred, timezone: str | None) -> Iterator[str]:
    mapping = found.preset.mapping
    if timezone is not None:
        yield f"--timezone {timezone}"
    ready = next((name for name, each in PRESETS.items() if each is found.preset), None)
    yield f"--mapping {ready or mapping.format}"
    if ready is not None:
        return
    for key, value in mapping.options.items():
        # A file of CSV tells its delimiter, quote and escape itself; the other has `|` anyway.
        if key in ("columns", "decimal"):
            text = ",".join(value) if isinstance(value, list) else value
            yield f"--option {_quoted(f'{key}={text}')}"
    for column, rule in mapping.fields.items():
        yield _field(column, rule, is_given=found.preset.sessions == "given")
    for key, kind in found.preset.declare.items():
        yield f"--property {_quoted(f'{key}:{kind}')}"


def _field(column: str, rule: Rule, *, is_given: bool) -> str:
    text = f"={rule.constant}" if rule.constant is not None else ",".join(rule.paths)
    text += f":{rule.format}" if rule.format else ""
    flag = "--session" if is_given and column == "session_id" else _FLAGS.get(column)
    return f"{flag} {_quoted(text)}" if flag else f"--field {_quoted(f'{column}={text}')}"


def _quoted(text: str) -> str:
    """The text as one word of a shell: in double quotes where they do, for Windows has no other."""
    if _PLAIN.fullmatch(text):
        return text
    return f'"{text}"' if _DOUBLE.fullmatch(text) else shlex.quote(text)


def _columns(samples: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for row in samples for key in row))
