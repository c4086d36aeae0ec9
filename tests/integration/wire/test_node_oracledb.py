# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""node-oracledb in thin mode, unmodified: node/client.js runs once a profile and reports each feature."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable

import pytest

from tests.integration.wire.conftest import PROFILES, Server
from tests.integration.wire.node_client import FOLDER, INSTALLED, install

CLIENT = FOLDER / "client.js"
FEATURES = re.findall(r"^  async '?([^'(]+)'?\(", CLIENT.read_text(encoding="utf-8"), re.MULTILINE)
_OUTCOMES: dict[str, dict[str, str]] = {}


def outcomes(make_server: Callable[..., Server], profile: str) -> dict[str, str]:
    if profile not in _OUTCOMES:
        server = make_server(profile)
        done = subprocess.run(["node", str(CLIENT), server.dsn], capture_output=True, text=True, timeout=120,
                              check=False, env={**os.environ, "NODE_PATH": str(INSTALLED / "node_modules")})
        assert done.returncode == 0, done.stderr
        _OUTCOMES[profile] = json.loads(done.stdout)
    return _OUTCOMES[profile]


def test_the_client_script_has_features() -> None:
    assert len(FEATURES) >= 20


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", [
    pytest.param(name, marks=pytest.mark.conformance("node-oracledb", name)) for name in FEATURES])
def test_feature(make_server: Callable[..., Server], profile: str, name: str) -> None:
    if reason := install():
        pytest.skip(reason)
    assert outcomes(make_server, profile)[name] == "passed"
