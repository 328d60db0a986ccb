"""A hand-written script made small: comments, spaces and long names go, what it does stays.

No minifier is published for every system we run on, and this has to do for one file alone. It
asks for statements that end in semicolons, `const NAME` and `let NAME` for what is to get a short
name, and no texts within texts in backquotes.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterator
from itertools import chain, pairwise, product, zip_longest
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"""
    (?P<gap>(?:\s|//[^\n]*|/\*.*?\*/)+)
  | (?P<text>"(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `(?:\\.|[^`\\])*`
      # A slash where a value is due begins a regular expression.
      | (?:(?<=[(,=:!&|?])|(?<=[(,=:!&|?][ \n]))\ */(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[\n])+/[a-z]*)
  | (?P<word>[\w$]+)
  | (?P<mark>\.\.\.|.)
    """,
    re.DOTALL | re.VERBOSE,
)
_WORD: Final = re.compile(r"[\w$]")
_DECLARES: Final = frozenset({"const", "let"})


class _Token(NamedTuple):
    kind: str
    text: str
    is_after_gap: bool = False


_END: Final = _Token("gap", "")


def shrink(script: str) -> str:
    """The script without comments, needless spaces and long names of its own.

    >>> shrink("const answer = 6 * 7; // of course\\nalert(answer);")
    'const a=6*7;alert(a);'
    """
    tokens = list(_tokens(script))
    names = _short_names(tokens)
    parts: list[str] = []
    for token in _merged_declarations(tokens):
        text = token.text
        if token.kind == "word" and parts[-1:] != ["."]:
            text = names.get(text, text)
        if token.is_after_gap and parts and _must_stay_apart(parts[-1], text):
            parts.append(" ")
        parts.append(text)
    return "".join(parts).replace(";}", "}")


def _tokens(script: str) -> Iterator[_Token]:
    is_after_gap = False
    for found in _TOKEN.finditer(script):
        kind = str(found.lastgroup)
        if kind != "gap":
            yield _Token(kind, found[0].strip(), is_after_gap)
        is_after_gap = kind == "gap"


def _merged_declarations(tokens: list[_Token]) -> Iterator[_Token]:
    """Declarations that follow each other as one, and no comma before a closing bracket.

    What begins after a block without a semicolon is left as it is.
    """
    begun: list[str] = [""]
    is_skipped = False
    for token, after in zip_longest(tokens, tokens[1:], fillvalue=_END):
        if is_skipped:
            is_skipped = False
            continue
        if token.text == ";":
            is_skipped = begun[-1] in _DECLARES and after.text == begun[-1]
            begun[-1] = begun[-1] if is_skipped else ""
            yield _Token("mark", ",") if is_skipped else token
            continue
        begun[-1] = begun[-1] or token.text
        if token.text in ("(", "[", "{"):
            begun.append("")
        elif token.text in (")", "]", "}"):
            begun.pop()
        if token.text != "," or after.text not in (")", "}"):
            yield token


def _must_stay_apart(before: str, after: str) -> bool:
    both_words = bool(_WORD.match(before[-1]) and _WORD.match(after[0]))
    return both_words or (before in "+-" and after in "+-")


def _short_names(tokens: list[_Token]) -> dict[str, str]:
    """A short name for each that is declared and never names a property, the commonest first."""
    counts = Counter(token.text for token in tokens if token.kind == "word")
    declared = {
        token.text
        for before, token in pairwise(tokens)
        if before.text in _DECLARES and token.kind == "word"
    }
    fit = declared - _properties(tokens)
    letters = string.ascii_letters
    pairs = map("".join, product(letters, letters))
    free = (name for name in chain(letters, pairs) if name not in counts)
    return dict(zip(sorted(fit, key=lambda name: (-counts[name], name)), free, strict=False))


def _properties(tokens: list[_Token]) -> set[str]:
    """Words that name a property somewhere: after a dot, or in an object's braces."""
    found: set[str] = set()
    brackets: list[str] = [""]
    for place, token in enumerate(tokens[:-1]):
        before, after = tokens[place - 1].text, tokens[place + 1].text
        if token.text in ("(", "[", "{"):
            brackets.append(token.text)
        elif token.text in (")", "]", "}"):
            brackets.pop()
        elif token.kind == "word":
            is_member = brackets[-1] == "{" and before in ("{", ",") and after in (":", ",", "}")
            if is_member or before == ".":
                found.add(token.text)
        elif token.text.startswith("`"):
            found.update(re.findall(r"[\w$]+", token.text))
    return found
