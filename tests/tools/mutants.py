# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mutation tests: breaks one thing at a time in a copy of the project and runs the tests of that module.

``make mutants`` (ARGS="--only judge", ARGS="--seed 7"): tests/mutants.yml names modules, their tests, the seed of the
sample and the mutants that change nothing, each with its reason. Exit 1 where less than 90 % are killed or explained.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from tests.tools.mutant_operators import DropBody, operators

PROJECT = Path(__file__).resolve().parents[2]
DATA = PROJECT / "tests" / "mutants.yml"
WANTED = 0.9
OUTCOMES = ("killed", "survived", "explained")
PYTEST = [str(PROJECT / ".venv/bin/python"), "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
          "--hypothesis-seed=0"]


@dataclass
class Mutant:
    """One changed place: ``was`` and ``now`` are the line before and after, ``outcome`` killed, survived or hung."""

    group: str
    module: str
    line: int
    was: str
    now: str
    code: str
    outcome: str = ""

    def explained(self, reasons: Iterable[dict[str, str]]) -> str | None:
        """Why it changes nothing, if tests/mutants.yml says so."""
        key = (self.module, self.was, self.now)
        return next((item["reason"] for item in reasons if (item["module"], item["was"], item["now"]) == key), None)

    def __str__(self) -> str:
        return f"{self.module}:{self.line}\n  - {self.was}\n  + {self.now}"


# -- the sample --------------------------------------------------------------------------------------------------------


def spots(code: str) -> list[tuple[Any, int]]:
    """(operator, occurrence) of every change that could be made."""
    nodes, found = list(ast_nodes(get_ast(code))), []
    for operator in operators():
        count = sum(1 for node in nodes for _place in operator.mutation_positions(node))
        found += [(operator, occurrence) for occurrence in range(count)]
    return found


def _first_difference(before: str, after: str, whole_body: bool) -> tuple[int, str, str]:
    old, new = before.splitlines(), after.splitlines()
    at = next(index for index, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
    if whole_body:
        return at, " ".join(line.strip() for line in _header(old, at)), new[at].strip()
    return at + 1, old[at].strip(), new[at].strip()


def _header(lines: list[str], end: int) -> list[str]:
    start = next(index for index in range(end - 1, -1, -1) if lines[index].lstrip().startswith(("def ", "async def ")))
    return lines[start:end]


def _is_another(code: str, changed: str) -> bool:
    try:
        return ast.dump(ast.parse(changed)) != ast.dump(ast.parse(code))
    except SyntaxError:
        return False


def mutants_of(group: str, module: str, seed: int) -> Iterator[Mutant]:
    """Mutants of one module in the order of the seed: every third drops the body of a function."""
    code = (PROJECT / module).read_text(encoding="utf-8")
    chance = random.Random(f"{seed} {module}")
    lines = spots(code)
    bodies = [lines.pop() for _ in range(len(lines)) if isinstance(lines[-1][0], DropBody)]
    chance.shuffle(bodies)
    chance.shuffle(lines)
    while bodies or lines:
        chosen = lines[:2] + bodies[:1]
        lines, bodies = lines[2:], bodies[1:]
        for operator, occurrence in chosen:
            changed = mutate_code(code, operator, occurrence)
            if changed and _is_another(code, changed):
                yield Mutant(group, module, *_first_difference(code, changed, isinstance(operator, DropBody)), changed)


def sample(group: dict[str, Any], seed: int) -> list[Mutant]:
    """As many mutants as the group says, in turn from each of its modules."""
    modules = sorted({str(path.relative_to(PROJECT)) for item in group["modules"] for path in PROJECT.glob(item)})
    sources = [mutants_of(group["name"], module, seed) for module in modules]
    chosen: list[Mutant] = []
    while sources and len(chosen) < group["mutants"]:
        for source in list(sources):
            mutant = next(source, None)
            if mutant is None:
                sources.remove(source)
            elif len(chosen) < group["mutants"]:
                chosen.append(mutant)
    return chosen


# -- running -----------------------------------------------------------------------------------------------------------


def copy_project(target: Path) -> Path:
    """What git would keep, links as links; the working tree is never touched."""
    listed = subprocess.check_output(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=PROJECT, text=True)
    for name in filter(None, listed.split("\0")):
        if not (PROJECT / name).exists():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, target / name, follow_symlinks=False)
    return target


def run_tests(copy: Path, tests: list[str], seconds: float, compiled: str = "1") -> str:
    """"survived" (all passed), "killed" (one failed) or "hung" (stopped after ``seconds``)."""
    environment = {**os.environ, "ANSIBLE_CONFIG": str(copy / "ansible.cfg"), "PYTHONPATH": "",
                   "PYTHONDONTWRITEBYTECODE": compiled}
    process = subprocess.Popen(["prlimit", f"--as={4 << 30}", *PYTEST, *tests], cwd=copy, env=environment,
                               start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        return "killed" if process.wait(seconds) else "survived"
    except subprocess.TimeoutExpired:
        return "hung"
    finally:
        # Children of a test that was stopped go, too.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def baseline(copy: Path, group: dict[str, Any]) -> float:
    """Seconds that the tests of a group take unchanged, which also compiles the copy. SystemExit where one fails."""
    start = time.monotonic()
    if run_tests(copy, group["tests"], 600, compiled="") != "survived":
        raise SystemExit(f"the tests of {group['name']} do not pass unchanged: {' '.join(group['tests'])}")
    return time.monotonic() - start


def try_mutant(mutant: Mutant, copy: Path, tests: list[str], seconds: float) -> None:
    """Run the tests on the changed module, and put it back as it was, with its time."""
    path = copy / mutant.module
    path.write_text(mutant.code, encoding="utf-8")
    os.utime(path, (1, 1))
    mutant.outcome = run_tests(copy, tests, seconds)
    shutil.copy2(PROJECT / mutant.module, path)
    print({"killed": ".", "hung": "H"}.get(mutant.outcome, "S"), end="", flush=True)


def try_all(mutants: list[Mutant], groups: list[dict[str, Any]], jobs: int) -> None:
    """Sets the outcome of each mutant; a dot for each that is done, ``S`` for a survivor, ``H`` for one that hung."""
    tests = {group["name"]: group["tests"] for group in groups}

    def work(folder: str, own: list[Mutant]) -> None:
        copy = copy_project(Path(folder))
        limits = {group["name"]: 20 + 5 * baseline(copy, group) for group in groups}
        for mutant in own:
            try_mutant(mutant, copy, tests[mutant.group], limits[mutant.group])

    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(jobs) as pool:
        parts = [mutants[number::jobs] for number in range(jobs)]
        list(pool.map(work, [f"{folder}/{number}" for number in range(jobs)], parts))
    print()


# -- what is said ------------------------------------------------------------------------------------------------------


def report(mutants: list[Mutant], reasons: list[dict[str, str]]) -> bool:
    """Print killed and survived for each module and every survivor. True where enough are killed or explained."""
    counts: dict[str, Counter[str]] = {}
    for mutant in mutants:
        why = mutant.explained(reasons)
        verdict = "killed" if mutant.outcome != "survived" else "explained" if why else "survived"
        counts.setdefault(mutant.module, Counter())[verdict] += 1
        if verdict != "killed" or why:
            print(f"{verdict}: {mutant}" + (f"\n  ({why})" if why else ""))
    for module, count in sorted(counts.items()):
        print(f"{module:50} " + "  ".join(f"{word} {count[word]:2}" for word in OUTCOMES))
    total: Counter[str] = sum(counts.values(), Counter())
    print(f"{len(mutants)} mutants: " + ", ".join(f"{total[word]} {word}" for word in OUTCOMES))
    return total["killed"] + total["explained"] >= WANTED * len(mutants)


def main(arguments: list[str]) -> int:
    """Try the sample and print what came of it. Returns 1 where too many survived."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, help="another sample than that of tests/mutants.yml")
    parser.add_argument("--only", help="one group, or a part of a module's path")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args(arguments)
    data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    seed = data["seed"] if given.seed is None else given.seed
    mutants = [mutant for group in data["groups"] for mutant in sample(group, seed)
               if given.only in (None, group["name"]) or given.only in mutant.module]
    groups = [group for group in data["groups"] if any(mutant.group == group["name"] for mutant in mutants)]
    print(f"{len(mutants)} mutants, seed {seed}", flush=True)
    try_all(mutants, groups, given.jobs)
    return 0 if report(mutants, data["explained"] or []) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
