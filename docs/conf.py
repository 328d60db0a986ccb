"""Sphinx configuration."""

from __future__ import annotations

from importlib.metadata import version as installed

project = "Footfall"
author = "the Footfall authors"
copyright = "the Footfall authors"  # noqa: A001  (Sphinx's own name)
release = version = installed("footfall")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_title = "Footfall"
exclude_patterns = ["_build"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"
# Nothing is fetched from elsewhere when a reader opens the pages.
html_theme_options = {"source_repository": "", "footer_icons": []}
