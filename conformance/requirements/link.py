"""Links to public threads, commits and changelogs of projects on GitHub."""

from typing import Annotated

from pydantic import StringConstraints

Link = Annotated[
    str,
    StringConstraints(pattern=r"^[\w.-]+/[\w.-]+(#\d+|@[0-9a-f]{7,40}| CHANGELOG \d[\d.]*)$"),
]
