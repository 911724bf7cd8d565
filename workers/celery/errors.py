"""What goes wrong between the service and its Celery workers."""


class BrokerDown(Exception):
    """Redis can't be reached, or does not answer; nothing was sent, as far as is known."""

    def __init__(self, reason: object) -> None:
        super().__init__(f"The broker can't be reached: {reason}")


class Refused(Exception):
    """The value of `field` is refused; `message` is a sentence for the person who gave it.

    It survives the way through JSON, in which Celery keeps the name of an error and its arguments.
    """

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(field, message)
