"""The run as one self-contained HTML page: requirement, case, check, message."""

import base64
import hashlib
import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from conformance.reporting.page import Page, SourceTexts, page_of
from conformance.reporting.record import ResultKey, Run
from conformance.reporting.visible import visible


def write_html(run: Run, texts: SourceTexts, evidence: Mapping[ResultKey, Path], path: Path) -> None:
    """Write the page; it appears whole or not at all. `evidence` gives the folder of each result."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(render(page_of(run, texts, evidence, path.parent)), encoding="utf-8")
    os.replace(partial, path)


def render(page: Page) -> str:
    """The page as text. Its policy lets no script run but its own, and loads nothing from anywhere."""
    script = _asset("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        _environment()
        .get_template("index.html.j2")
        .render(page=page, style=Markup(_asset("report.css")), script=Markup(script), digest=digest)
    )


def _asset(name: str) -> str:
    return files("conformance.reporting").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("conformance.reporting"),
        autoescape=select_autoescape(enabled_extensions=("j2",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = _shown
    return environment


def _shown(value: Any, limit: int = 2000) -> str:
    return visible(str(value), limit)
