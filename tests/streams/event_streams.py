"""
Event streams and their outcomes, case by case.

They cover the cases of the public tests for event streams (web-platform-tests, ``eventsource/format-*`` and relatives),
and those that the decoder's shortcuts could get wrong. All texts are our own.
"""

from __future__ import annotations

from typing import Any

import attrs

BOM = b"\xef\xbb\xbf"


@attrs.frozen
class Case:
    """
    A stream and its outcome.

    Attributes:
        name: The rule that it tests.
        stream: Its bytes.
        events: Its events: the data alone for type ``message`` without an ID, else (type, data, id).
        comments: Its comments.
        retry: The reconnection time after it.
        last_event_id: The last event ID after it.
    """

    name: str
    stream: bytes
    events: list[Any]
    comments: list[bytes] = attrs.field(factory=list, kw_only=True)
    retry: int | None = attrs.field(default=None, kw_only=True)
    last_event_id: str = attrs.field(default="", kw_only=True)

    @property
    def expected(self) -> list[tuple[str, bytes, str]]:
        """Its events in full."""
        return [("message", event, "") if isinstance(event, bytes) else event for event in self.events]


CASES = [
    # the ends of lines
    Case("newlines", b"data: rye\n\ndata: oats\n\n", [b"rye", b"oats"]),
    Case("carriage returns and newlines", b"data: rye\r\n\r\ndata: oats\r\n\r\n", [b"rye", b"oats"]),
    Case("carriage returns", b"data: rye\r\rdata: oats\r\r", [b"rye", b"oats"]),
    Case("all ends in one event", b"data:rye\r\ndata\ndata:oats\rdata:hops\r\n\r", [b"rye\n\noats\nhops"]),
    Case("newline, then carriage return", b"data: rye\n\rdata: oats\n\r", [b"rye", b"oats"]),
    Case("carriage return, newline, newline", b"data: rye\r\n\ndata: oats\r\n\n", [b"rye", b"oats"]),
    Case("carriage return, carriage return, newline", b"data: rye\r\r\ndata: oats\r\r\n", [b"rye", b"oats"]),
    Case("no other ends", "data: rye\u2028\u2029\u0085\v\f\x1c\x1d\x1eoats\n\n".encode(),
         ["rye\u2028\u2029\u0085\v\f\x1c\x1d\x1eoats".encode()]),
    Case("blank lines at the start", b"\n\r\n\rdata: rye\n\n", [b"rye"]),
    Case("blank lines between", b"data: rye\n\n\n\n\r\n\r\rdata: oats\n\n\n", [b"rye", b"oats"]),
    # the byte order mark
    Case("mark", BOM + b"data: rye\n\n", [b"rye"]),
    Case("mark before a line that is no first one", BOM + b"data: rye\n\n" + BOM + b"data: oats\n\ndata: hops\n\n",
         [b"rye", b"hops"]),
    Case("two marks", BOM + BOM + b"data: rye\n\ndata: oats\n\n", [b"oats"]),
    Case("mark in the data", b"data: " + BOM + b"rye\n\n", [BOM + b"rye"]),
    Case("half a mark", BOM[:2] + b"data: rye\n\ndata: oats\n\n", [b"oats"]),
    Case("mark alone", BOM, []),
    Case("mark before a comment", BOM + b":rye\ndata:oats\n\n", [b"oats"], comments=[b"rye"]),
    Case("mark before a blank line", BOM + b"\ndata:oats\n\n", [b"oats"]),
    # data
    Case("no value, no colon, a value", b"data:\n\ndata\ndata\n\ndata:rye\n\n", [b"", b"\n", b"rye"]),
    Case("several lines", b"data: rye\ndata: oats\ndata:\ndata: hops\n\n", [b"rye\noats\n\nhops"]),
    Case("one space goes, and no more", b"data:rye\n\ndata: rye\n\ndata:  rye\n\ndata:   rye \n\n",
         [b"rye", b"rye", b" rye", b"  rye "]),
    Case("other white space stays", b"data:\trye\ndata: \ndata:\xc2\xa0oats\n\n", [b"\trye\n\n\xc2\xa0oats"]),
    Case("colons in the value", b"data:: rye: oats::\n\n", [b": rye: oats::"]),
    Case("null characters", b"data:\0\n\n\n\ndata: rye\0oats\n\n", [b"\0", b"rye\0oats"]),
    Case("not UTF-8", b"data: r\xffye \xed\xa0\x80 \xc3\n\n", [b"r\xffye \xed\xa0\x80 \xc3"]),
    Case("beyond ASCII", "data: Grütze, 燕麦, 🌾\n\n".encode(), ["Grütze, 燕麦, 🌾".encode()]),
    Case("a space for a value", b"data: \n\ndata:  \n\n", [b"", b" "]),
    Case("data that looks like fields", b"data: data: rye\ndata: : oats\n\n", [b"data: rye\n: oats"]),
    # names of fields
    Case("case matters", b"Data: rye\nDATA: oats\ndata: hops\n\n", [b"hops"]),
    Case("names that only resemble", b"data\0: rye\n\0data: rye\nda-ta: rye\ndata_x\n data: rye\ndat: rye\ndata : rye\n"
         b"data: hops\n\n", [b"hops"]),
    Case("unknown fields", b"data: rye\n data\ndata\nsilo: full\njusttext\n: remark\ndata: oats\n\n", [b"rye\n\noats"],
         comments=[b" remark"]),
    Case("unknown fields alone", b"silo: full\n\nbarn\n\n", []),
    Case("mixed", b"data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\n"
         b"data:4\n\n", [b"\0\n 2\n1\n3\n\n4"]),
    # comments
    Case("comments", b": rye\n:oats\n:\ndata: hops\n\n", [b"hops"], comments=[b" rye", b"oats", b""]),
    Case("comments in an event", b"data:1\r:\0\n:\r\ndata:2\n:" + b"x" * 2000 + b"\rdata:3\n:data:no\r:\ndata:4\n\n",
         [b"1\n2\n3\n4"], comments=[b"\0", b"", b"x" * 2000, b"data:no", b""]),
    Case("comments alone", b": rye\n\n: oats\n\n", [], comments=[b" rye", b" oats"]),
    Case("comment without an end", b"data: rye\n\n: oats", [b"rye"]),
    # types
    Case("a type", b"event: sown\ndata: rye\n\ndata: rye\n\n", [("sown", b"rye", ""), b"rye"]),
    Case("an empty type", b"event: \ndata: rye\n\nevent\ndata: oats\n\n", [b"rye", b"oats"]),
    Case("the last type counts", b"event: sown\nevent: mown\ndata: rye\n\n", [("mown", b"rye", "")]),
    Case("an empty type takes back", b"event: sown\nevent:\ndata: rye\n\n", [b"rye"]),
    Case("a type after the data", b"data: rye\nevent: sown\n\n", [("sown", b"rye", "")]),
    Case("a type without data is forgotten", b"event: sown\n\ndata: rye\n\n", [b"rye"]),
    Case("one space of a type goes", b"event:  sown\ndata: rye\n\n", [(" sown", b"rye", "")]),
    Case("a type that is not UTF-8", b"event: s\xffwn\ndata: rye\n\n", [("s\ufffdwn", b"rye", "")]),
    # ids
    Case("an ID stays", b"id: 7\ndata: rye\n\ndata: oats\n\n", [("message", b"rye", "7"), ("message", b"oats", "7")],
         last_event_id="7"),
    Case("an ID is replaced", b"id: 7\ndata: rye\n\nid: 8\ndata: oats\n\n",
         [("message", b"rye", "7"), ("message", b"oats", "8")], last_event_id="8"),
    Case("an ID is taken back", b"id: 7\ndata: rye\n\nid\ndata: oats\n\nid: 9\ndata: hops\n\nid:\ndata: corn\n\n",
         [("message", b"rye", "7"), b"oats", ("message", b"hops", "9"), b"corn"]),
    Case("IDs with a null are ignored",
         b"id: 7\nid: \0\nid:8\0\nid:\x008\nid:8\x009\nid: \x008\ndata: rye\n\n",
         [("message", b"rye", "7")], last_event_id="7"),
    Case("an ID without data counts", b"id: 7\n\ndata: rye\n\n", [("message", b"rye", "7")], last_event_id="7"),
    Case("an ID that is not dispatched", b"data: rye\n\nid: 7\ndata: oats", [b"rye"]),
    Case("an ID that is not dispatched, whole line", b"data: rye\n\nid: 7\n", [b"rye"]),
    Case("an ID that is not UTF-8", b"id: \xc3\ndata: rye\n\n", [("message", b"rye", "\ufffd")],
         last_event_id="\ufffd"),
    # the reconnection time
    Case("a time", b"retry: 3000\ndata: rye\n\n", [b"rye"], retry=3000),
    Case("a time needs no event", b"retry:20\n", [], retry=20),
    Case("a time with zeros", b"retry: 0" + b"0" * 30 + b"7\n", [], retry=7),
    Case("a time with thousands of zeros", b"retry: " + b"0" * 5000 + b"7\n", [], retry=7),
    Case("no times", b"retry: 40\nretry: 1000x\nretry: -1\nretry: 1.5\nretry:\nretry\nretry: \nretry: +3\nretry:  5\n"
         b"retry: 1_000\nretry: \xd9\xa3\ndata: rye\n\n", [b"rye"], retry=40),
    # the end
    Case("no blank line at the end", b"data: rye\n\ndata: oats\n", [b"rye"]),
    Case("no end of the last line", b"data: rye\n\ndata: oats", [b"rye"]),
    Case("fields before the end", b"retry: 50\ndata: rye\n\nid: 7\nevent: sown\ndata: oats\n", [b"rye"], retry=50),
    Case("nothing", b"", []),
    # what the shortcuts could get wrong
    Case("type in the middle", b"data: rye\n\nevent: sown\ndata: oats\n\ndata: hops\n\n",
         [b"rye", ("sown", b"oats", ""), b"hops"]),
    Case("with and without a space", b"data: rye\n\ndata:oats\n\ndata: hops\n\ndata:corn\n\n",
         [b"rye", b"oats", b"hops", b"corn"]),
    Case("two lines in the middle", b"data: rye\n\ndata: oats\ndata: hops\n\ndata: corn\n\n",
         [b"rye", b"oats\nhops", b"corn"]),
    Case("no data in the middle", b"data: rye\n\nsilo\n\ndata: oats\n\n", [b"rye", b"oats"]),
    Case("empty data", b"data: \n\ndata: \n\ndata: rye\n\n", [b"", b"", b"rye"]),
    Case("a lone carriage return in the data", b"data: rye\n\ndata: oats\rhops\n\n", [b"rye", b"oats"]),
]  # fmt: skip
