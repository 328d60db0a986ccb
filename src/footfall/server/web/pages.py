"""The pages people open, and the files they load.

Every file under `static/` is served below a digest of all of them, so that browsers may keep
it for good and a new version is never mixed with an old one.
"""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from footfall import __version__
from footfall.server.web.prose import coded

_HERE: Final = Path(__file__).parent
_STATIC: Final = _HERE / "static"
TEMPLATES: Final = _HERE / "templates"
# Module scripts are refused unless typed as JavaScript; Windows registries often say otherwise.
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

_templates: Final = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
)
_templates.filters["coded"] = coded

router: Final = APIRouter(include_in_schema=False)


def _static_files() -> dict[str, Path]:
    found = (path for path in sorted(_STATIC.rglob("*")) if path.is_file())
    return {path.relative_to(_STATIC).as_posix(): path for path in found}


def _digest(files: dict[str, Path]) -> str:
    summary = hashlib.sha256()
    for name, path in files.items():
        summary.update(name.encode())
        summary.update(path.read_bytes())
    return summary.hexdigest()[:12]


# Only what is listed here can be asked for: a path outside the folder has no entry.
FILES: Final = _static_files()
STATIC_URL: Final = f"/static/{_digest(FILES)}"


def render_page(template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from `templates/`, never cached; the guard adds the content security policy."""
    text = _templates.get_template(template).render(
        static=STATIC_URL, version=__version__, modules=_modules(), **values
    )
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-cache"})


def login_page(reason: str | None = None, *, status: int = 401) -> HTMLResponse:
    """The page that tells how to get a login URL; `reason` says why the last one failed."""
    return render_page("login.html", status=status, reason=reason)


def missing_page(path: str) -> HTMLResponse:
    """The page for an address at which there is none."""
    return render_page("missing.html", status=404, path=path)


@router.get("/")
def overview() -> HTMLResponse:
    """The Overview page; its numbers are fetched by the browser."""
    return render_page("overview.html")


@router.get("/sql")
def sql() -> HTMLResponse:
    """The page that runs a read-only SELECT over the sources."""
    return render_page("sql.html")


@router.get("/ledger")
def ledger() -> HTMLResponse:
    """The page that tells what became of everything received."""
    return render_page("ledger.html")


@router.get("/static/{digest}/{name:path}")
def static(digest: str, name: str) -> Response:
    """One static file; kept for a year only under the digest that is current."""
    path = FILES.get(name)
    if path is None:
        return Response(f"No file {name!r}.", status_code=404, media_type="text/plain")
    is_current = f"/static/{digest}" == STATIC_URL
    kept = "public, max-age=31536000, immutable" if is_current else "no-cache"
    return FileResponse(path, media_type=_media_type(path), headers={"Cache-Control": kept})


def _media_type(path: Path) -> str:
    return _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain"


def _modules() -> list[str]:
    """Modules to preload, so that imports of imports need no further round trip."""
    return [name for name in FILES if name.startswith("js/") and name != "js/theme.js"]
