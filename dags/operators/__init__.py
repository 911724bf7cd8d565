"""What a DAG does with processes of the clinic: start one and wait for its end, wait for a state, publish a message."""

from operators.messages import PublishMessageOperator
from operators.processes import HumanStepLink, ProcessStateSensor, StartProcessOperator
from operators.service import Service, accepted

__all__ = [
    "HumanStepLink",
    "ProcessStateSensor",
    "PublishMessageOperator",
    "Service",
    "StartProcessOperator",
    "accepted",
]
