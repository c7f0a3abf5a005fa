"""Identifiers that leave: keyed hashes, which nobody can guess back, or none at all.

VAT numbers and the like are few enough to be tried out one by one, so a plain hash hides
nothing; HMAC (Krawczyk, Bellare and Canetti 1997, RFC 2104) with a secret key does.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

import pandas as pd

from difass_analysis.errors import UsageError

#: Environment variable with the key, or with the path of a file that holds it.
KEY = "DIFASS_KEY"
#: Columns that identify beneficiaries or enterprises, wherever they stand.
IDENTIFYING = ("beneficiary_id", "sme_id", "owner_id", "undertaking_id", "applicant_id")
#: Columns that name beneficiaries or enterprises, or lead to a page about them.
NAMING = ("beneficiary_name", "beneficiary_url")
_LETTERS = 24
_SHORTEST = 16


def key_from(path: Path | str | None = None) -> bytes | None:
    """Read the secret key from a file, or from the environment; None where there is none.

    Parameters
    ----------
    path : path or str, optional
        File whose content, without white space at its ends, is the key. Without it the
        environment variable ``DIFASS_KEY`` is the key, or the path of such a file.

    Raises
    ------
    UsageError
        When the file cannot be read, or the key is so short that it could be tried out.
    """
    text = str(path) if path is not None else os.environ.get(KEY, "")
    if not text:
        return None
    if path is not None or Path(text).is_file():
        try:
            content = Path(text).read_bytes().strip()
        except OSError as error:
            raise UsageError(
                f"The key file {text} cannot be read: {error.strerror}.", todo=f"Check {KEY}."
            ) from error
    else:
        content = text.encode("utf-8")
    if len(content) < _SHORTEST:
        raise UsageError(
            f"The key for identifiers has fewer than {_SHORTEST} characters.",
            todo="Take a long random one, and keep it.",
        )
    return content


def pseudonymised(frame: pd.DataFrame, *, key: bytes | None) -> pd.DataFrame:
    """Return the frame with identifiers of beneficiaries and enterprises as keyed hashes.

    Names are left out: which of them are of natural persons is often not known. The same
    identifier gives the same hash in every table that is written with the same key, so tables
    can still be joined. Without a key the columns are left out.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any rows.
    key : bytes or None
        The secret key.

    Examples
    --------
    >>> rows = pd.DataFrame({"sme_id": ["IT01", None, "IT01"], "region": ["N", "N", "S"]})
    >>> pseudonymised(rows, key=None).columns.to_list()
    ['region']
    >>> found = pseudonymised(rows, key=b"a long and secret key")["sme_id"].tolist()
    >>> found[0] == found[2], found[0] == "IT01", found[1] is None
    (True, False, True)
    """
    frame = frame.drop(columns=[name for name in NAMING if name in frame.columns])
    held = [name for name in IDENTIFYING if name in frame.columns]
    if not held:
        return frame
    if key is None:
        return frame.drop(columns=held)
    hashed = {}
    for name in held:
        codes, values = pd.factorize(frame[name].astype("object"))
        texts = [_hash(str(value), key) for value in values]
        hashed[name] = pd.Series(
            [texts[code] if code >= 0 else None for code in codes],
            index=frame.index,
            dtype="object",
        )
    return frame.assign(**hashed)


def _hash(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest()[:_LETTERS]
