"""Codes, sessions and tokens."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yellowgate.errors import GateError
from yellowgate.web.access import CODE_LETTERS, NOBODY, Access, Throttle, plain, tidy_name
from yellowgate.web.roles import ROLES, Role


@pytest.fixture
def access(tmp_path: Path) -> Access:
    return Access(tmp_path / "codes.json")


def test_each_role_has_a_code_and_a_code_has_its_role(access: Access) -> None:
    for role in ROLES:
        code = access.codes[role]
        assert len(plain(code)) == CODE_LETTERS[role]
        assert access.role_of_code(code) == role
        assert access.role_of_code(f" {code.upper().replace('-', ' ')} ") == role
    assert len(set(access.codes.values())) == len(ROLES)


@given(st.text(max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_no_code_is_nobodys(access: Access, text: str) -> None:
    assert access.role_of_code(text) == Role.NOBODY


def test_codes_and_sessions_outlive_the_program(tmp_path: Path) -> None:
    first = Access(tmp_path / "codes.json")
    session = first.begin(Role.VOLUNTEER, "Ann")
    cookie = first.cookie(session)
    second = Access(tmp_path / "codes.json")
    assert second.codes == first.codes
    assert second.session(cookie) == session
    assert second.is_token(session, first.token(session))


def test_only_the_owner_reads_the_file(tmp_path: Path, access: Access) -> None:
    mode = (tmp_path / "codes.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    access.renew()
    assert stat.S_IMODE((tmp_path / "codes.json").stat().st_mode) == 0o600


def test_new_codes_end_all_sessions(access: Access) -> None:
    session = access.begin(Role.DIRECTOR, "Laz")
    cookie, old = access.cookie(session), access.codes[Role.DIRECTOR]
    access.renew()
    assert access.session(cookie) == NOBODY
    assert access.role_of_code(old) == Role.NOBODY


def test_a_cookie_that_was_changed_is_nobodys(access: Access) -> None:
    cookie = access.cookie(access.begin(Role.VIEWER, "Eve"))
    assert access.session(cookie).role == Role.VIEWER
    assert access.session(cookie.replace("viewer", "director", 1)) == NOBODY
    for at in (9, len(cookie) // 2, -9):
        other = "a" if cookie[at] != "a" else "b"
        assert access.session(cookie[:at] + other + cookie[at:][1:]) == NOBODY
    assert access.session("") == NOBODY
    assert access.session("director.") == NOBODY


def test_a_token_is_of_one_session_alone(access: Access) -> None:
    ann, bob = access.begin(Role.VOLUNTEER, "Ann"), access.begin(Role.VOLUNTEER, "Bob")
    assert access.is_token(ann, access.token(ann))
    assert not access.is_token(bob, access.token(ann))
    assert not access.is_token(ann, "")
    assert not access.is_token(ann, "ü")


def test_a_file_that_makes_no_sense_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "codes.json").write_text("[1, 2")
    assert Access(tmp_path / "codes.json").codes
    kept = json.loads((tmp_path / "codes.json").read_text())
    assert set(kept["codes"]) == {role.word for role in ROLES}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="cannot be written"):
        Access(tmp_path / "no" / "folder" / "codes.json")


def test_wrong_codes_cost_more_each_time_and_one_address_alone() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    waits: list[float] = []
    for _ in range(14):
        now[0] += throttle.wait_s("10.0.0.7")
        throttle.wrong("10.0.0.7")
        waits.append(throttle.wait_s("10.0.0.7"))
    assert waits[:3] == [0, 0, 0]
    assert waits[3:7] == [2, 4, 8, 16]
    assert waits[-1] == 300
    assert throttle.wait_s("10.0.0.8") == 0
    throttle.right("10.0.0.7")
    assert throttle.wait_s("10.0.0.7") == 0


def test_many_addresses_take_no_more_than_so_much_memory() -> None:
    throttle = Throttle(lambda: 0.0)
    for n in range(10_000):
        throttle.wrong(f"10.{n // 65536}.{n // 256 % 256}.{n % 256}")
    assert len(throttle._wrong) <= 4_096


def test_a_name_is_one_line_and_not_too_long() -> None:
    assert tidy_name("  Ann\n<b>Bob\x00 ") == "Ann <b>Bob"
    assert len(tidy_name("x" * 500)) == 60
