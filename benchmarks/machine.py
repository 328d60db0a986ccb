"""What ran the benchmarks: hardware and versions."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from benchmarks.report import Report

PACKAGES = (
    "footfall", "duckdb", "chdb-core", "deltalake", "pyarrow", "numpy", "msgspec", "fastapi",
    "uvicorn", "uvloop", "httptools",
)  # fmt: skip


def machine() -> Report:
    """Cores, memory, disk of the work folder's kind, and versions."""
    report = Report("Machine", ["what", "value"])
    report.add("cores", str(os.cpu_count()))
    report.add("processor", _processor())
    report.add("memory", f"{psutil.virtual_memory().total / 2**30:.1f} GiB")
    report.add("system", f"{platform.system()} {platform.release().partition('-')[0]}")
    report.add("Python", platform.python_version())
    for name in PACKAGES:
        report.add(name, _version(name))
    report.add("goaccess", _first_line("goaccess", "--version"))
    report.add("wrk", _first_line("wrk", "-v"))
    return report


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _first_line(program: str, flag: str) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    done = subprocess.run([path, flag], capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    return lines[0].partition("[")[0].strip().rstrip(".") if lines else None
