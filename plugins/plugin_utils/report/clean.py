# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text of a database made fit to be shown: it stays text, and a reader sees every character of it."""

from __future__ import annotations

import re
from typing import Any

# Control characters (tab and line feed excepted), and those that turn the direction of what follows.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069"
                     "\ufeff\ufff9-\ufffb\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def visible(text: str) -> str:
    """``text`` with each character that cannot be seen written as its code point, e.g. <U+202E>."""
    text = _SURROGATE.sub("\ufffd", text).replace("\r\n", "\n")
    return _UNSEEN.sub(lambda found: f"<U+{ord(found.group()):04X}>", text)


def one_line(text: Any) -> str:
    """``text`` as one line of visible characters."""
    return visible(" ".join(str(text).split()))


def clean(data: Any) -> Any:
    """A copy of JSON-like ``data`` in plain types, every string visible; keys too."""
    if isinstance(data, str):
        return visible(data)
    if isinstance(data, dict):
        return {visible(str(key)): clean(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [clean(item) for item in data]
    return data


def encodable(data: Any) -> Any:
    """A copy of JSON-like ``data`` in plain types that UTF-8 can encode: lone surrogates become U+FFFD."""
    if isinstance(data, str):
        return _SURROGATE.sub("\ufffd", str(data))
    if isinstance(data, dict):
        return {encodable(str(key)): encodable(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [encodable(item) for item in data]
    return data
