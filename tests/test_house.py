"""The house rules that can be read off the code: see CONTRIBUTING.md."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "difass_analysis"
MODULES = sorted(PACKAGE.rglob("*.py"))
NOTEBOOKS = sorted(
    {
        path.with_suffix("")  # a pair of .py and .ipynb is one notebook
        for path in (ROOT / "notebooks").rglob("*")
        if path.suffix in {".py", ".ipynb"} and ".ipynb_checkpoints" not in path.parts
    }
)
HEAVY = ["matplotlib", "seaborn", "statsmodels", "scipy.stats", "great_tables", "pyspark"]

MODULE_LINES = 400
FUNCTION_LINES = 50
PARAMETERS = 8

Function = ast.FunctionDef | ast.AsyncFunctionDef


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


each_module = pytest.mark.parametrize("module", MODULES, ids=relative)


def functions(module: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def body_lines(function: Function) -> int:
    docstring = ast.get_docstring(function, clean=False)
    documented = docstring.count("\n") + 1 if docstring else 0
    return function.end_lineno - function.lineno + 1 - documented


def parameters(function: Function) -> list[str]:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [argument.arg for argument in named if argument.arg not in {"self", "cls"}]


def imports_of_package(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the import statements inside `node` that name this package or a part of it."""
    for statement in ast.walk(node):
        if isinstance(statement, ast.ImportFrom):
            name = statement.module or ""
            if statement.level or name.split(".")[0] == PACKAGE.name:
                yield statement
        elif isinstance(statement, ast.Import) and any(
            alias.name.split(".")[0] == PACKAGE.name for alias in statement.names
        ):
            yield statement


def imported_from(statement: ast.ImportFrom, module: Path) -> Path:
    """Return the folder or module file, without suffix, that a `from ... import` reads."""
    start = module.parents[statement.level - 1] if statement.level else ROOT
    return start.joinpath(*(statement.module or "").split("."))


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Yield path and text of every file that is, or is about to be, in the repository.

    The raw data are left out: they are kept as their publisher wrote them.
    """
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    for name in sorted(set(listing.stdout.decode().split("\0")) - {""}):
        path = ROOT / name
        if name.startswith("data/") or not path.is_file():
            continue
        try:
            yield name, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a workbook, a file in an old encoding


def matching_lines(pattern: str) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in tracked_texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if re.search(pattern, line)
    ]


# --- size and shape ------------------------------------------------------------------


@each_module
def test_module_is_small(module):
    lines = [line.strip() for line in module.read_text(encoding="utf-8").splitlines()]
    count = sum(1 for line in lines if line and not line.startswith("#"))
    assert count <= MODULE_LINES, f"{count} lines: split the module by topic"


@each_module
def test_functions_are_short(module):
    long = {f.name: body_lines(f) for f in functions(module) if body_lines(f) > FUNCTION_LINES}
    assert not long


# Tables are given by name, from_frames(operations=frame): more than thirty may be, and a name
# that is no table is refused. docs/architecture.md says why this one is open.
OPEN = {"from_frames"}


@each_module
def test_public_functions_name_their_options(module):
    public = [
        function
        for function in functions(module)
        if not function.name.startswith("_") and function.name not in OPEN
    ]
    open_ended = [function.name for function in public if function.args.kwarg]
    wide = {f.name: len(parameters(f)) for f in public if len(parameters(f)) > PARAMETERS}
    assert not open_ended, "a public function names its options: no **kwargs"
    assert not wide


# --- imports -------------------------------------------------------------------------


@each_module
def test_no_import_of_the_package_is_hidden_in_a_function(module):
    hidden = [
        f"line {statement.lineno}, in {function.name}"
        for function in functions(module)
        if (module, function.name) != (PACKAGE / "__init__.py", "__getattr__")
        for statement in imports_of_package(function)
    ]
    assert not hidden


@each_module
def test_modules_import_each_other_and_not_the_facade(module):
    if module == PACKAGE / "__init__.py":
        return
    facade = []
    for statement in imports_of_package(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names if alias.name == PACKAGE.name]
        elif imported_from(statement, module) == PACKAGE:
            parts = {path.stem for path in PACKAGE.iterdir()}
            names = [alias.name for alias in statement.names if alias.name not in parts]
        else:
            names = []
        facade += [f"line {statement.lineno}: {name}" for name in names]
    assert not facade, "import from the module that defines the name"


def test_layers():
    program = Path(sys.executable).with_name("lint-imports")
    if not program.exists():
        pytest.fail("import-linter is missing: install the extra `dev`")
    run = subprocess.run(
        [program, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if run.returncode:
        pytest.fail(run.stdout + run.stderr, pytrace=False)


def python(code: str) -> str:
    """Run `code` in a fresh interpreter, warnings being errors, and return what it prints."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        pytest.fail(run.stderr, pytrace=False)
    return run.stdout


def test_import_is_light():
    loaded = json.loads(
        python("import difass_analysis, json, sys; print(json.dumps(list(sys.modules)))")
    )
    assert not set(HEAVY) & set(loaded)


def test_every_module_imports_without_the_heavy_libraries():
    names = [
        ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for module in MODULES
        if module.stem != "__main__"
    ]
    python(
        "import importlib, sys\n"
        f"sys.modules.update(dict.fromkeys({HEAVY!r}))\n"  # None makes their import fail
        f"for name in {names!r}: importlib.import_module(name)\n"
    )


# --- what must not be committed ------------------------------------------------------

# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATH = r"(?<![\w.~})-])/(?:" + "|".join(["work", "tmp", "root", "home"]) + r")/\w"
REGISTRY = r"index" + r"-url|https?://[^\s\"']*/" + r"simple(?:[/\"'\s]|$)|find" + r"-links"


def test_no_path_of_one_machine():
    assert not matching_lines(MACHINE_PATH)


def test_no_address_of_a_package_registry():
    assert not matching_lines(REGISTRY)


def test_lock_holds_hashes_and_no_address():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    pins = re.findall(r"^[\w.-]+==.*(?:\n    .*)*", lock, flags=re.MULTILINE)
    assert pins
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_lock_covers_the_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = map(Requirement, [*project["dependencies"], *extras["notebooks"], *extras["dev"]])
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = {
        canonicalize_name(name): version
        for name, version in re.findall(r"^([\w.-]+)==([\w.+!]+)", lock, flags=re.MULTILINE)
    }
    stale = [
        str(requirement)
        for requirement in wanted
        if not requirement.specifier.contains(
            pinned.get(canonicalize_name(requirement.name), "0"), prereleases=True
        )
    ]
    assert not stale, "run make lock"


# --- what is promised in prose -------------------------------------------------------


@pytest.mark.parametrize("command", ["make report", "make test"])
def test_readme_names_the_command(command):
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_documented_commands_exist(document):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    text = (ROOT / document).read_text(encoding="utf-8")
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, flags=re.MULTILINE)) <= targets


@pytest.mark.notebooks
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=relative)
def test_notebook_runs_without_error_or_warning(notebook):
    import jupytext
    from nbclient import NotebookClient

    source = notebook.with_suffix(".py")
    content = jupytext.read(source if source.exists() else notebook.with_suffix(".ipynb"))
    client = NotebookClient(
        content, kernel_name="python3", resources={"metadata": {"path": str(notebook.parent)}}
    )
    client.execute()
    complaints = [
        output["text"]
        for cell in content.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]
    assert not complaints
