"""Texts, each with a type that accepts it: together they reach every node of a plan."""

import json
from typing import Any

from classes import Containers, Half, Node, Renamed, Scalars

from router_schema import RouterCompletionsResponseBody

TEXTS: list[tuple[Any, str]] = [
    (
        RouterCompletionsResponseBody,
        '{"id":"cmpl \\u20ac","choices":[{"finish_reason":"stop","index":0,"text":"a\\n€"},{"finish_reason":"length",'
        '"index":2000,"text":"b"}],"created":1760000123.5,"model":"m","system_fingerprint":"f","object":"o",'
        '"usage":{"total_tokens":5},"x":[{"y":1}]}',
    ),
    (
        Containers,
        '{"items":[1,123456789012345678901234567890],"table":{"ab":1.5,"é":2,"ab":3.5},"color":"red","maybe":null}',
    ),
    (Scalars, '{"text":"\\ud83d\\ude00","real":0.1,"whole":7,"flag":true,"anything":{"a":[1.5,"x",null,{"b":"c"}]}}'),
    (Node, '{"name":"a","next":{"name":"b","name":"c"},"children":[{"name":"é"}]}'),
    (list[Half], '[{"name":"a","extra":"b"},{"name":"c"}]'),
    (Renamed, '{"clé €":1,"a\\"\\\\\\n":2}'),
    (Any, json.dumps([[n, str(n), {"k": n / 7}] for n in range(200)])),
    (list[int], str([1] * 300)),  # more values than the stack has room for at first
    (str, '"' + "\\n" * 5000 + '"'),
    (str, '"' + "\\u20ac" * 5000 + '"'),
    (str, '"' + "x" * 5000 + '\\n"'),
    (float, "1" * 100 + ".5"),
    (int, "1" * 100),
]
