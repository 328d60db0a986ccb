"""A script made small does what it did."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from tests.conftest import component_missing

from footfall.server.shrink import shrink


@pytest.mark.parametrize(
    ("script", "small"),
    [
        # Comments and spaces.
        ("a = 1; // one\n/* two */ b = 2;", "a=1;b=2;"),
        ("return  x ;", "return x;"),
        ("if (a) { b(); }", "if(a){b()}"),
        ("typeof a + +b - -c", "typeof a+ +b- -c"),
        # What looks like a comment or a space in a text stays.
        ('a = "x  // y";', 'a="x  // y";'),
        ("a = 'it\\'s  /* no */';", "a='it\\'s  /* no */';"),
        ("a = `x  ${b}  y`;", "a=`x  ${b}  y`;"),
        # Regular expressions, and divisions that are none.
        ("a = /[/ ]  \\//g.test(b);", "a=/[/ ]  \\//g.test(b);"),
        ("if (!/^http  s/.test(b)) c();", "if(!/^http  s/.test(b))c();"),
        ("a = (b + c) / d / e;", "a=(b+c)/d/e;"),
        # Names: the commonest first.
        ("const one = 1; let two = one + one;", "const a=1;let b=a+a;"),
        ("const f = (...rest) => other(...rest);", "const a=(...rest)=>other(...rest);"),
        # Not where they name a property, nor where a short one is taken.
        ("const name = 1; b = { name };", "const name=1;b={name};"),
        ("const name = 1; b = { x: 2, name: 3 };", "const name=1;b={x:2,name:3};"),
        ("const size = 1; b.size(size);", "const size=1;b.size(size);"),
        ("const one = 1; a(`${one}`);", "const one=1;a(`${one}`);"),
        ("const one = 1; const a = one;", "const b=1,c=b;"),
        # Declarations in a row are one; a loop's and one after a block stand apart.
        (
            "let one = f(() => { g(); }); let two = 2; const three = 3;",
            "let a=f(()=>{g()}),c=2;const b=3;",
        ),
        (
            "const one = 1; for (const two of one) { const three = 3; } const four = 4;",
            "const a=1;for(const d of a){const c=3}const b=4;",
        ),
        # Commas before what closes; in a list one may stand for a hole.
        ("f({ x: 1, }, [1, ,],);", "f({x:1},[1,,]);"),
        ("const one = f(a, other, b) ? one : 2;", "const c=f(a,other,b)?c:2;"),
    ],
)
def test_what_is_left(script: str, small: str) -> None:
    assert shrink(script) == small


PROGRAM = r"""
const limit = 3;
const square = (number) => number * number;
let total = 0;
for (const number of [1, 2, limit]) total += square(number); // 1 + 4 + 9
const record = { total, limit: limit / 3 };
const { total: sum, ...others } = record;
const text = `${"a"}/*${limit}*/` + "//" + /\/[/"]/.source;
console.log(JSON.stringify([sum, others, text, total ? limit : -total - -1]));
"""


def test_a_program_says_the_same_before_and_after() -> None:
    node = shutil.which("node")
    if node is None:
        component_missing("node is not installed")
    said = [
        subprocess.run([str(node), "-e", text], capture_output=True, text=True, check=True).stdout
        for text in (PROGRAM, shrink(PROGRAM))
    ]
    assert said[0] == said[1] == '[14,{"limit":1},"a/*3*///\\\\/[/\\"]",3]\n'
