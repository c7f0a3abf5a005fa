"""The site of the documentation: every public name has its place, and no page fetches anything."""

import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
API = ROOT / "docs" / "api"
#: Modules whose public names are all on the site.
PUBLIC = [
    "difass_analysis",
    "difass_analysis.disclosure",
    "difass_analysis.evidence",
    "difass_analysis.export",
    "difass_analysis.finance",
    "difass_analysis.mechanisms",
    "difass_analysis.mechanisms.qca",
    "difass_analysis.reporting",
    "difass_analysis.reporting.sections",
]


def things(module):
    """Return the functions and classes that a module offers, by name."""
    held = importlib.import_module(module)
    found = {name: getattr(held, name) for name in getattr(held, "__all__", dir(held))}
    return {
        name: one for name, one in found.items() if inspect.isfunction(one) or inspect.isclass(one)
    }


def shown():
    """Return all that the pages of functions show, each thing with how often."""
    found = []
    for page in sorted(API.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for name, below in re.findall(r"^::: (\S+)\n((?:    .*\n?)*)", text, flags=re.MULTILINE):
            options = (yaml.safe_load(below) or {}).get("options", {})
            held = things(name)
            found += [held[member] for member in options.get("members", held)]
    return found


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_is_on_the_site(module):
    found = shown()
    assert [name for name, one in things(module).items() if one not in found] == []


def test_no_function_of_finance_stands_twice():
    names = [one.__name__ for one in shown() if one.__module__.startswith("difass_analysis.fin")]
    assert [name for name in names if names.count(name) > 1] == []


def navigation(entries):
    for entry in entries:
        held = entry if isinstance(entry, str) else next(iter(entry.values()))
        yield from [held] if isinstance(held, str) else navigation(held)


def test_every_document_is_in_the_navigation():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = list(navigation(yaml.safe_load(text)["nav"]))
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert sorted(listed) == sorted(pages)


def test_the_site_is_built_without_warnings_and_fetches_nothing(tmp_path):
    pytest.importorskip("mkdocs", reason="the site needs the extra 'docs'")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > 20
    fetched = [
        (page.name, address)
        for page in pages
        for address in re.findall(
            r'<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="(https?:[^"]*)"',
            page.read_text(encoding="utf-8"),
        )
    ]
    assert fetched == []
