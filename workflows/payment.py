"""Paying a bill, as a workflow in code: a payment releases the bill or leaves it on hold until the rest comes.

Started with `ticketid`, `payment_key` (the payment is recorded once for it), `paid_by` (a login's id) and `amount`
(text, such as "60.00"; none uses the patient's credit), and the ticket as the business key. One that is on hold goes on
with the message `payment_continued`, correlated by the ticket, which brings the next `payment_key`, `paid_by` and
`amount`; without them it looks at the bill again, and ends if that was undone. On release the message
`payment_received` tells whoever waits for the ticket, with `ticketid` and `amount_paid`, the total. Its jobs are in
`workers/payment.py`.
"""

from SpiffWorkflow.operators import Attrib, Equal
from SpiffWorkflow.specs import ExclusiveChoice, Simple, WorkflowSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.workflow import Workflow

from workflows.spiff import PythonWorkflow, context

PROCESS_ID = "dams_payment"
CONTINUED = "payment_continued"
RECEIVED = "payment_received"


class PaymentWorkflowSpec(WorkflowSpec):  # type: ignore[misc]  # the library has no types
    """Pay, check, then release the bill; or hold it and go back, unless there is nothing to pay for.

    Another payment of the same bill can settle it while this one is being held: then it isn't.
    """

    def __init__(self) -> None:
        super().__init__(PROCESS_ID, addstart=True)
        pay = Simple(self, "dams_patient_pay")
        check = ExclusiveChoice(self, "payment_check")
        release = Simple(self, "dams_patient_release")
        refuse = Simple(self, "dams_patient_refuse")
        hold = Simple(self, "dams_patient_onhold")
        still_held = ExclusiveChoice(self, "hold_check")
        rest = Simple(self, "dams_patient_rest")
        self.start.connect(pay)
        pay.connect(check)
        check.connect_if(Equal(Attrib("status"), "paid"), release)
        check.connect_if(Equal(Attrib("status"), "refused"), refuse)
        check.connect(hold)
        hold.connect(still_held)
        still_held.connect_if(Equal(Attrib("status"), "held"), rest)
        still_held.connect(check)
        rest.connect(pay)
        pay.ready_event.connect(tx_patient_pay)
        release.completed_event.connect(tx_patient_release)
        hold.ready_event.connect(tx_patient_onhold)
        rest.ready_event.connect(await_the_rest)


def tx_patient_pay(_workflow: Workflow, task: Task) -> None:
    """Have the payment recorded."""
    context(task).want_job("tx_patient_pay")


def tx_patient_release(_workflow: Workflow, task: Task) -> None:
    """Have the release notice issued, and tell the billing of the appointment."""
    here = context(task)
    told = {name: here.variables[name] for name in ("ticketid", "amount_paid")}
    here.throw_message(RECEIVED, here.business_key, told)
    here.want_job("tx_patient_release")


def tx_patient_onhold(_workflow: Workflow, task: Task) -> None:
    """Have the patient told what is still due."""
    context(task).want_job("tx_patient_onhold")


def await_the_rest(_workflow: Workflow, task: Task) -> None:
    """Wait for the next payment."""
    context(task).wait_for_message(CONTINUED)


PAYMENT = PythonWorkflow(PROCESS_ID, PaymentWorkflowSpec, name="Payment")
