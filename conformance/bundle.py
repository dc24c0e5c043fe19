"""Where the trees testcases/ and fixtures/ are: in the checkout, else inside the installed package."""

import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """The folder that holds testcases/ and fixtures/.

    Raises:
        FileNotFoundError: neither a checkout nor a bundle is there; the installation is broken.
    """
    for folder in (_PACKAGE.parent, _PACKAGE / "_bundle"):
        if (folder / "testcases").is_dir() and (folder / "fixtures").is_dir():
            return folder
    raise FileNotFoundError(
        f"no testcases/ and fixtures/ beside or inside {_PACKAGE}: install again, or run in a clone"
    )


def testcases() -> Path:
    """The tree of the test cases."""
    return root() / "testcases"


def fixtures() -> Path:
    """The tree of the peers and their profiles."""
    return root() / "fixtures"


def reference_profiles() -> tuple[Path, ...]:
    """The profiles of the embedded reference peers, which `run` tests when no SUT is named."""
    return tuple(sorted((fixtures() / "profiles").glob("reference-*.toml")))


def reference_pair() -> tuple[Path, Path]:
    """The profiles of the reference device and server, which `run --pair` tests when no SUT is named."""
    folder = fixtures() / "profiles"
    return folder / "reference-device.toml", folder / "reference-server.toml"


def placeholders() -> dict[str, str]:
    """What `{python}`, `{fixtures}` and `{root}` stand for in a profile."""
    return {"python": sys.executable, "fixtures": str(fixtures()), "root": str(_PACKAGE.parent)}
