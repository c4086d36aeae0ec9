# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Aggregates, also usable as window aggregates."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import islice
from typing import Any

from estate.sql import dates
from estate.sql.errors import ora
from estate.sql.functions.registry import AGGREGATES, State, kept
from estate.sql.numbers import WIDE, Number, dec, exact, near
from estate.sql.values import date_text, interval_text, parse_interval


class Aggregate:
    """Base: collects rows, computes at the end; ``inverse`` takes the oldest row out of a moving window."""

    state: State

    def __init__(self) -> None:
        self.rows: deque[Any] = deque()

    def step(self, *args: Any) -> None:
        """One row more."""
        self.rows.append(args)

    def inverse(self, *args: Any) -> None:
        """The oldest row leaves the window."""
        self.rows.popleft()

    def value(self) -> Any:
        """The result for the rows at hand."""
        try:
            return self.compute()
        except Exception as error:
            raise kept(self.state, error) from None

    finalize = value

    def compute(self) -> Any:
        """To be given by each aggregate."""
        raise NotImplementedError


def aggregate(name: str) -> Callable[[type[Aggregate]], type[Aggregate]]:
    """Register a class under its SQLite name."""

    def register_one(cls: type[Aggregate]) -> type[Aggregate]:
        AGGREGATES[name] = lambda state: type(cls.__name__, (cls,), {"state": state})
        return cls

    return register_one


class Total(Aggregate):
    """Running sum and count of numbers (exact) or intervals."""

    def __init__(self) -> None:
        self.integer, self.decimal, self.count = 0, Decimal(0), 0

    def step(self, *args: Any) -> None:
        self._move(args[0], 1)

    def inverse(self, *args: Any) -> None:
        self._move(args[0], -1)

    def _move(self, value: Any, sign: int) -> None:
        if value is None:
            return
        self.count += sign
        if type(value) is int:
            self.integer += sign * value
        else:
            self.decimal = WIDE.add(self.decimal, sign * dec(value))

    def total(self) -> Decimal:
        """The sum."""
        return WIDE.add(Decimal(self.integer), self.decimal)


@aggregate("x_sum")
class Sum(Total):
    """SUM."""

    def compute(self) -> Number | None:
        return exact(self.total()) if self.count else None


@aggregate("x_avg")
class Average(Total):
    """AVG."""

    def compute(self) -> Number | None:
        return exact(WIDE.divide(self.total(), Decimal(self.count))) if self.count else None


@aggregate("o_sum")
class NearSum(Sum):
    """SUM as SQLite compares it."""

    def compute(self) -> Number | None:
        return near(super().compute())


@aggregate("o_avg")
class NearAverage(Average):
    """AVG as SQLite compares it."""

    def compute(self) -> Number | None:
        return near(super().compute())


@aggregate("o_single")
class Single(Aggregate):
    """The only row of a scalar subquery. ORA-01427 for a second one."""

    def step(self, *args: Any) -> None:
        self.rows.append(args)
        if len(self.rows) > 1:
            self.state.error = ora(1427)
            raise self.state.error

    def compute(self) -> Any:
        return self.rows[0][0] if self.rows else None


@aggregate("o_stable")
class Stable(Aggregate):
    """The only value for a row that is updated: (value, code of the error for a second one)."""

    def step(self, *args: Any) -> None:
        self.rows.append(args)
        if len(self.rows) > 1:
            self.state.error = ora(args[1])
            raise self.state.error

    def compute(self) -> Any:
        return self.rows[0][0] if self.rows else None


class Moments(Aggregate):
    """Variance and its kin: numbers of one column."""

    sample = True
    root = False

    def compute(self) -> Number | None:
        numbers = [dec(row[0]) for row in self.rows if row[0] is not None]
        if not numbers:
            return None
        count = len(numbers) - (1 if self.sample else 0)
        if count == 0:
            return self.lonely()
        mean = WIDE.divide(sum(numbers, Decimal(0)), Decimal(len(numbers)))
        variance = WIDE.divide(sum(((one - mean) ** 2 for one in numbers), Decimal(0)), Decimal(count))
        return near(exact(WIDE.sqrt(variance) if self.root else variance))

    def lonely(self) -> Number | None:
        """The result for one row."""
        return 0


def _moments(name: str, sample: bool, root: bool, lonely: Number | None) -> None:
    members = {"sample": sample, "root": root, "lonely": lambda self: lonely}
    aggregate(name)(type(name, (Moments,), members))


for _name, _sample, _root, _lonely in (
        ("o_variance", True, False, 0), ("o_var_samp", True, False, None), ("o_var_pop", False, False, 0),
        ("o_stddev", True, True, 0), ("o_stddev_samp", True, True, None), ("o_stddev_pop", False, True, 0)):
    _moments(_name, _sample, _root, _lonely)


class Pairs(Aggregate):
    """CORR, COVAR, REGR: (y, x) rows without NULLs."""

    kind = ""

    def compute(self) -> Number | None:
        rows = [(float(y), float(x)) for y, x in self.rows if y is not None and x is not None]
        count = len(rows)
        if self.kind == "count":
            return count
        if not count:
            return None
        mean_y, mean_x = sum(y for y, _ in rows) / count, sum(x for _, x in rows) / count
        xx, yy = sum((x - mean_x) ** 2 for _, x in rows), sum((y - mean_y) ** 2 for y, _ in rows)
        xy = sum((x - mean_x) * (y - mean_y) for y, x in rows)
        return _near_float(_pair_result(self.kind, count, mean_y, mean_x, xx, yy, xy))


def _pair_result(kind: str, count: int, mean_y: float, mean_x: float, xx: float, yy: float, xy: float) -> float | None:
    simple = {
        "covar_pop": xy / count,
        "covar_samp": xy / (count - 1) if count > 1 else None,
        "avgx": mean_x,
        "avgy": mean_y,
        "sxx": xx,
        "syy": yy,
        "sxy": xy,
    }
    if kind in simple:
        return simple[kind]
    if kind == "corr":
        return xy / math.sqrt(xx * yy) if xx and yy else None
    if not xx:
        return None
    slope = xy / xx
    if kind == "r2":
        return xy * xy / (xx * yy) if yy else 1.0
    return slope if kind == "slope" else mean_y - slope * mean_x


def _near_float(value: float | None) -> Number | None:
    return None if value is None else near(exact(Decimal(f"{value:.15g}")))


PAIR_KINDS = {"o_corr": "corr", "o_covar_pop": "covar_pop", "o_covar_samp": "covar_samp", "o_regr_slope": "slope",
              "o_regr_intercept": "intercept", "o_regr_count": "count", "o_regr_r2": "r2", "o_regr_avgx": "avgx",
              "o_regr_avgy": "avgy", "o_regr_sxx": "sxx", "o_regr_syy": "syy", "o_regr_sxy": "sxy"}
for _name, _kind in PAIR_KINDS.items():
    aggregate(_name)(type(_name, (Pairs,), {"kind": _kind}))


def _between(low: Any, high: Any, part: Decimal) -> Any:
    """The value a fraction of the way from low to high: numbers, datetimes, intervals."""
    if dates.is_datetime(low):
        first, last = dates.load(low), dates.load(high)
        return dates.store_like(first + (last - first) * float(part), low) if len(low) > 19 else date_text(
            first + (last - first) * float(part))
    if type(low) is str and low[0] in "+-" and ":" in low:
        first_span, last_span = parse_interval(low), parse_interval(high)
        return interval_text(first_span + (last_span - first_span) * float(part))
    left = dec(low)
    return near(exact(left + (dec(high) - left) * part))


@aggregate("o_percentile")
class Percentile(Aggregate):
    """PERCENTILE_CONT, PERCENTILE_DISC and MEDIAN: (fraction, 'cont' or 'disc', descending, value)."""

    def compute(self) -> Any:
        values = sorted(row[3] for row in self.rows if row[3] is not None)
        if not values:
            return None
        part, how, descending, _ = self.rows[0]
        if not 0 <= part <= 1:
            raise ora(30498)
        if descending:
            values.reverse()
        if how == "disc":
            return values[max(0, math.ceil(dec(part) * len(values)) - 1)]
        place = dec(part) * (len(values) - 1)
        low = int(place)
        return _between(values[low], values[min(low + 1, len(values) - 1)], place - low)


class SortKey:
    """Orders rows by several keys, each ascending or descending with NULLs first or last."""

    __slots__ = ("keys", "spec")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, keys: tuple[Any, ...], spec: str) -> None:
        self.keys, self.spec = keys, spec

    def __lt__(self, other: SortKey) -> bool:
        for mine, theirs, how in zip(self.keys, other.keys, self.spec.split(","), strict=False):
            if mine == theirs:
                continue
            nulls_first = "f" in how
            if mine is None or theirs is None:
                return (mine is None) == nulls_first
            return bool(mine > theirs if "d" in how else mine < theirs)
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SortKey) and self.keys == other.keys


@aggregate("o_listagg")
class ListAgg(Aggregate):
    """LISTAGG: (value, separator, distinct, overflow, limit, spec, keys ...)."""

    def compute(self) -> str | None:
        rows = [row for row in self.rows if row[0] is not None]
        if not rows:
            return None
        spec = rows[0][5]
        if spec:
            rows.sort(key=lambda row: SortKey(row[6:], spec))
        values = [str(row[0]) for row in rows]
        if rows[0][2]:
            values = list(dict.fromkeys(values))
        return _joined(values, rows[0][1] or "", rows[0][3], rows[0][4])


def _joined(values: list[str], separator: str, overflow: str, limit: int) -> str:
    text = separator.join(values)
    if len(text.encode()) <= limit:
        return text
    if not overflow:
        raise ora(1489)
    filler, _, with_count = overflow.partition("\0")
    kept, size = 0, 0
    reserve = len((separator + filler).encode()) + (24 if with_count else 0)
    for value in values:
        size += len((value + separator).encode())
        if size > limit - reserve:
            break
        kept += 1
    tail = filler + (f"({len(values) - kept})" if with_count else "")
    return separator.join([*values[:kept], tail])


@aggregate("o_stats_mode")
class StatsMode(Aggregate):
    """STATS_MODE: the most frequent value, the least of several."""

    def compute(self) -> Any:
        counts = Counter(row[0] for row in self.rows if row[0] is not None)
        return min(counts, key=lambda value: (-counts[value], value)) if counts else None


@aggregate("o_keep")
class Keep(Aggregate):
    """f(x) KEEP (DENSE_RANK FIRST|LAST ORDER BY ...): (function, 'first' or 'last', spec, value, keys ...)."""

    def compute(self) -> Any:
        if not self.rows:
            return None
        name, side, spec = self.rows[0][:3]
        keyed = [(SortKey(row[4:], spec), row[3]) for row in self.rows]
        best = keyed[0][0]
        for key, _ in keyed:
            if (key < best) if side == "first" else (best < key):
                best = key
        return _keep_result(name, [value for key, value in keyed if key == best])


def _keep_result(name: str, values: list[Any]) -> Any:
    present = [value for value in values if value is not None]
    if name == "count":
        return len(present)
    if not present:
        return None
    if name in ("min", "max"):
        return min(present) if name == "min" else max(present)
    total = sum((dec(value) for value in present), Decimal(0))
    if name == "sum":
        return near(exact(total))
    if name == "avg":
        return near(exact(WIDE.divide(total, Decimal(len(present)))))
    inner = Moments()
    inner.sample, inner.root = not name.endswith("_pop"), name.startswith("stddev")
    inner.rows.extend((value,) for value in present)
    return inner.compute()


def _nth_present(rows: Iterable[Any]) -> Any:
    """The wanted one of the values that are not NULL: rows are (value, which)."""
    nth = 0
    for value, wanted in rows:
        nth += value is not None
        if value is not None and nth >= wanted:
            return value
    return None


@aggregate("o_first_nn")
class FirstNotNull(Aggregate):
    """FIRST_VALUE and NTH_VALUE IGNORE NULLS."""

    def compute(self) -> Any:
        return _nth_present(self.rows)


@aggregate("o_last_nn")
class LastNotNull(Aggregate):
    """LAST_VALUE IGNORE NULLS."""

    def compute(self) -> Any:
        return _nth_present(reversed(self.rows))


@aggregate("o_lag_nn")
class LagNotNull(Aggregate):
    """LAG IGNORE NULLS: the frame ends with the current row."""

    def compute(self) -> Any:
        return _nth_present(islice(reversed(self.rows), 1, None))


@aggregate("o_lead_nn")
class LeadNotNull(Aggregate):
    """LEAD IGNORE NULLS: the frame begins with the current row."""

    def compute(self) -> Any:
        return _nth_present(islice(self.rows, 1, None))


@aggregate("o_rank_within")
class RankWithin(Aggregate):
    """RANK, DENSE_RANK, PERCENT_RANK, CUME_DIST (values) WITHIN GROUP: (function, spec, n, values ..., keys ...)."""

    def compute(self) -> Any:
        if not self.rows:
            return None
        name, spec, size = self.rows[0][:3]
        probe = SortKey(self.rows[0][3:3 + size], spec)
        keys = [SortKey(row[3 + size:], spec) for row in self.rows]
        below = [key for key in keys if key < probe]
        if name == "rank":
            return len(below) + 1
        if name == "dense_rank":
            return len({key.keys for key in below}) + 1
        if name == "percent_rank":
            return near(exact(WIDE.divide(Decimal(len(below)), Decimal(len(keys)))))
        ties = sum(1 for key in keys if key == probe)
        return near(exact(WIDE.divide(Decimal(len(below) + ties + 1), Decimal(len(keys) + 1))))


@aggregate("o_count_distinct")
class CountDistinct(Aggregate):
    """COUNT(DISTINCT x) OVER (...)."""

    def compute(self) -> int:
        return len({row[0] for row in self.rows if row[0] is not None})
