"""The workflow that waits for the timer of a start event, and starts an instance each time.

Schedules of Temporal do not know BPMN's cycles: `R3/PT10M` counts from the deployment, and ends.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from dataclasses import replace

    from workflows.temporal import names
    from workflows.temporal.payloads import StartTimer
    from workflows.timers import parse_instant, parse_timer

_LONGEST_SLEEP = timedelta(days=365)
_MOST_AT_ONCE = 500
_RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=30))


@workflow.defn(name=names.START_TIMER)
class StartTimerWorkflow:
    """One timer start event of one version; it ends with its timer, or when a newer version has taken its place."""

    @workflow.run
    async def run(self, timer: StartTimer) -> int:
        """Wait and start instances; return how many."""
        schedule = parse_timer(timer.kind, timer.text)
        set_at = parse_instant(timer.set_at)
        already = timer.fired
        while True:
            if timer.fired - already == _MOST_AT_ONCE:
                workflow.continue_as_new(timer)
            due = schedule.due(set_at, timer.fired)
            if due is None:
                return timer.fired
            while (left := due - workflow.now()) > timedelta(0):
                await workflow.sleep(min(left, _LONGEST_SLEEP))
            counts: bool = await workflow.execute_activity(
                names.START_BY_TIMER,
                timer,
                result_type=bool,
                start_to_close_timeout=timedelta(seconds=60),
                retry_policy=_RETRY,
            )
            if not counts:
                return timer.fired
            timer = replace(timer, fired=timer.fired + 1)
