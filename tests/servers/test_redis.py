"""The throwaway Redis keeps what it has answered for, also when it is killed."""

from pathlib import Path

import pytest
import redis

from tests.servers.programs import ServerMissingError
from tests.servers.redis import RedisServer, running_redis


def test_each_database_is_empty_and_apart(redis_server: RedisServer) -> None:
    with (
        redis.Redis.from_url(redis_server.database(998)) as one,
        redis.Redis.from_url(redis_server.database(999)) as two,
    ):
        one.set("kept", "one")
        assert (two.get("kept"), one.dbsize()) == (None, 1)


def test_what_it_answered_for_survives_a_crash(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server:
        with redis.Redis.from_url(server.url) as client:
            client.rpush("queue", *range(1000))
        server.crash()
        with redis.Redis.from_url(server.url) as client:
            assert client.llen("queue") == 1000


def test_a_machine_without_redis_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerMissingError, match="apt-get install redis-server"), running_redis(tmp_path):
        pass
