"""What is wrong with a store, in words."""

from __future__ import annotations

from yellowgate.redact import HIDDEN, on_one_line, secrets_of, shown_url, without_secrets


def explain(url: str, error: BaseException) -> str:
    """One line: what happened to the database, and what to do. No password stands in it."""
    cause: object = getattr(error, "orig", None) or error  # SQLAlchemy keeps the driver's own there
    text = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    for secret in secrets_of(url):
        text = text.replace(secret, HIDDEN)
    name, text = shown_url(url), on_one_line(without_secrets(text))
    advice = {
        "locked": "another program holds it: close it and try again",
        "not a database": "it is damaged or another kind of file: put a backup in its place",
        "malformed": "it is damaged: put a backup in its place, or sync the stations anew",
        "I/O error": "the disk refuses: look at its room and health; what was stored is not lost",
        "full": "the disk is full: free some room and repeat; nothing that was stored is lost",
        "readonly": "it cannot be written: check the rights of file and folder",
        "connection": "nobody answers there: look at the network and at that computer; what was "
        "stored is not lost, and it goes on by itself when it is back",
        "unable to open": "it cannot be opened: check that the folder exists and its rights",
    }
    for part, what_to_do in advice.items():
        if part in text:
            return f"{name}: {text}; {what_to_do}"
    return f"{name}: {text}"
