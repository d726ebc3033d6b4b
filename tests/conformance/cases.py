"""Texts that RFC 8259 accepts and refuses, production by production.

Each group quotes the rule that it is written from. A case's id is unique, and shows the text itself where that is
short enough to read. Grammar only: what a schema makes of an accepted text, and how deep or how long a text may be for
a parser (section 9), are not told here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import NamedTuple


class Case(NamedTuple):
    """One text, and whether it is JSON."""

    id: str
    text: bytes
    accept: bool
    production: str


def _named(production: str, accept: bool, texts: Mapping[str, str | bytes]) -> list[Case]:
    """Cases with a name each, for texts that are long or hard to print."""
    return [
        Case(f"{production}: {name}", text.encode() if isinstance(text, str) else text, accept, production)
        for name, text in texts.items()
    ]


def _spelled(production: str, accept: bool, texts: Iterable[str]) -> list[Case]:
    """Cases whose name is the text itself."""
    return _named(production, accept, {ascii(text)[1:-1]: text for text in texts})


def _quoted(production: str, accept: bool, contents: Mapping[str, str | bytes]) -> list[Case]:
    """Cases that are one string each, given without its quotation marks."""
    texts = {name: text.encode() if isinstance(text, str) else text for name, text in contents.items()}
    return _named(production, accept, {name: b'"' + text + b'"' for name, text in texts.items()})


# number = [ minus ] int [ frac ] [ exp ]
# int = zero / ( digit1-9 *DIGIT )    frac = "." 1*DIGIT    exp = ("e" / "E") [ "-" / "+" ] 1*DIGIT
_NUMBERS = [
    *_spelled(
        "number",
        True,
        map("".join, product(("", "-"), ("0", "7", "10"), ("", ".0", ".05"), ("", "e1", "E+1", "e-01"))),
    ),
    *_spelled("number", True, ["1234567890", "9.8765432100", "0e0", "0E+00", "1e00000001", "1E-10", "-1.5E+2"]),
    *_named(
        "number",
        True,
        {
            "2**53 + 1": str(2**53 + 1),
            "2**63": str(2**63),
            "-2**63 - 1": str(-(2**63) - 1),
            "2**64": str(2**64),
            "400 digits": "1" * 400,
            "400 fraction digits": "0." + "3" * 400,
            "400 leading fraction zeros": "0." + "0" * 400 + "1",
            "largest double": "1.7976931348623157e308",
            "smallest double": "5e-324",
            "overflow": "1e400",
            "negative overflow": "-1e400",
            "underflow": "1e-400",
            "exponent beyond 64 bits": "1e99999999999999999999",
            "negative exponent beyond 64 bits": "1e-99999999999999999999",
            "zero with an exponent beyond 64 bits": "0e99999999999999999999",
        },
    ),
    # [ minus ]: at most one, and never a plus
    *_spelled(
        "number",
        False,
        ["+1", "+0", "--1", "-+1", "+-1", "- 1", "-", "+", "--", "-a", "1-", "1+", "1-1", "(1)", "-\n", "-.e1", "-e1"],
    ),
    # int: there is one, in decimal digits, without leading zeros
    *_spelled(
        "number", False, ["00", "01", "-00", "-01", "000", "012", "00.5", "-01.5", "01e1", "-00e1", "0" * 30 + "1"]
    ),
    *_spelled(
        "number", False, ["0x1F", "0X1", "0b1", "0o7", "1_000", "1,000", "1 000", "1'000", "1a", "1f", "1L", "1n"]
    ),
    *_spelled("number", False, ["\uff11", "\u0661", "\u00bd", "1\u00b2", "\u22121", "1%", "$1", "1/2", "1:2", "#1"]),
    # frac: a digit before the point, and one after it
    *_spelled(
        "number", False, [".", "-.", ".5", "-.5", ".5e1", "-.5e1", "1.", "0.", "-1.", "1.e1", "-0.E+1", "1..2", "1.2.3"]
    ),
    *_spelled("number", False, ["1.-2", "1.+2", "1. 2", "1 .2", "1.a", "1.2a", "1.2.", "1.5f", "1,5", "1\uff0e5"]),
    # exp: a number before the letter, a whole number after it
    *_spelled("number", False, ["e1", ".e1", "1e", "1E", "1e+", "1E-", "0e", "-1e", "1.5e", "1.5E+", "1e+-1"]),
    *_spelled(
        "number", False, ["1ee1", "1e1e1", "1e++1", "1e1.5", "1e.5", "1e1.", "1e 1", "1 e1", "1ea", "1e1a", "1e0x1"]
    ),
    # "Numeric values that cannot be represented in the grammar below (such as Infinity and NaN) are not permitted."
    *_spelled("number", False, ["NaN", "-NaN", "+NaN", "nan", "NAN", "NaN1", "NaN(1)", "Na", "N"]),
    *_spelled(
        "number", False, ["Infinity", "-Infinity", "+Infinity", "infinity", "-infinity", "INFINITY", "Infinity1"]
    ),
    *_spelled("number", False, ["Inf", "-Inf", "inf", "-inf", "-I", "-N", "-Infinit", "1.#INF", "\u221e"]),
]

# string = quotation-mark *char quotation-mark
# unescaped = %x20-21 / %x23-5B / %x5D-10FFFF
_STRINGS = [
    *_quoted(
        "string",
        True,
        {
            "empty": "",
            "space": " ",
            "printable ASCII": "".join(chr(c) for c in range(0x20, 0x7F) if chr(c) not in '"\\'),
            "solidus": "/",
            "apostrophe": "'",
            "DEL": "\x7f",
            "C1 control": "\x80\x85\x9f",
            "10,000 characters": "abcdefghij" * 1000,
            "no-break space and byte order mark": "\xa0\ufeff",
            "line and paragraph separator": "\u2028\u2029",
            "combining characters": "e\u0301\u0308",
            "emoji joined by U+200D": "\U0001f469\u200d\U0001f52c",
            "right-to-left": "\u05e9\u05dc\u05d5\u05dd",
            "noncharacters": "\ufdd0\ufffe\uffff\U0001fffe\U0010ffff",
            "looks like structure": "[1,{:}]}",
            "looks like a comment": "/* // # */",
            "looks like bad numbers": "-, 01, 2., 2.e3, NaN, -Infinity",
        },
    ),
    *_quoted("string", False, {f"raw U+{c:04X}": "a" + chr(c) + "b" for c in range(0x20)}),
    *_quoted(
        "string", False, {"raw CR LF": "a\r\nb", "raw control at the start": "\n", "raw control at the end": "a\x1f"}
    ),
    *_named(
        "string",
        False,
        {
            "a quotation mark": '"',
            "never closed": '"abc',
            "never opened": 'abc"',
            "closed too early": '"a"b"',
            "a letter after it": '"a"b',
            "a letter before it": 'b"a"',
            "prefix u": 'u"a"',
            "two of them": '"a" "b"',
            "two without a space": '"a""b"',
            "three quotation marks": '"""a"""',
            "apostrophes": "'a'",
            "opened by an apostrophe": "'a\"",
            "closed by an apostrophe": "\"a'",
            "backticks": "`a`",
            "typographic quotation marks": "\u201ca\u201d",
            "fullwidth quotation marks": "\uff02a\uff02",
            "escaped quotation marks around it": '\\"a\\"',
            "escaped solidus in place of it": "\\/",
            "concatenation": '"a"+"b"',
        },
    ),
]

# char = unescaped / escape ( %x22 / %x5C / %x2F / %x62 / %x66 / %x6E / %x72 / %x74 / %x75 4HEXDIG )
_ESCAPES = [
    *_quoted("escape", True, {f"\\{char}": f"\\{char}" for char in '"\\/bfnrt'}),
    *_quoted(
        "escape",
        True,
        {
            "all eight": r"\"\\\/\b\f\n\r\t",
            "two backslashes": r"\\\\",
            "backslash and quotation mark": r"\\\"",
            "backslash before u": r"\\u0041 \\ud800 \\uZ",
            "at both ends": r"\na\n",
            r"\u0000": r"\u0000",
            r"a\u0000b": r"a\u0000b",
            r"\u001f": r"\u001f",
            r"\u0022": r"\u0022",
            r"\u005c": r"\u005c",
            r"\u005cn": r"\u005cn",
            r"\u0041": r"\u0041",
            r"\u007f": r"\u007f",
            r"\u0080": r"\u0080",
            r"\u07ff": r"\u07ff",
            r"\u0800": r"\u0800",
            r"\ud7ff": r"\ud7ff",
            r"\ue000": r"\ue000",
            r"\ufeff": r"\ufeff",
            r"\uffff": r"\uffff",
            "hexadecimal digits in capitals": r"\uABCD\uEF09",
            "hexadecimal digits in small letters": r"\uabcd\uef09",
            "hexadecimal digits mixed": r"\uaBcD",
            "a digit after it": r"\u00410",
            "beside raw text beyond ASCII": "\u00e9\\u00e9\u00e9",
        },
    ),
    *_quoted("escape", False, {f"\\{char}": f"\\{char}" for char in "01aevxNUBFRT'`[{ ?"}),
    *_quoted(
        "escape",
        False,
        {
            r"\x41": r"\x41",
            r"\101": r"\101",
            r"\U0001F600": r"\U0001F600",
            r"\u{41}": r"\u{41}",
            r"\u": r"\u",
            r"\u4": r"\u4",
            r"\u41": r"\u41",
            r"\u041": r"\u041",
            r"\u004 1": r"\u004 1",
            r"\u004G": r"\u004G",
            r"\uG041": r"\uG041",
            r"\u 041": r"\u 041",
            r"\u+041": r"\u+041",
            r"\u-041": r"\u-041",
            r"\u0x41": r"\u0x41",
            r"\u0_41": r"\u0_41",
            r"\u00/1": r"\u00/1",
            r"\u00:1": r"\u00:1",
            r"\u00@1": r"\u00@1",
            r"\u00`1": r"\u00`1",
            "a digit beyond ASCII": "\\u004\uff11",
            "a letter beyond ASCII": "\\\u00e9",
            "a raw U+0000": "\\\0",
            "a raw line feed": "\\\n",
            "a raw tab": "\\\t",
            "cut surrogate pair": r"\ud83d\u",
            "short surrogate pair": r"\ud83d\ude0",
            "bad surrogate pair": r"\ud83d\ude0x",
            "surrogate and bad escape": r"\ud83d\x41",
        },
    ),
    *_quoted("escape", False, {"the closing quotation mark": "\\", "the second of two": '\\\\"\\'}),
    *_named(
        "escape", False, {"a backslash at the end": '"\\', r"\u at the end": '"\\u', r"\u004 at the end": '"\\u004'}
    ),
    *_spelled("escape", False, [r"\n", r"\u0031", r"\u0022a\u0022", r"[\n1]", r"[1\u002c2]", r"tru\u0065"]),
]

# Section 8.2: the grammar "allows member names and string values to contain bit sequences that cannot encode Unicode
# characters; for example, "\uDEAD" (a single unpaired UTF-16 surrogate)".
_SURROGATES = _quoted(
    "surrogate",
    True,
    {
        "lowest pair": r"\ud800\udc00",
        "highest pair": r"\udbff\udfff",
        "pair in capitals": r"\uD83D\uDE00",
        "two pairs": r"\ud83d\ude00\ud83d\ude01",
        "pair in text": r"a\ud83d\ude00b",
        "high alone": r"\ud800",
        "highest high alone": r"\udbff",
        "low alone": r"\udc00",
        "lowest low in text": r"a\udc00b",
        "high in text": r"a\ud800b",
        "low before high": r"\udc00\ud800",
        "two highs": r"\ud800\ud800",
        "two lows": r"\udc00\udc00",
        "high before a pair": r"\ud83d\ud83d\ude00",
        "low after a pair": r"\ud83d\ude00\ude00",
        "high before another escape": r"\ud800\n",
        "high before \\u0041": r"\ud800\u0041",
        "high before \\ue000": r"\ud800\ue000",
        "high before raw text": "\\ud83d\U0001f600",
        "high before an escaped backslash": r"\ud800\\udc00",
    },
)

# ws = *( %x20 / %x09 / %x0A / %x0D )
_OTHER_SPACE = {
    "U+0000": "\0",
    "U+0008": "\b",
    "U+000B": "\v",
    "U+000C": "\f",
    "U+001C": "\x1c",
    "U+001F": "\x1f",
    "U+007F": "\x7f",
    "U+0085": "\x85",
    "U+00A0": "\xa0",
    "U+200B": "\u200b",
    "U+2028": "\u2028",
    "U+3000": "\u3000",
    "line comment": "//x\n",
    "block comment": "/*x*/",
    "hash comment": "#x\n",
    "HTML comment": "<!--x-->",
    "escaped line feed": r"\n",
}
_WHITE_SPACE = [
    *_spelled("ws", True, [f"{space}1" for space in " \t\n\r"]),
    *_spelled("ws", True, [f"1{space}" for space in " \t\n\r"]),
    *_spelled("ws", True, ["\r\n1\r\n", " \t\n\r1\r\n\t ", "[ ]", "[\n]", "{ }", "{\t}"]),
    *_spelled("ws", True, ["\n[\n1\n,\n2\n]\n", '\t{\t"a"\t:\t1\t,\t"b"\t:\t2\t}\t', '\r{\r"a"\r:\r[\r]\r}\r']),
    *_named("ws", True, {"10,000 spaces before": " " * 10_000 + "1", "10,000 line feeds after": "1" + "\n" * 10_000}),
    *_named("ws", False, {f"{name} before a value": space + "1" for name, space in _OTHER_SPACE.items()}),
    *_named("ws", False, {f"{name} after a value": "1" + space for name, space in _OTHER_SPACE.items()}),
    *_named("ws", False, {f"{name} in an array": f"[1,{space}2]" for name, space in _OTHER_SPACE.items()}),
    *_named("ws", False, {f"{name} in an object": f'{{"a"{space}:1}}' for name, space in _OTHER_SPACE.items()}),
]

# value = false / null / true / object / array / number / string
_LITERALS = [
    *_spelled("literal", True, ["true", "false", "null", "[true,false,null]", '{"a":true,"b":false,"c":null}']),
    *_spelled("literal", False, ["True", "TRUE", "tRUE", "truE", "False", "FALSE", "Null", "NULL", "None", "nil"]),
    *_spelled("literal", False, ["t", "tr", "tru", "truee", "tru e", "true1", "true_", "truefalse", "true false"]),
    *_spelled("literal", False, ["f", "fals", "falsee", "false0", "n", "nul", "nulll", "null0", "nu\0ll", "tru\0"]),
    *_spelled("literal", False, ["-true", "+null", "!true", "(true)", "yes", "on", "a", "_", "undefined", "void 0"]),
    *_spelled(
        "literal", False, ["\uff54\uff52\uff55\uff45", "true\u00e9", "nul\u217c", "*", "@", "?", "\\", "/", "/a/"]
    ),
    *_spelled("literal", False, ['"true', 'true"', "[true", "[tru]", "[nul,1]", '{"a":fals}', '{"a":nulll}']),
]

# array = begin-array [ value *( value-separator value ) ] end-array
_ARRAYS = [
    *_spelled(
        "array", True, ["[]", "[1]", "[[]]", "[[],[]]", "[[[1],2],3]", "[{}]", '["a",-1.5,true,false,null,{},[]]']
    ),
    *_named("array", True, {"10,000 values": "[" + ",".join(["0"] * 10_000) + "]"}),
    *_spelled(
        "array", False, ["[", "]", "][", "[1", "1]", "[1,", "[,", "[[]", "[]]", "[[1]", "[1]]", "[1}", "[1)", "{1]"]
    ),
    *_spelled("array", False, ["[,]", "[1,]", "[,1]", "[,,]", "[1,,2]", "[1,2,]", "[[],]", "[1, ]", "[1,\n]", "[1,,]"]),
    *_spelled("array", False, ["[1 2]", "[1;2]", "[1:2]", "[1|2]", "[[][]]", '["a""b"]', '["a" "b"]', "[1\uff0c2]"]),
    *_spelled("array", False, ["(1,2)", "<1,2>", '["a":1]', "[...]", "[a]", "[*]", "[1]*2", "[1][0]", "\uff3b1\uff3d"]),
    *_spelled(
        "array",
        False,
        ["[-]", "[01]", "[1.]", "[NaN]", "[-Infinity]", '["\n"]', "[+1]", "[.5]", "[-,-]", "[- ]", "[-[]]", "[1.e]"],
    ),
]

# object = begin-object [ member *( value-separator member ) ] end-object
# member = string name-separator value
_OBJECTS = [
    *_spelled(
        "object", True, ["{}", '{"":0}', '{"a":1}', '{"a":{}}', '{"a":[]}', '{"a":1,"b":2}', '{"a":{"a":{"a":1}}}']
    ),
    *_spelled("object", True, ['{"a":1,"a":2}', '{"a":1,"a":1}', '{"\\u0000":1}', '{"\\u0061":1,"a":2}', '{"\\"":1}']),
    *_spelled("object", True, ['{"\xe9":1}', '{"\\ud83d\\ude00":1}', '{" a ":1}', '{"1":1}', '{"__class__":1}']),
    *_named("object", True, {"1,000 members": "{" + ",".join(f'"{n}":{n}' for n in range(1000)) + "}"}),
    *_spelled(
        "object", False, ["{", "}", "}{", '{"', '{"a', '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,"', '{"a":{}']
    ),
    *_spelled(
        "object", False, ['{"a":1}}', '{{"a":1}', '{"a":1]', '["a":1}', '{"a":[}', '{"a":[1}', '{"a":[1}]', "{{}}"]
    ),
    *_spelled(
        "object", False, ["{,}", '{"a":1,}', '{,"a":1}', '{"a":1,,"b":2}', '{"a":1, }', '{"a":1,\n}', '{"a":1}1']
    ),
    *_spelled(
        "object", False, ['{"a":1 "b":2}', '{"a":1;"b":2}', '{"a":1"b":2}', '{"a":1,2}', '{"a":1,"b"}', '{1,"b":2}']
    ),
    *_spelled("object", False, ['{"a"}', '{"a":}', '{"a",}', '{"a","b"}', "{:1}", '{"a" 1}', '{"a"=1}', '{"a"=>1}']),
    *_spelled(
        "object", False, ['{"a"::1}', '{"a":1:2}', '{"a":"b":1}', '{"a";1}', '{"a"1}', '{"a",1}', '{"a"\uff1a1}']
    ),
    *_spelled(
        "object", False, ["{a:1}", "{'a':1}", "{`a`:1}", "{1:1}", "{null:1}", "{true:1}", "{[]:1}", "{{}:1}", "{-1:1}"]
    ),
    *_spelled(
        "object", False, ['{"a":b}', "{\"a\":'b'}", "{*}", "{...a}", '{["a"]:1}', '{"a"b:1}', '{a"b":1}', '{"a":1,b}']
    ),
    *_spelled(
        "object", False, ['{"\n":1}', '{"\\x":1}', '{"a":-}', '{"a":00}', '{"a":1.}', '{"a":Infinity}', '{"a":"\t"}']
    ),
]

# JSON-text = ws value ws
_WHOLE = '{"a":[true,-1.5e+3,"\\u00e9\\n"]}'
_TEXTS = [
    *_spelled("JSON-text", True, [_WHOLE, '"a"', "1", " [] "]),
    *_named("JSON-text", False, {f"cut after {n}": _WHOLE[:n] for n in (0, *range(6, len(_WHOLE)))}),
    *_spelled(
        "JSON-text", False, [" ", "\n", "\t\r\n ", ",", ":", ";", "1,", ",1", "1,2", ":1", "1:", '"a":1', '"a":', ";1"]
    ),
    *_spelled(
        "JSON-text", False, ["1 2", "{}{}", "{} {}", "[][]", "[] []", "{}[]", "{}1", "[]null", "1[]", "null null"]
    ),
    *_spelled(
        "JSON-text", False, ["{};", "{},", ",{}", "{}:", "{}#", "{}//", "{}/*", "{}\0", "\0{}", "{}}", "{}]", "{}a"]
    ),
    *_named(
        "JSON-text",
        False,
        {
            "two lines": '{"a":1}\n{"b":2}',
            "record separator": "\x1e{}\n",
            "server-sent event": 'data: {"a":1}\n\n',
            "end of a stream": "data: [DONE]",
            "end of a stream without its field": "[DONE]",
            "callback": "callback({})",
            "parentheses": "({})",
            "assignment": "a={}",
            "guard against inclusion": ")]}',\n{}",
            "code block": "```json\n{}\n```",
            "prose before it": "Here is the JSON: {}",
            "prose after it": "{} I hope this helps!",
            "HTML": "<!DOCTYPE html><html></html>",
            "XML": "<a>1</a>",
            "YAML": "a: 1",
            "INI": "[a]\nb=1",
            "HTTP chunk": "2\r\n{}\r\n0\r\n\r\n",
            "gateway error": "502 Bad Gateway",
        },
    ),
]

# Section 8.1: text between systems "MUST be encoded using UTF-8", and "MUST NOT add a byte order mark" (a parser may
# ignore one; none does here). The valid sequences are those of RFC 3629, section 4.
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_ENCODING = [
    *_quoted(
        "encoding",
        True,
        {
            f"U+{c:04X}": chr(c)
            for c in (0x80, 0xE9, 0x7FF, 0x800, 0xFFF, 0x1000, 0xCFFF, 0xD000, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFF)
        },
    ),
    *_quoted(
        "encoding", True, {f"U+{c:04X}": chr(c) for c in (0x10000, 0x3FFFF, 0x40000, 0xFFFFF, 0x100000, 0x10FFFF)}
    ),
    *_quoted(
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
    *_named(
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
    *_named("encoding", False, {f"an array in {wide}": "[1]".encode(wide) for wide in _WIDE}),
    *_named("encoding", False, {f"a string in {wide}": '"a"'.encode(wide) for wide in _WIDE}),
    *_named(
        "encoding", False, {f"a byte order mark and an array in {wide}": "\ufeff[1]".encode(wide) for wide in _WIDE}
    ),
]

# Section 9: "An implementation may set limits on the maximum depth of nesting." 500 levels are within all of ours.
_NESTING = [
    *_named(
        "nesting",
        True,
        {
            "100 arrays": "[" * 100 + "]" * 100,
            "500 arrays": "[" * 500 + "]" * 500,
            "500 arrays around a value": "[" * 500 + "1" + "]" * 500,
            "500 objects": '{"a":' * 500 + "{}" + "}" * 500,
            "250 objects and arrays": '{"a":[' * 250 + "]}" * 250,
            "500 arrays side by side": "[" + "[]," * 500 + "[]]",
        },
    ),
    *_named(
        "nesting",
        False,
        {
            "500 arrays, one not closed": "[" * 500 + "]" * 499,
            "500 arrays, one closed twice": "[" * 500 + "]" * 501,
            "500 arrays around nothing and a comma": "[" * 500 + "," + "]" * 500,
            "500 arrays, one closed as an object": "[" * 500 + "]" * 250 + "}" + "]" * 249,
            "500 objects, one not closed": '{"a":' * 500 + "{}" + "}" * 499,
            "500 objects, one closed twice": '{"a":' * 500 + "{}" + "}" * 501,
            "500 objects around nothing": '{"a":' * 500 + "}" * 500,
            "250 objects and arrays, crossed": '{"a":[' * 250 + "}]" * 250,
            "100,000 arrays opened": "[" * 100_000,
            "100,000 arrays closed": "]" * 100_000,
            "100,000 objects opened": '{"a":' * 100_000,
            "100,000 objects and arrays opened": '[{"a":' * 100_000,
        },
    ),
]

CASES: tuple[Case, ...] = (
    *_NUMBERS,
    *_STRINGS,
    *_ESCAPES,
    *_SURROGATES,
    *_WHITE_SPACE,
    *_LITERALS,
    *_ARRAYS,
    *_OBJECTS,
    *_TEXTS,
    *_ENCODING,
    *_NESTING,
)
