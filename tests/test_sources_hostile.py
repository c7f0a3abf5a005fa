"""Hostile and unlucky text files: each is refused or bounded, with a message."""

import os
import subprocess
import sys

import pytest

from difass_analysis.engine import DuckDBEngine
from difass_analysis.errors import InputError
from difass_analysis.sources import Profile, delimited, pieces, read, streaming
from difass_analysis.sources.profile import FileFormat


@pytest.fixture(scope="module")
def engine():
    return DuckDBEngine()


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "list.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


@pytest.fixture(params=["record by record", "in pieces"])
def either(request, monkeypatch):
    """Both ways of reading."""
    if request.param == "in pieces":
        monkeypatch.setattr(streaming, "LARGE", 0)
        monkeypatch.setattr(pieces, "PIECE", 64)
    return request.param


def refusal(path, engine, **layout):
    with pytest.raises(InputError) as caught:
        read(path, Profile(id="mine", file=FileFormat(**layout)), engine=engine)
    return str(caught.value)


# --- one record without end ----------------------------------------------------------


@pytest.mark.parametrize(
    "endless",
    ["x," * 300, '"y\n",' * 100, "z" * 600],
    ids=["cells", "cells of two lines", "one cell"],
)
@pytest.mark.parametrize("delimiter", [",", "auto"])
def test_a_record_without_end_is_refused(engine, file, either, monkeypatch, endless, delimiter):
    monkeypatch.setattr(delimited, "LONGEST_RECORD", 200)
    monkeypatch.setattr(streaming, "LONGEST_RECORD", 200)
    found = refusal(file("a,b\n1,2\n" + endless), engine, delimiter=delimiter)
    assert found.startswith(
        "list.csv has a record of more than 200 characters; it begins on line 3."
    )
    assert "Look whether its lines end" in found


def test_a_header_without_end_is_refused(engine, file, either, monkeypatch):
    monkeypatch.setattr(delimited, "LONGEST_RECORD", 200)
    monkeypatch.setattr(streaming, "LONGEST_RECORD", 200)
    for delimiter in (",", "auto"):
        assert "begins on line 1" in refusal(file("x" * 900), engine, delimiter=delimiter)


def test_two_gigabytes_without_a_line_end_stay_small_in_memory(tmp_path):
    """A sparse file: its blanks take no room on the disk, NUL bytes being blanks of this text."""
    path = tmp_path / "line.csv"
    path.write_bytes("a,b\n1,2\n".encode("utf-16-le"))
    os.truncate(path, 2_000_000_000)
    code = f"""
from pathlib import Path
from difass_analysis.engine import DuckDBEngine
from difass_analysis.errors import InputError
from difass_analysis.sources import Profile, read
from difass_analysis.sources.profile import FileFormat
layout = FileFormat(encoding="utf-16-le")
try:
    read(Path({str(path)!r}), Profile(id="mine", file=layout), engine=DuckDBEngine())
except InputError as error:
    print(error)
# Not getrusage: its peak is inherited from the process that started this one.
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    message, peak = run.stdout.splitlines()
    assert message.startswith("line.csv has a record of more than 33,554,432 characters")
    assert int(peak) < 1500


# --- bytes that are no text ----------------------------------------------------------


def test_a_nul_byte_is_refused_with_its_position(engine, file, either):
    text = b"a,b\n" + b"1,2\n" * 100
    found = refusal(file(text + b"3,\0\n" + b"1,2\n" * 100), engine)
    assert "list.csv holds a NUL byte at position 406: it is no plain text" in found


def test_text_of_two_bytes_a_letter_is_recognised(engine, file, either):
    found = refusal(file(("a,b\n" + "é,1\n" * 90).encode("utf-16")), engine)
    assert 'It looks like utf-16: state encoding = "utf-16"' in found


def test_an_error_of_encoding_is_refused_with_its_place(engine, file, either):
    text = b"a,b\n" + b"1,2\n" * 100 + b"\xe9,1\n" + b"1,2\n" * 100
    assert "byte 404 on line 102 does not decode" in refusal(file(text), engine)


@pytest.mark.parametrize(
    ("start", "what"), [(b"PK\x03\x04", "an archive"), (b"<html>", "HTML"), (b"\x1f\x8b", "compr")]
)
def test_other_formats_are_refused(engine, file, either, start, what):
    assert what in refusal(file(start + b"a,b\n" * 90), engine)


def test_a_header_and_no_rows_is_refused(engine, file, either):
    assert "has a header and no rows" in refusal(file("a,b\n\n,\n"), engine)


# --- records that do not fit ---------------------------------------------------------


def test_too_many_records_that_do_not_fit_are_refused(engine, file, monkeypatch):
    monkeypatch.setattr(streaming, "LARGE", 0)
    monkeypatch.setattr(pieces, "PIECE", 64)
    monkeypatch.setattr(streaming, "MOST_LOST", 50)
    found = refusal(file("a,b\n" + "1;2\n" * 60), engine)
    assert "more than 50 records that do not fit its header" in found
    assert "the first one is on line 2: 1 fields instead of 2" in found


def test_a_temporary_folder_without_room_is_said(engine, file, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(streaming, "LARGE", 0)
    monkeypatch.setattr(streaming.pq.ParquetWriter, "write_table", full)
    found = refusal(file("a,b\n1,2\n"), engine)
    assert "cannot be kept in" in found and "No space left" in found and "TMPDIR" in found


# --- files that change ---------------------------------------------------------------


def changing(monkeypatch, path, change):
    """Let something happen to the file once its reading has begun."""
    done = []

    def parsed(handle, layout):
        done.append(change(path))
        return original_parsed(handle, layout)

    def more(window, size=0):
        if window.size and not done:
            done.append(change(path))
        return original_more(window, size)

    original_parsed, original_more = delimited.parsed, pieces.Window.more
    monkeypatch.setattr(delimited, "parsed", parsed)
    monkeypatch.setattr(pieces.Window, "more", more)


def grow(path):
    with path.open("ab") as handle:
        handle.write(b"3,4\n" * 1000)


def write_anew(path):
    data = path.read_bytes()
    path.write_bytes(data)
    os.utime(path, ns=(1, 1))


def replace_by_another(path):
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes())
    state = path.stat()
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize(
    ("change", "how"),
    [
        (grow, "bytes"),
        (write_anew, "it was written anew"),
        (replace_by_another, "it was written anew"),
        (os.unlink, "it can no longer be read: No such file"),
    ],
)
def test_a_file_that_changes_while_it_is_read_is_refused(
    engine, file, either, monkeypatch, change, how
):
    path = file("a,b\n" + "1,2\n" * 100)
    changing(monkeypatch, path, change)
    found = refusal(path, engine)
    assert found.startswith("list.csv changed while it was read") and how in found
    assert "Wait until it is complete" in found


def test_a_file_that_never_ends_is_not_read_for_ever(engine, file, monkeypatch):
    """It grows with every piece; reading stops once it has more than it had."""
    monkeypatch.setattr(streaming, "LARGE", 0)
    monkeypatch.setattr(pieces, "PIECE", 64)
    path, original, reads = file("a,b\n" + "1,2\n" * 100), pieces.Window.more, []

    def more(window, size=0):
        with path.open("ab") as handle:
            handle.write(b"3,4\n" * 50)
        reads.append(window.size)
        assert len(reads) < 20
        return original(window, size)

    monkeypatch.setattr(pieces.Window, "more", more)
    assert "more than the 404 bytes it had" in refusal(path, engine)
