"""White space, literals, arrays, objects, whole texts, and nesting."""

from __future__ import annotations

from conformance.case import named, spelled

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
WHITE_SPACE = [
    *spelled("ws", True, [f"{space}1" for space in " \t\n\r"]),
    *spelled("ws", True, [f"1{space}" for space in " \t\n\r"]),
    *spelled("ws", True, ["\r\n1\r\n", " \t\n\r1\r\n\t ", "[ ]", "[\n]", "{ }", "{\t}"]),
    *spelled("ws", True, ["\n[\n1\n,\n2\n]\n", '\t{\t"a"\t:\t1\t,\t"b"\t:\t2\t}\t', '\r{\r"a"\r:\r[\r]\r}\r']),
    *named("ws", True, {"10,000 spaces before": " " * 10_000 + "1", "10,000 line feeds after": "1" + "\n" * 10_000}),
    *named("ws", False, {f"{name} before a value": space + "1" for name, space in _OTHER_SPACE.items()}),
    *named("ws", False, {f"{name} after a value": "1" + space for name, space in _OTHER_SPACE.items()}),
    *named("ws", False, {f"{name} in an array": f"[1,{space}2]" for name, space in _OTHER_SPACE.items()}),
    *named("ws", False, {f"{name} in an object": f'{{"a"{space}:1}}' for name, space in _OTHER_SPACE.items()}),
]

# value = false / null / true / object / array / number / string
LITERALS = [
    *spelled("literal", True, ["true", "false", "null", "[true,false,null]", '{"a":true,"b":false,"c":null}']),
    *spelled("literal", False, ["True", "TRUE", "tRUE", "truE", "False", "FALSE", "Null", "NULL", "None", "nil"]),
    *spelled("literal", False, ["t", "tr", "tru", "truee", "tru e", "true1", "true_", "truefalse", "true false"]),
    *spelled("literal", False, ["f", "fals", "falsee", "false0", "n", "nul", "nulll", "null0", "nu\0ll", "tru\0"]),
    *spelled("literal", False, ["-true", "+null", "!true", "(true)", "yes", "on", "a", "_", "undefined", "void 0"]),
    *spelled(
        "literal", False, ["\uff54\uff52\uff55\uff45", "true\u00e9", "nul\u217c", "*", "@", "?", "\\", "/", "/a/"]
    ),
    *spelled("literal", False, ['"true', 'true"', "[true", "[tru]", "[nul,1]", '{"a":fals}', '{"a":nulll}']),
]

# array = begin-array [ value *( value-separator value ) ] end-array
ARRAYS = [
    *spelled(
        "array", True, ["[]", "[1]", "[[]]", "[[],[]]", "[[[1],2],3]", "[{}]", '["a",-1.5,true,false,null,{},[]]']
    ),
    *named("array", True, {"10,000 values": "[" + ",".join(["0"] * 10_000) + "]"}),
    *spelled(
        "array", False, ["[", "]", "][", "[1", "1]", "[1,", "[,", "[[]", "[]]", "[[1]", "[1]]", "[1}", "[1)", "{1]"]
    ),
    *spelled("array", False, ["[,]", "[1,]", "[,1]", "[,,]", "[1,,2]", "[1,2,]", "[[],]", "[1, ]", "[1,\n]", "[1,,]"]),
    *spelled("array", False, ["[1 2]", "[1;2]", "[1:2]", "[1|2]", "[[][]]", '["a""b"]', '["a" "b"]', "[1\uff0c2]"]),
    *spelled("array", False, ["(1,2)", "<1,2>", '["a":1]', "[...]", "[a]", "[*]", "[1]*2", "[1][0]", "\uff3b1\uff3d"]),
    *spelled(
        "array",
        False,
        ["[-]", "[01]", "[1.]", "[NaN]", "[-Infinity]", '["\n"]', "[+1]", "[.5]", "[-,-]", "[- ]", "[-[]]", "[1.e]"],
    ),
]

# object = begin-object [ member *( value-separator member ) ] end-object
# member = string name-separator value
OBJECTS = [
    *spelled(
        "object", True, ["{}", '{"":0}', '{"a":1}', '{"a":{}}', '{"a":[]}', '{"a":1,"b":2}', '{"a":{"a":{"a":1}}}']
    ),
    *spelled("object", True, ['{"a":1,"a":2}', '{"a":1,"a":1}', '{"\\u0000":1}', '{"\\u0061":1,"a":2}', '{"\\"":1}']),
    *spelled("object", True, ['{"\xe9":1}', '{"\\ud83d\\ude00":1}', '{" a ":1}', '{"1":1}', '{"__class__":1}']),
    *named("object", True, {"1,000 members": "{" + ",".join(f'"{n}":{n}' for n in range(1000)) + "}"}),
    *spelled(
        "object", False, ["{", "}", "}{", '{"', '{"a', '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,"', '{"a":{}']
    ),
    *spelled(
        "object", False, ['{"a":1}}', '{{"a":1}', '{"a":1]', '["a":1}', '{"a":[}', '{"a":[1}', '{"a":[1}]', "{{}}"]
    ),
    *spelled("object", False, ["{,}", '{"a":1,}', '{,"a":1}', '{"a":1,,"b":2}', '{"a":1, }', '{"a":1,\n}', '{"a":1}1']),
    *spelled(
        "object", False, ['{"a":1 "b":2}', '{"a":1;"b":2}', '{"a":1"b":2}', '{"a":1,2}', '{"a":1,"b"}', '{1,"b":2}']
    ),
    *spelled("object", False, ['{"a"}', '{"a":}', '{"a",}', '{"a","b"}', "{:1}", '{"a" 1}', '{"a"=1}', '{"a"=>1}']),
    *spelled("object", False, ['{"a"::1}', '{"a":1:2}', '{"a":"b":1}', '{"a";1}', '{"a"1}', '{"a",1}', '{"a"\uff1a1}']),
    *spelled(
        "object", False, ["{a:1}", "{'a':1}", "{`a`:1}", "{1:1}", "{null:1}", "{true:1}", "{[]:1}", "{{}:1}", "{-1:1}"]
    ),
    *spelled(
        "object", False, ['{"a":b}', "{\"a\":'b'}", "{*}", "{...a}", '{["a"]:1}', '{"a"b:1}', '{a"b":1}', '{"a":1,b}']
    ),
    *spelled(
        "object", False, ['{"\n":1}', '{"\\x":1}', '{"a":-}', '{"a":00}', '{"a":1.}', '{"a":Infinity}', '{"a":"\t"}']
    ),
]

# JSON-text = ws value ws
_WHOLE = '{"a":[true,-1.5e+3,"\\u00e9\\n"]}'
TEXTS = [
    *spelled("JSON-text", True, [_WHOLE, '"a"', "1", " [] "]),
    *named("JSON-text", False, {f"cut after {n}": _WHOLE[:n] for n in (0, *range(6, len(_WHOLE)))}),
    *spelled(
        "JSON-text", False, [" ", "\n", "\t\r\n ", ",", ":", ";", "1,", ",1", "1,2", ":1", "1:", '"a":1', '"a":', ";1"]
    ),
    *spelled(
        "JSON-text", False, ["1 2", "{}{}", "{} {}", "[][]", "[] []", "{}[]", "{}1", "[]null", "1[]", "null null"]
    ),
    *spelled(
        "JSON-text", False, ["{};", "{},", ",{}", "{}:", "{}#", "{}//", "{}/*", "{}\0", "\0{}", "{}}", "{}]", "{}a"]
    ),
    *named(
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

# Section 9: "An implementation may set limits on the maximum depth of nesting." Ours is 200 levels.
NESTING = [
    *named(
        "nesting",
        True,
        {
            "100 arrays": "[" * 100 + "]" * 100,
            "190 arrays": "[" * 190 + "]" * 190,
            "190 arrays around a value": "[" * 190 + "1" + "]" * 190,
            "190 objects": '{"a":' * 190 + "{}" + "}" * 190,
            "95 objects and arrays": '{"a":[' * 95 + "]}" * 95,
            "500 arrays side by side": "[" + "[]," * 500 + "[]]",
        },
    ),
    *named(
        "nesting",
        False,
        {
            "190 arrays, one not closed": "[" * 190 + "]" * 189,
            "190 arrays, one closed twice": "[" * 190 + "]" * 191,
            "190 arrays around nothing and a comma": "[" * 190 + "," + "]" * 190,
            "190 arrays, one closed as an object": "[" * 190 + "]" * 95 + "}" + "]" * 94,
            "190 objects, one not closed": '{"a":' * 190 + "{}" + "}" * 189,
            "190 objects, one closed twice": '{"a":' * 190 + "{}" + "}" * 191,
            "190 objects around nothing": '{"a":' * 190 + "}" * 190,
            "95 objects and arrays, crossed": '{"a":[' * 95 + "}]" * 95,
            "100,000 arrays opened": "[" * 100_000,
            "100,000 arrays closed": "]" * 100_000,
            "100,000 objects opened": '{"a":' * 100_000,
            "100,000 objects and arrays opened": '[{"a":' * 100_000,
        },
    ),
]
