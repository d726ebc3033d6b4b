"""UTF-8."""

from __future__ import annotations

from conformance.case import named, quoted

# Section 8.1: text between systems "MUST be encoded using UTF-8", and "MUST NOT add a byte order mark" (a parser may
# ignore one; none does here). The valid sequences are those of RFC 3629, section 4.
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
ENCODING = [
    *quoted(
        "encoding",
        True,
        {
            f"U+{c:04X}": chr(c)
            for c in (0x80, 0xE9, 0x7FF, 0x800, 0xFFF, 0x1000, 0xCFFF, 0xD000, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFF)
        },
    ),
    *quoted("encoding", True, {f"U+{c:04X}": chr(c) for c in (0x10000, 0x3FFFF, 0x40000, 0xFFFFF, 0x100000, 0x10FFFF)}),
    *quoted(
        "encoding",
        False,
        {
            "first continuation byte alone": b"\x80",
            "last continuation byte alone": b"a\xbfb",
            "continuation byte too many": b"\xc3\xa9\xa9",
            "overlong U+0000 in 2": b"\xc0\x80",
            "overlong U+0022 in 2": b"\xc0\xa2",
            "overlong U+002F in 2": b"\xc0\xaf",
            "overlong U+007F in 2": b"\xc1\xbf",
            "overlong U+002F in 3": b"\xe0\x80\xaf",
            "overlong U+07FF in 3": b"\xe0\x9f\xbf",
            "overlong U+002F in 4": b"\xf0\x80\x80\xaf",
            "overlong U+FFFF in 4": b"\xf0\x8f\xbf\xbf",
            "surrogate U+D800": b"\xed\xa0\x80",
            "surrogate U+DBFF": b"\xed\xaf\xbf",
            "surrogate U+DC00": b"\xed\xb0\x80",
            "surrogate U+DFFF": b"\xed\xbf\xbf",
            "surrogate in text": b"a\xed\xa0\x80b",
            "surrogate pair (CESU-8)": b"\xed\xa0\xbd\xed\xb8\x80",
            "surrogate pair, half escaped": b"\\ud83d\xed\xb8\x80",
            "U+110000": b"\xf4\x90\x80\x80",
            "U+140000": b"\xf5\x80\x80\x80",
            "U+1FFFFF": b"\xf7\xbf\xbf\xbf",
            "5 bytes": b"\xf8\x88\x80\x80\x80",
            "6 bytes": b"\xfc\x84\x80\x80\x80\x80",
            "byte FE": b"\xfe",
            "byte FF": b"\xff",
            "1 of 2 bytes": b"\xc3",
            "1 of 3 bytes": b"\xe2",
            "2 of 3 bytes": b"\xe2\x82",
            "1 of 4 bytes": b"\xf0",
            "2 of 4 bytes": b"\xf0\x9f",
            "3 of 4 bytes": b"\xf0\x9f\x98",
            "1 of 2 bytes in text": b"a\xc3b",
            "2 of 3 bytes in text": b"a\xe2\x82b",
            "3 of 4 bytes in text": b"a\xf0\x9f\x98b",
            "2 of 3 bytes before a whole one": b"\xe2\x82\xe2\x82\xac",
            "2 of 3 bytes before an escape": b"\xe2\x82\\n",
            "Latin-1": "caf\xe9".encode("latin-1"),
            "Windows-1252": "\u2019".encode("cp1252"),
            "Shift JIS": "\u65e5\u672c".encode("shift_jis"),
        },
    ),
    *named(
        "encoding",
        False,
        {
            "cut after 1 of 2 bytes": b'"\xc3',
            "cut after 2 of 3 bytes": b'"\xe2\x82',
            "cut after 3 of 4 bytes": b'"\xf0\x9f\x98',
            "continuation byte before a value": b"\x801",
            "continuation byte after a value": b"1\x80",
            "byte FF before a value": b"\xff1",
            "byte FF after a value": b"1\xff",
            "byte FF in an array": b"[1,\xff]",
            "byte FF in an object": b'{"a":1\xff}',
            "overlong space": b"[1,\xc0\xa02]",
            "overlong digit": b"\xc0\xb1",
            "overlong quotation marks": b"\xc0\xa2a\xc0\xa2",
            "invalid in a name": b'{"\xff":1}',
            "invalid in a nested value": b'{"a":[{"b":"\xed\xa0\x80"}]}',
            "byte order mark": b"\xef\xbb\xbf",
            "byte order mark before a value": b"\xef\xbb\xbf1",
            "byte order mark before an object": b"\xef\xbb\xbf{}",
            "byte order mark after a value": b"1\xef\xbb\xbf",
            "byte order mark in an array": b"[\xef\xbb\xbf1]",
            "part of a byte order mark": b"\xef\xbb1",
            "UTF-7": b"+AHsAfQ-",
        },
    ),
    *named("encoding", False, {f"an array in {wide}": "[1]".encode(wide) for wide in _WIDE}),
    *named("encoding", False, {f"a string in {wide}": '"a"'.encode(wide) for wide in _WIDE}),
    *named(
        "encoding", False, {f"a byte order mark and an array in {wide}": "\ufeff[1]".encode(wide) for wide in _WIDE}
    ),
]
