"""What a URL says, where the password comes from, and that it is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yellowgate.errors import GateError
from yellowgate.publish.space import Address, access, address


def test_the_parts_of_a_url() -> None:
    assert address("sftp://me@example.org/srv/www/") == Address(
        "sftp", "example.org", 0, "me", "/srv/www"
    )
    assert address("https://dav.example.org:8443/a%20race") == Address(
        "https", "dav.example.org", 8443, "", "/a race"
    )
    assert str(address("ftps://me@[::1]:2121/www")) == "ftps://me@[::1]:2121/www"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sftp://me:hush@example.org/x", "a password stands in the URL"),
        ("s3://bucket/x", "aws s3 sync"),
        ("scp://me@example.org/x", "write it as sftp://"),
        ("file:///srv/www", "without file://"),
        ("htps://example.org/x", "did you mean 'https'?"),
        ("sftp:///x", "has no host"),
        ("sftp://example.org:port/x", "cannot be read"),
        ("https://example.org/x?token=1", "leave out ? and #"),
    ],
)
def test_what_is_no_web_space_is_one_line(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        address(url)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "hush" not in str(caught.value)


@given(st.text(max_size=40), st.text(min_size=1, max_size=20))
def test_a_password_in_a_url_is_never_said(rest: str, password: str) -> None:
    marked = f"hush-{password}-hush"
    try:
        shown = str(address(f"sftp://me:{marked}@{rest}"))
    except ValueError as error:
        shown = str(error)
    assert marked not in shown
    assert "hush-" not in shown


def test_the_password_is_of_the_environment_or_of_netrc(tmp_path: Path) -> None:
    where = address("ftps://laz@example.org/www")
    assert access(where, {}, tmp_path).password == ""
    path = tmp_path / ".netrc"
    path.write_text("machine example.org login laz password of-netrc\n")
    path.chmod(0o600)
    assert access(where, {}, tmp_path).password == "of-netrc"
    assert access(address("ftps://example.org/www"), {}, tmp_path).user == "laz"
    assert access(address("ftps://john@example.org/www"), {}, tmp_path).password == ""
    said = access(where, {"YELLOWGATE_PUBLISH_PASSWORD": "of-env"}, tmp_path)
    assert (said.user, said.password) == ("laz", "of-env")
    path.write_text("machine example.org login laz pass word of-netrc\n")
    with pytest.raises(GateError) as caught:
        access(where, {}, tmp_path)
    assert "of-netrc" not in str(caught.value)
