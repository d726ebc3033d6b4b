"""How a report shows itself, as text and as HTML with plots."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from log_lines import change, line

from router_schema import Report, check
from router_schema.logs import Group, Place, Problem, TypeCounts, UnknownKey, ValueCount
from router_schema.logs.present.html import fragment, page
from router_schema.logs.present.plot import plots
from router_schema.logs.present.tables import changes_table, headline, tables_of

BAD = check([line(), line(id=1), b"{"])
NOON = 1767268800.0  # 2026-01-01 12:00 UTC


# --- as text ---


def test_a_report_is_one_line_to_a_debugger() -> None:
    """The repr is short for any report."""
    assert repr(BAD) == "<Report: 3 bodies: 1 valid (33.3%), 1 invalid, 1 malformed>"
    assert len(repr(check([line(**{f"k{number}": 1 for number in range(500)})]))) < 100


def test_a_report_prints_as_tables() -> None:
    """As text, a report is what the command prints, twenty rows of each table."""
    many = Report(bodies=30, valid=30, models=tuple(ValueCount(f"m{number}", 1) for number in range(30)))

    assert str(BAD).startswith(f"{headline(BAD)}\n\nProblems\n  bodies  share  path")
    assert "m19" in str(many)
    assert "m20" not in str(many)
    assert "… and 10 more" in str(many)


def test_a_report_prints_on_a_rich_console() -> None:
    """A rich console shows the coloured tables, as wide as it is."""
    console = pytest.importorskip("rich.console")
    out = io.StringIO()
    console.Console(file=out, width=60, color_system=None).print(BAD)

    assert out.getvalue().startswith(headline(BAD))
    assert max(map(len, out.getvalue().splitlines())) <= 60


# --- as HTML ---


class Page(HTMLParser):
    """The tags of a page, which must be closed in order, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and that it is open unless it has no content."""
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "line", "rect", "path"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that closes itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """A tag closes the last one that is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.texts.append(data)


def whole_page(report: Report, **options: Any) -> Page:
    """The page of a report."""
    return Page(page(report, tables_of(report, None), **options))


def test_a_page_loads_nothing() -> None:
    """A page has no script, no link and no address of anything, and forbids the browser to load any."""
    found = whole_page(BAD)
    names = {name for _, attributes in found.tags for name in attributes}

    assert {tag for tag, _ in found.tags}.isdisjoint({"script", "link", "img", "iframe", "object", "a"})
    assert names.isdisjoint({"src", "href", "srcset", "onload", "onclick", "style"})
    assert "url(" not in page(BAD, [])
    assert any("default-src 'none'" in attributes.get("content", "") for _, attributes in found.tags)


def test_a_page_has_the_verdict_the_changes_and_the_tables() -> None:
    """The headline stands first, then notes, changes, plots and tables; what fails is marked."""
    changes = (change("'m2'", (0, 1), (1, 3), fails=True), change("'m1'", (0, 1), (1, 3)))
    report = check([line(), line(created=1.7e9, a=1)])
    found = whole_page(report, first=[changes_table(changes, "old.json", None)], notes=["try another"])
    text = "".join(found.texts)
    order = [headline(report), "try another", "Changes since old.json", "Over time", "Keys that", "Fields of"]

    assert sorted(order, key=text.rindex) == order
    assert [attributes for tag, attributes in found.tags if tag == "tr"].count({"class": "fails"}) == 1
    assert ("p", {"class": "verdict ok"}) in found.tags
    assert ("p", {"class": "verdict not-ok"}) in whole_page(BAD).tags


def test_a_name_marks_no_row() -> None:
    """Rows that fail are marked by a column of their own, and not by the name of a group."""
    found = whole_page(check([line(model="!")], by="model"))

    assert ("tr", {"class": "fails"}) not in found.tags
    assert "!" in found.texts


def test_text_is_escaped() -> None:
    """Names of keys, files and values can neither end a tag nor control anything."""
    evil = "</td><script>alert(1)</script>&amp;\x1b\u202e\"'"
    problem = Problem(f"$['{evil}']", "type", evil, evil, 1, (Place(evil, 1),), NOON, NOON + 9)
    report = Report(
        bodies=2, problems=(problem,), models=(ValueCount(evil, 1, NOON, NOON, Place(evil, 2)),), created_min=0.0
    )
    first = [changes_table((change(evil, (0, 1), (1, 1)),), evil, None)]
    found = whole_page(report, first=first, notes=[evil])

    assert "script" not in {tag for tag, _ in found.tags}
    assert not {"\x1b", "\u202e"} & {*"".join(found.texts)}
    assert "".join(found.texts).count("</td><script>alert(1)</script>&amp;\\x1b\\u202e") >= 5


def test_when_and_where_stand_below() -> None:
    """The first place and the times of a row stand in its main cell, which keeps tables narrow; long cells fold."""
    problem = Problem("$.id", "type", "string", "null " * 20, 5, (Place("a.jsonl", 7),), NOON, NOON + 60)
    text = fragment(Report(bodies=9, problems=(problem,)), tables_of(Report(bodies=9, problems=(problem,)), None))

    assert (
        "<td><code>$.id</code><small><span>first at a.jsonl:7</span>, <span>from 2026-01-01 12:00</span>, "
        "<span>to 2026-01-01 12:01 UTC</span></small></td>"
    ) in text
    assert "<th>first at</th>" not in text
    assert '<td class="long">expected string, got null' in text


def test_notebooks_show_html() -> None:
    """A notebook shows the same tables and plots, in styles that apply to nothing else."""
    text = BAD._repr_html_()
    style = re.search("<style>(.*?)</style>", text, re.S)[1]  # type: ignore[index]
    selectors = [selector.strip() for rule in style.split("}")[:-1] for selector in rule.split("{")[0].split(",")]

    assert Page(text).tags[0] == ("div", {"class": "router-schema"})
    assert headline(BAD) in text
    assert all(selector.startswith(".router-schema") for selector in selectors)
    assert "<html" not in text


def test_notes_of_tables_are_shown() -> None:
    """A cut table and one without rows say so."""
    report = Report(bodies=3, models=tuple(ValueCount(f"m{number}", 1) for number in range(3)))
    text = page(report, tables_of(report, 2), first=[changes_table((), "old", None)])

    assert '<p class="soft">… and 1 more (--rows 0 shows all)</p>' in text
    assert '<p class="soft">none</p>' in text


# --- plots ---


def drawing(text: str) -> list[Any]:
    """The elements of the only plot."""
    (svg,) = re.findall("<svg.*?</svg>", text)
    return [*ElementTree.fromstring(svg).iter()]


def rectangles(text: str, kind: str) -> list[tuple[float, float]]:
    """Where each rectangle of that kind begins, and how wide it is."""
    found = [element.attrib for element in drawing(text) if element.tag == "rect" and element.attrib["class"] == kind]
    return [(float(each["x"]), float(each["width"])) for each in found]


def titles(text: str) -> list[str]:
    """What a pointer shows of each element."""
    return [element.text for element in drawing(text) if element.tag == "title"]


@pytest.mark.parametrize(
    "report",
    [
        Report(),
        Report(bodies=1, created_min=NOON, created_max=NOON + 1),
        Report(bodies=1, models=(ValueCount("m", 1),), created_min=NOON, created_max=NOON + 1),
        Report(bodies=1, models=(ValueCount("m", 1, NOON, NOON),), created_min=NOON, created_max=NOON),
        Report(bodies=1, models=(ValueCount("m", 1, -1e300, 1e300),), created_min=-1e300, created_max=1e300),
        Report(bodies=2, groups=(Group("model", "m", 1), Group("day", "", 1), Group("day", "2026-01-01", 0))),
        Report(bodies=2, groups=(Group("day", "1970-01-01", 1), Group("hour", "never", 1))),
    ],
)
def test_nothing_to_plot(report: Report) -> None:
    """Without plausible times there is no plot."""
    assert plots(report) == ""
    assert "Over time" not in page(report, [])


def test_bodies_of_each_hour() -> None:
    """Each hour has a bar of its bodies, of those not valid, and of their part; hours without bodies stay empty."""
    groups = (Group("hour", "2026-01-01 12:00", 100, 100), Group("hour", "2026-01-01 15:00", 50, 25))
    text = plots(Report(bodies=150, groups=groups))

    assert titles(text) == [
        "2026-01-01 12:00: 100 bodies, 0% not valid",
        "2026-01-01 15:00: 50 bodies, 50.0% not valid",
    ]
    assert [x for x, _ in rectangles(text, "valid")] == [60.0, 675.0]
    heights = [float(each.attrib["height"]) for each in drawing(text) if each.tag == "rect"]
    assert heights == [90.0, 0.0, 0.0, 45.0, 22.5, 90.0]
    assert "Bodies each hour" in text


def test_valid_days_have_no_second_bars() -> None:
    """If every body is valid there is no part to draw."""
    text = plots(Report(bodies=1, groups=(Group("day", "2026-01-01", 1, 1),)))

    assert len(rectangles(text, "invalid")) == 1
    assert "Bodies each day" in text


def test_first_and_last_times() -> None:
    """Problems, unknown keys, finish reasons and models are drawn from their first time to their last."""
    report = Report(
        bodies=9,
        problems=(
            Problem("$.id", "missing", "string", "nothing", 5, (Place("a", 7),), NOON, NOON + 60),
            Problem("$.id", "type", "string", "null", 5, (Place("a", 7),), NOON + 30, NOON + 60),
            Problem("$", "malformed", "JSON", "not JSON", 5, (Place("a", 8),)),
        ),
        unknown_keys=(UnknownKey("$.k", 1, TypeCounts(), NOON + 60, NOON + 60),),
        finish_reasons=(ValueCount("stop", 1, NOON, NOON),),
        models=(ValueCount("m" * 60, 1, 0.0, 1e300),),
        created_min=0.0,
        created_max=1e300,
    )
    text = plots(report)

    assert rectangles(text, "invalid") == [(330.0, 550.0), (605.0, 275.0)]
    assert rectangles(text, "key") == [(877.0, 3.0)]
    assert rectangles(text, "valid") == [(330.0, 3.0), (330.0, 550.0)]
    assert titles(text)[0] == "$.id missing: 2026-01-01 12:00:00 UTC to 2026-01-01 12:01:00 UTC"
    assert titles(text)[4].endswith("1970-01-01 00:00:00 UTC to 1e+300")
    assert f"model {'m' * 41}…" in text
    assert "not JSON" not in text


def test_many_rows_are_cut() -> None:
    """A plot shows the most frequent rows of each table."""
    models = tuple(ValueCount(f"m{number}", 1, NOON, NOON + 60) for number in range(1000))

    assert 0 < len(rectangles(plots(Report(bodies=1, models=models)), "valid")) < 20


@pytest.mark.parametrize("seconds", [1, 60, 3600, 86400, 86400 * 30, 86400 * 3650, 86400 * 30000])
def test_axes_have_a_few_times(seconds: float) -> None:
    """Whatever a log spans, some round times label it, and not too many."""
    models = (ValueCount("m", 1, 1.45e9, 1.45e9 + seconds),)
    labels = [each.text for each in drawing(plots(Report(bodies=1, models=models))) if each.tag == "text"]
    times = [label for label in labels if re.fullmatch(r"\d\d-\d\d \d\d:\d\d|\d{4}-\d\d-\d\d", label)]

    assert len(times) <= 7
    assert times or seconds < 60
