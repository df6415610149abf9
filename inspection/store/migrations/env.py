"""What Alembic runs: on the connection it is given, inside that connection's transaction."""

from alembic import context

from inspection.store.tables import TABLES


def ours(name: str | None, type_: str, parents: object) -> bool:
    """The workflow's tables lie beside ours, in one SQLite file: they are not ours to change."""
    return type_ != "table" or name in TABLES.tables


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TABLES,
    include_name=ours,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
