"""Camunda 7 drawings as Camunda 8 ones; see README.md beside this file.

    converted = to_camunda8(content, "booking.bpmn", forms={"patient": form})   # or InvalidDiagram, with every reason
    converted.bpmn      # the file, with its drawing as it was
    converted.forms     # {"Form_pay.form": bytes}: form-js files to deploy together with it
    converted.notes     # what the file does not say any more, because Camunda 8 has no words for it

A file that is written for Camunda 8 already stays what it is, with two exceptions: conditions of exclusive gateways of
which several may hold say then that the first one counts, as brokers try them in another order; and messages that the
process throws get the job that publishes them. Words that are left to our side:

- `BUSINESS_KEY` (`damsBusinessKey`): the variable that holds the business key of an instance. Whoever starts an
  instance sets it, and whoever publishes a message with a key gives it to the message, for a process that it starts.
  Subscriptions of Camunda 7 wait for its value; those of an instance without a business key for the key "".
- `SCRIPT_JOB` (`dams:script`): the job type of a Python script task; its headers are `script` and `resultVariable`.
- `MESSAGE_JOB` (`dams:publish-message`): the job type of a thrown message; the variable
  `damsMessageName` is its name, the variable `damsCorrelationKey` its key, null without a business key. The
  variables that the header `variables` names, with commas between them, are the message's.
- `damsErrorCode` and `damsErrorMessage`: variables that a worker throws a BPMN error with.
- the header `retryBackoff`: how long a failed job waits, as an ISO 8601 duration.
- the start event's `camunda:initiator`: whoever starts an instance sets that variable; see the notes.
"""

from workflows.conversion.converter import Converted, to_camunda8
from workflows.conversion.words import BUSINESS_KEY, MESSAGE_JOB, SCRIPT_JOB

__all__ = ["BUSINESS_KEY", "MESSAGE_JOB", "SCRIPT_JOB", "Converted", "to_camunda8"]
