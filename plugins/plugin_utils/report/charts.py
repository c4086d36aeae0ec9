# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bars, columns and timelines as SVG that is complete in itself: white ground, own fonts and colours, title, text.

Every chart takes a figure (see docs/schemas/report-1.json, $defs/figure) and returns the markup of <svg>. Nothing is
told by colour alone: a value beyond its limit is bold and has a mark.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup, escape

from ansible_collections.medops.dbcare.plugins.module_utils.values import parse_time
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.i18n import Translator

FONTS = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, WenQuanYi Micro Hei, sans-serif"
INK, MUTED, LINE, TRACK = "#1d2733", "#5a6675", "#cfd6de", "#eceff3"
GOOD, GOOD_2, BAD, LIMIT = "#2f6f8f", "#8db4c7", "#b3261e", "#8a5a00"
WIDTH = 480
MOST_BARS = 12


def tag(name: str, content: Any = None, **attributes: Any) -> Markup:
    """One element; ``_`` in an attribute's name is ``-``, values and text content are escaped."""
    parts = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(_short(value))}"'
                    for key, value in attributes.items() if value is not None)
    if content is None:
        return Markup(f"<{name}{parts}/>")  # noqa: S704 (name is ours, attributes are escaped)
    return Markup(f"<{name}{parts}>{escape(content)}</{name}>")  # noqa: S704


def _short(value: Any) -> Any:
    return f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else value


def text(x: float, y: float, content: str, size: float = 12.5, fill: str = INK, **more: Any) -> Markup:
    """A text element."""
    return tag("text", content, x=x, y=y, font_size=size, fill=fill, **more)


def width(content: str) -> float:
    """About how wide a text is at 12.5 px: there is no font to ask, and a little too wide does no harm."""
    wide = (unicodedata.east_asian_width(char) in "WFA" for char in content)
    return sum(12.5 if full else 8.6 if char.isupper() else 7.2 for char, full in zip(content, wide, strict=True))


def cut(content: str, most: float) -> str:
    """``content`` shortened to ``most`` px, its middle replaced by an ellipsis."""
    if width(content) <= most:
        return content
    head = content
    while head and width(head) > most * 0.6:
        head = head[:-1]
    tail = content[len(head):]
    while tail and width(head) + 12.5 + width(tail) > most:
        tail = tail[1:]
    return f"{head}…{tail}"


def svg(key: str, height: float, title: str, description: str, content: list[Markup]) -> Markup:
    """The frame: view box, white ground, title and description for those who do not see it."""
    ground = tag("rect", width=WIDTH, height=height, fill="#ffffff")
    told = Markup().join([tag("title", title, id=f"{key}-t"), tag("desc", description, id=f"{key}-d")])
    return tag("svg", told + ground + Markup().join(content), role="img", viewBox=f"0 0 {WIDTH} {height:g}",
               class_="chart", aria_labelledby=f"{key}-t {key}-d", font_family=FONTS)


def draw(key: str, figure: dict[str, Any], t: Translator) -> Markup:
    """The chart of a figure; ``key`` makes the ids in it unique on a page. '' where there is nothing to draw."""
    drawn = {"bars": bars, "columns": columns, "timeline": timeline}.get(figure["kind"])
    return drawn(key, figure, t) if drawn and figure["points"] else Markup()


def limit_of(point: dict[str, Any], figure: dict[str, Any]) -> Any:
    """A point's own limit, else its figure's; None where there is none."""
    own = point.get("limit")
    return figure.get("limit") if own is None else own


def beyond(point: dict[str, Any], figure: dict[str, Any]) -> bool:
    """Whether a point is worse than its limit."""
    value, limit = point.get("value"), limit_of(point, figure)
    if value is None or limit is None or figure.get("worse") is None:
        return False
    return bool(value > limit if figure["worse"] == "high" else value < limit)


def _named(point: dict[str, Any], t: Translator) -> str:
    return t.pick(point.get("label"))


def _told(figure: dict[str, Any], points: list[dict[str, Any]], t: Translator) -> str:
    parts = ((_named(p, t), t.value(p.get("value"), figure.get("unit")), p.get("note") or "") for p in points)
    return t.gettext("；").join(" ".join(filter(None, part)) for part in parts)


def _common_limit(figure: dict[str, Any], points: list[dict[str, Any]]) -> float | None:
    limits = {limit_of(point, figure) for point in points}
    return limits.pop() if len(limits) == 1 else None


# --- bars -----------------------------------------------------------------------------------------------------------

_LABEL, _TRACK_X, _TRACK_W, _ROW = 150, 160, 222, 25


def bars(key: str, figure: dict[str, Any], t: Translator) -> Markup:
    """One horizontal bar a point, in the order given, with the limit as a line."""
    points = figure["points"][:MOST_BARS]
    common = _common_limit(figure, points)
    top = 22 if common is not None else 4
    full = _full_scale(figure, points)
    height = top + _ROW * len(points) + 4
    content = [row for n, point in enumerate(points) for row in _bar(top + n * _ROW, point, figure, full, t)]
    if common is not None:
        words = t.gettext("限值 %s") % t.value(common, figure.get("unit"))
        content += _limit_line(_TRACK_X + _TRACK_W * min(1.0, common / full), top, height, words)
    return svg(key, height, t.pick(figure["title"]), _told(figure, points, t), content)


def _full_scale(figure: dict[str, Any], points: list[dict[str, Any]]) -> float:
    if figure.get("unit") == "%":
        return 100.0
    values = [point.get("value") or 0 for point in points]
    limits = [limit_of(point, figure) or 0 for point in points]
    return max([*values, *[limit * 1.15 for limit in limits]]) or 1.0


def _bar(y: float, point: dict[str, Any], figure: dict[str, Any], full: float, t: Translator) -> Iterator[Markup]:
    bad, value = beyond(point, figure), point.get("value")
    name = _named(point, t)
    width = _TRACK_W * max(0.0, min(1.0, (value or 0) / full))
    yield text(_LABEL, y + 16, cut(name, _LABEL), text_anchor="end")
    yield tag("rect", x=_TRACK_X, y=y + 4, width=_TRACK_W, height=15, rx=2, fill=TRACK)
    if width > 0:
        yield tag("rect", tag("title", _told(figure, [point], t)), x=_TRACK_X, y=y + 4, width=width, height=15, rx=2,
                  fill=BAD if bad else GOOD)
    own = point.get("limit")
    if own is not None and _common_limit(figure, figure["points"][:MOST_BARS]) is None:
        x = _TRACK_X + _TRACK_W * min(1.0, own / full)
        yield tag("line", x1=x, x2=x, y1=y + 1, y2=y + 22, stroke=LIMIT, stroke_width=2)
    yield text(_TRACK_X + _TRACK_W + 10, y + 16, ("▲ " if bad else "") + _short_value(value, figure, t),
               fill=BAD if bad else INK, font_weight=700 if bad else None)


def _short_value(value: float | None, figure: dict[str, Any], t: Translator) -> str:
    return t.value(round(value, 1) if isinstance(value, float) else value, figure.get("unit"))


def _limit_line(x: float, top: float, bottom: float, words: str) -> Iterator[Markup]:
    yield tag("line", x1=x, x2=x, y1=top - 3, y2=bottom - 3, stroke=LIMIT, stroke_width=1.5, stroke_dasharray="4 3")
    yield text(min(x, WIDTH - 60), top - 8, words, size=11.5, fill=LIMIT, text_anchor="middle")


# --- columns --------------------------------------------------------------------------------------------------------

_LEFT, _RIGHT, _TOP, _PLOT = 40, 10, 20, 116


def columns(key: str, figure: dict[str, Any], t: Translator) -> Markup:
    """Counts over time: one group of columns for each ``at``, one column in it for each label."""
    points = figure["points"]
    names = sorted({_named(point, t) for point in points})
    moments = sorted({point["at"] for point in points if point.get("at")})
    full = _full_scale(figure, points)
    content = list(_grid(full, t))
    slot = (WIDTH - _LEFT - _RIGHT) / max(1, len(moments))
    for point in points:
        if point.get("at") and point.get("value") is not None:
            x = _LEFT + slot * moments.index(point["at"])
            told = f"{t.time(point['at'])} {_told(figure, [point], t)}"
            width = slot * 0.76 / len(names)
            series = names.index(_named(point, t))
            height = _PLOT * min(1.0, point["value"] / full)
            fill = BAD if beyond(point, figure) else (GOOD, GOOD_2)[series % 2]
            content += _column(x + slot * 0.12 + width * series, width, height, fill, told)
    content += _column_axis(moments, slot, t)
    if figure.get("limit") is not None:
        content += _level(figure, full, t)
    height = _TOP + _PLOT + 22
    if len(names) > 1:
        content += _legend(names, height, t)
        height += 22
    return svg(key, height, t.pick(figure["title"]), _worst_told(figure, t), content)


def _worst_told(figure: dict[str, Any], t: Translator) -> str:
    worst = max((point for point in figure["points"]), key=lambda point: point.get("value") or 0)
    return t.gettext("最高值：%(value)s（%(at)s）") % {
        "value": _told(figure, [worst], t), "at": t.time(worst.get("at"))}


def _grid(full: float, t: Translator) -> Iterator[Markup]:
    for share in (0.0, 0.5, 1.0):
        y = _TOP + _PLOT * (1 - share)
        yield tag("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, stroke=LINE)
        yield text(_LEFT - 6, y + 4, t.number(round(full * share, 1 if full < 10 else 0)), size=11.5, fill=MUTED,
                   text_anchor="end")


def _column(x: float, width: float, height: float, fill: str, told: str) -> Iterator[Markup]:
    y = _TOP + _PLOT - height
    yield tag("rect", tag("title", told), x=x, y=y, width=width, height=height, fill=fill)
    if fill == BAD:
        yield text(x + width / 2, y - 4, "▲", size=9, fill=BAD, text_anchor="middle")


def _column_axis(moments: list[str], slot: float, t: Translator) -> Iterator[Markup]:
    step = max(1, round(len(moments) / 6))
    for n in range(0, len(moments), step):
        moment = parse_time(moments[n])
        words = moment.strftime("%H:%M") if moment else moments[n]
        yield text(_LEFT + slot * (n + 0.5), _TOP + _PLOT + 16, words, size=11.5, fill=MUTED, text_anchor="middle")


def _level(figure: dict[str, Any], full: float, t: Translator) -> Iterator[Markup]:
    y = _TOP + _PLOT * (1 - min(1.0, figure["limit"] / full))
    words = t.gettext("限值 %s") % t.value(figure["limit"], figure.get("unit"))
    yield tag("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, stroke=LIMIT, stroke_width=1.5, stroke_dasharray="4 3")
    yield text(_LEFT + 4, y - 5, words, size=11.5, fill=LIMIT, stroke="#ffffff", stroke_width=3, paint_order="stroke")


def _legend(names: list[str], y: float, t: Translator) -> Iterator[Markup]:
    x = float(_LEFT)
    for n, name in enumerate(names):
        yield tag("rect", x=x, y=y + 4, width=11, height=11, fill=(GOOD, GOOD_2)[n % 2])
        yield text(x + 16, y + 14, cut(name, 140), size=11.5, fill=MUTED)
        x += 32 + width(cut(name, 140))


# --- timeline -------------------------------------------------------------------------------------------------------

_LANE = 28


def timeline(key: str, figure: dict[str, Any], t: Translator) -> Markup:
    """Events on a time axis, a lane for each label: a disc for success, a cross for failure, the age of the last."""
    begin, end = parse_time(figure.get("from")), parse_time(figure.get("to"))
    if not begin or not end or end <= begin:
        return Markup()
    lanes: dict[str, list[dict[str, Any]]] = {}
    for point in figure["points"]:
        lanes.setdefault(_named(point, t), []).append(point)
    content = [*_days(begin, end, len(lanes))]
    told = []
    for n, (name, points) in enumerate(lanes.items()):
        words, bad = _age(points, end, t)
        told.append(f"{name}: {words}")
        y = n * _LANE + 18
        content += _lane(y, name, begin, end)
        ordered = sorted(points, key=lambda point: point.get("ok") is False)  # failures on top
        content += [event for point in ordered for event in _event(y, point, (begin, end), t)]
        content.append(text(_at(end, (begin, end)) + 12, y + 4.5, ("▲ " if bad else "") + words,
                            fill=BAD if bad else INK, font_weight=700 if bad else None))
    return svg(key, len(lanes) * _LANE + 32, t.pick(figure["title"]), t.gettext("；").join(told), content)


def _age(points: list[dict[str, Any]], end: datetime, t: Translator) -> tuple[str, bool]:
    """The age of the last success and how many failed, in words; and whether that is bad."""
    done = [moment for point in points if point.get("ok") is not False and (moment := parse_time(point.get("at")))]
    failed = sum(1 for point in points if point.get("ok") is False)
    mark = f" ✕{failed}" if failed else ""
    if not done:
        return t.gettext("没有") + mark, True
    age = end - max(done)
    limit = points[0].get("limit")
    return t.gettext("%s前") % t.span(age) + mark, bool(failed) or (limit is not None and age > timedelta(hours=limit))


def _at(moment: datetime, span: tuple[datetime, datetime]) -> float:
    share = (moment - span[0]) / (span[1] - span[0])
    return 106 + 256 * max(0.0, min(1.0, share))


def _lane(y: float, name: str, begin: datetime, end: datetime) -> Iterator[Markup]:
    yield text(94, y + 4.5, cut(name, 92), text_anchor="end")
    yield tag("line", x1=_at(begin, (begin, end)), x2=_at(end, (begin, end)), y1=y, y2=y, stroke=LINE, stroke_width=2)


def _event(y: float, point: dict[str, Any], span: tuple[datetime, datetime], t: Translator) -> Iterator[Markup]:
    moment = parse_time(point.get("at"))
    if not moment or moment < span[0]:
        return
    x = _at(moment, span)
    told = tag("title", " ".join(filter(None, [_named(point, t), t.time(point["at"]), point.get("note")])))
    if point.get("ok") is not False:
        yield tag("circle", told, cx=x, cy=y, r=4.5, fill=GOOD, stroke="#ffffff", stroke_width=1)
    else:
        path = f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10"
        yield tag("path", told, d=path, stroke=BAD, stroke_width=2.6, fill="none")


def _days(begin: datetime, end: datetime, lanes: int) -> Iterator[Markup]:
    span, bottom = (begin, end), lanes * _LANE + 10
    step = timedelta(days=max(1, (end - begin).days // 4))
    moment = end
    while moment >= begin:
        x = _at(moment, span)
        yield tag("line", x1=x, x2=x, y1=4, y2=bottom, stroke=TRACK)
        yield text(x, bottom + 15, moment.strftime("%m-%d"), size=11.5, fill=MUTED, text_anchor="middle")
        moment -= step
