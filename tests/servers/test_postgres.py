"""The throwaway PostgreSQL gives every test a database of its own."""

from pathlib import Path

import pytest
from sqlalchemy import text

from app.database import Database
from tests.servers import postgres
from tests.servers.postgres import PostgresCluster, running_postgres
from tests.servers.programs import ServerMissingError


def test_a_new_database_is_empty(postgres_url: str) -> None:
    database = Database.open(postgres_url)
    with database.read() as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    database.close()
    assert tables == []


def test_a_database_can_be_copied(postgres_cluster: PostgresCluster) -> None:
    template = postgres_cluster.create_database()
    database = Database.open(postgres_cluster.url(template))
    with database.write() as session:
        session.execute(text("CREATE TABLE kept (id integer)"))
    database.close()
    copy = Database.open(postgres_cluster.url(postgres_cluster.create_database(template)))
    with copy.read() as session:
        assert session.scalar(text("SELECT count(*) FROM kept")) == 0
    copy.close()


def test_a_machine_without_postgresql_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_INSTALLATIONS", tmp_path)
    with pytest.raises(ServerMissingError, match="apt-get install postgresql"), running_postgres():
        pass


def test_what_a_durable_cluster_committed_survives_its_crash() -> None:
    with running_postgres(durable=True) as cluster:
        url = cluster.url(cluster.create_database())
        database = Database.open(url)
        with database.write() as session:
            session.execute(text("CREATE TABLE kept (id integer)"))
        database.close()
        cluster.crash()
        database = Database.open(url)
        with database.read() as session:
            assert session.scalar(text("SELECT count(*) FROM kept")) == 0
        database.close()
