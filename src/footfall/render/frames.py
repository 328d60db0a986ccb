"""Arrow tables as data frames of optional packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footfall.errors import MissingComponent

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow as pa


def to_polars(table: pa.Table) -> polars.DataFrame:
    """The table as a Polars frame; raises `MissingComponent` without Polars."""
    try:
        import polars
    except ImportError as error:
        raise _missing("polars", "Polars") from error
    frame = polars.from_arrow(table)
    return frame if isinstance(frame, polars.DataFrame) else frame.to_frame()


def to_pandas(table: pa.Table) -> pandas.DataFrame:
    """The table as a pandas frame; raises `MissingComponent` without pandas."""
    try:
        import pandas as _  # noqa: F401 - Arrow imports it by itself, with a plainer error
    except ImportError as error:
        raise _missing("pandas", "pandas") from error
    return table.to_pandas()


def _missing(extra: str, name: str) -> MissingComponent:
    return MissingComponent(
        f"{name} is not installed: pip install -c constraints.txt -e '.[{extra}]' in Footfall's "
        "checkout; to_arrow() and to_dicts() need nothing more."
    )
