"""A small application behind the production server: a box that requests put things in and wait for things of.

python -m tests.serving.program PORT THREADS
"""

import sys
import time
from collections.abc import Collection, Iterator
from datetime import timedelta
from threading import Lock

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

from app.web.asgi import Serving
from app.web.events import Event, event_stream
from app.web.parking import again_when
from app.web.server import Server
from app.web.watching import Watch

LONG_PARTS, PART_BYTES = 64, 1024 * 1024
_PATIENCE = 60.0


class Box:
    """Things, of which each is taken once, and all that ever were in it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.things: list[str] = []
        self.all: list[str] = []
        self.looks = 0
        self.parts = 0
        self.closed = 0
        self._rung = False

    def put(self, things: list[str]) -> None:
        with self.lock:
            self.things += things
            self.all += things
            self._rung = True

    def take(self) -> str | None:
        with self.lock:
            self.looks += 1
            return self.things.pop(0) if self.things else None

    def changed(self, topics: Collection[str]) -> Collection[str]:  # noqa: ARG002 -- as sources are asked
        with self.lock:
            rung, self._rung = self._rung, False
            return {"box"} if rung else ()

    def close(self) -> None:
        with self.lock:
            self.closed += 1

    def forget(self) -> None:
        """What rang before anybody waited stays rung: that wakes too often, never too seldom."""


def make_app(box: Box, watch: Watch) -> Flask:
    app = Flask(__name__)

    @app.get("/page")
    def page() -> str:
        return "a page"

    @app.post("/put")
    def put() -> ResponseReturnValue:
        box.put(request.get_json())
        watch.nudge()
        return "", 204

    @app.route("/take", methods=["GET", "POST"])
    def take() -> ResponseReturnValue:
        thing = box.take()
        if thing is not None:
            return jsonify(thing=thing, body=request.get_data(as_text=True))
        within = timedelta(seconds=float(request.args["within"]))
        return again_when({"box"}, within=within, otherwise=jsonify(thing=None), alike=request.args.get("alike"))

    @app.get("/missed")
    def missed() -> ResponseReturnValue:
        """Something is put in the box after this has looked, and before it waits."""
        before = len(box.all)
        thing = box.take()
        deadline = time.monotonic() + _PATIENCE
        while thing is None and len(box.all) == before and time.monotonic() < deadline:
            time.sleep(0.01)
        if thing is not None:
            return jsonify(thing=thing)
        return again_when({"box"}, within=timedelta(seconds=_PATIENCE), otherwise=jsonify(thing=None))

    @app.get("/headers")
    def headers() -> ResponseReturnValue:
        return jsonify(dict(request.headers))

    @app.get("/stream")
    def stream() -> Response:
        def read(last: str | None) -> list[Event]:
            with box.lock:
                return [Event(str(number), text) for number, text in enumerate(box.all, 1) if number > int(last or 0)]

        return event_stream({"box"}, read, request.args.get("since"))

    _add_long_answers(app, box)
    return app


def _add_long_answers(app: Flask, box: Box) -> None:
    @app.get("/long")
    def long() -> Response:
        """Far more than a connection takes that nobody reads from, made part by part."""

        def parts() -> Iterator[bytes]:
            for _ in range(LONG_PARTS):
                box.parts += 1
                yield bytes(PART_BYTES)

        answer = Response(parts(), mimetype="application/octet-stream")
        answer.call_on_close(box.close)
        return answer

    @app.get("/broken")
    def broken() -> Response:
        def parts() -> Iterator[bytes]:
            yield bytes(PART_BYTES)
            raise RuntimeError("this answer can't be made")

        return Response(parts())


def main() -> None:
    port, threads = map(int, sys.argv[1:])
    box = Box()
    watch = Watch([box])

    def make() -> Serving:
        app = make_app(box, watch)
        serving = Serving(app, watch, threads=threads)

        @app.get("/state")
        def state() -> ResponseReturnValue:
            told = {"put": len(box.all), "looks": box.looks, "parts": box.parts, "closed": box.closed}
            return jsonify(waiting=serving.waiting, **told)

        return serving

    Server(make, watch.stop, lambda: None, address=f"127.0.0.1:{port}", processes=1).run()


if __name__ == "__main__":
    main()
