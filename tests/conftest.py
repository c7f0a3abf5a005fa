"""What every test may use: reference data, a browser, and settings that make runs repeatable."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"  # charts are drawn without a screen

ROOT = Path(__file__).resolve().parents[1]
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

settings.register_profile("ci", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("local", deadline=None, max_examples=50)
settings.load_profile("ci" if IN_CI else "local")


def _unavailable(reason: str) -> None:
    """Skip, visibly, on a machine of one's own; fail where everything has to be there."""
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the checkout, or the one that DIFASS_SHARED names."""
    folder = Path(os.environ.get("DIFASS_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        _unavailable(f"no reference data at {folder}: set DIFASS_SHARED to their folder")
    return folder


@pytest.fixture(scope="session")
def browser_path() -> Path:
    """The Chromium, or a browser built on it, of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        _unavailable(f"no browser: none of {', '.join(names)} is installed")
    return Path(found)


@pytest.fixture(scope="module")
def browser(browser_path):
    """A running Chromium without a screen, steered by Playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _unavailable("playwright is not installed: make browser installs it")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=str(browser_path), args=flags)
        yield running
        running.close()
