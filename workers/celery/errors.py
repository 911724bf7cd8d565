"""What goes wrong between the service and its Celery workers."""


class BrokerDown(Exception):
    """Redis can't be reached, or does not answer; nothing was sent, as far as is known. `reason` is for the log."""

    def __init__(self, reason: object) -> None:
        self.reason = reason
        super().__init__(
            "The broker of the workers can't be reached now, and nothing was begun. Try again in a minute."
        )


class NoBroker(BrokerDown):
    """The service was started without one."""

    def __init__(self) -> None:
        super().__init__("none is set")
        self.args = (
            "This needs Celery workers: set DAMS_CELERY_BROKER to redis://HOST:PORT/NUMBER, and run "
            "main.py worker --transport celery.",
        )


class Refused(Exception):
    """The value of `field` is refused; `message` is a sentence for the person who gave it.

    It survives the way through JSON, in which Celery keeps the name of an error and its arguments.
    """

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(field, message)
