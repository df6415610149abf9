"""What only the owner of a database can do: change what its guards keep from everybody else."""

from sqlalchemy import text


def by_its_owner(database, *statements):
    """As whoever owns the database could: its guards taken off first."""
    with database.writing() as connection:
        for what in ("update", "delete"):
            on = "" if database.is_sqlite else " ON record"
            connection.execute(text(f"DROP TRIGGER record_no_{what}{on}"))
        for statement in statements:
            connection.execute(statement)
