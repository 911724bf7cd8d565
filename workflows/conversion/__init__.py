"""Camunda 7 drawings as Camunda 8 ones; see README.md beside this file.

    converted = to_camunda8(content, "booking.bpmn", forms={"patient": form})   # or InvalidDiagram, with every reason
    converted.bpmn      # the file, with its drawing as it was
    converted.forms     # {"Form_pay.form": bytes}: form-js files to deploy together with it
    converted.notes     # what the file does not say any more, because Camunda 8 has no words for it

A file that is written for Camunda 8 already comes back as it is. Words that the result leaves to our side:

- `BUSINESS_KEY` (`damsBusinessKey`): the variable that holds the business key of an instance. Whoever starts an
  instance sets it; subscriptions without a correlation key of their own wait for its value.
- `SCRIPT_JOB` (`dams:script`): the job type of a Python script task; its headers are `script` and `resultVariable`.
- `MESSAGE_JOB` (`dams:publish-message`): the job type of a thrown message; the header or local variable
  `damsMessageName` is its name, the local variable `damsCorrelationKey` its key. All other local variables are
  the message's.
- the header `retryBackoff`: how long a failed job waits, as an ISO 8601 duration.
- the start event's `camunda:initiator`: whoever starts an instance sets that variable; see the notes.
"""

from workflows.conversion.converter import Converted, to_camunda8
from workflows.conversion.words import BUSINESS_KEY, MESSAGE_JOB, SCRIPT_JOB

__all__ = ["BUSINESS_KEY", "MESSAGE_JOB", "SCRIPT_JOB", "Converted", "to_camunda8"]
