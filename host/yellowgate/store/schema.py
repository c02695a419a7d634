"""The tables. What was seen and ruled is append-only: rows are added, none is changed or removed.

A row's identity is its whole content, so that adding what is there already changes nothing and
two versions of one record are both kept, for the director to see.

`here` says who gave a row: this store's own programs, from a station (true), or another store that
was merged into this one (false). A row that came both ways stands there twice. It is the one thing
that a merge does not take over: what another store says of it is worth nothing.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

observations = Table(
    "observations",
    metadata,
    Column("log_id", String(16), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("raw", LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)
"""Records as they stand on flash. Identity of an observation: (log_id, seq)."""

rulings = Table(
    "rulings",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", Text, nullable=False),
)
"""What the race director decided; data is JSON with sorted keys."""

first_keys = Table(
    "first_keys",
    metadata,
    Column("log_id", String(16), primary_key=True),
    Column("key", String(32), primary_key=True),
    Column("here", Boolean, primary_key=True),
)
"""The key each log began with, handed over at provisioning, in hex."""

tips = Table(
    "tips",
    metadata,
    Column("log_id", String(16), primary_key=True),
    Column("next_seq", Integer, primary_key=True, autoincrement=False),
    Column("tag", String(8), primary_key=True),
    Column("here", Boolean, primary_key=True),
)
"""Tips that a station named in a sync or heartbeat: the log was this long, ending in this tag."""

log_stations = Table(
    "log_stations",
    metadata,
    Column("log_id", String(16), primary_key=True),
    Column("station_id", Integer, primary_key=True, autoincrement=False),
    Column("here", Boolean, primary_key=True),
)
"""Which station writes a log: by its greeting on the cable, or its first genuine radio packet."""

marks = Table(
    "marks",
    metadata,
    Column("log_id", String(16), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("first_seq", Integer, primary_key=True, autoincrement=False),
    Column("tag_before", String(8), primary_key=True),
)
"""Opening marks of flash sectors, known where a log file or a flash image was imported."""

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""Numbers that only grow: radio counters, rejected packets. They are of this receiver alone: a
merge leaves them out.
"""

changes = Table(
    "changes",
    metadata,
    Column("what", String(16), primary_key=True),
    Column("version", BigInteger, nullable=False),
)
"""When each log, and the rulings, changed last; beside them the store's own version: changes.py."""
